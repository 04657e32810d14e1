//! `list`, `status`, `describe` and `get`.

use ferry_config::secret::shown;
use ferry_config::{ConfigMap, properties};
use serde_json::{Map, Value, json};

use super::arguments::{Describe, Filter, Get, StatusOptions};
use crate::client::{Client, Part, Status};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Cell, Console, Style, Table, state_style, timestamp};

/// `ferry connectors list`
pub fn list(client: &Client, console: &mut Console<'_>, filter: &Filter) -> Result<Exit> {
    let all = filter.select_with(client)?;
    if console.json {
        let rows = all.iter().map(|(name, value)| {
            let status = Status::read(&value["status"]);
            json!({
                "name": name,
                "type": kind(value),
                "class": value["info"]["config"]["connector.class"],
                "state": status.state(),
                "tasks": {"total": status.tasks.len(), "running": status.count("RUNNING"), "failed": status.count("FAILED")},
                "worker_id": status.connector.worker,
            })
        });
        console.value(&rows.collect())?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["NAME", "TYPE", "STATE", "TASKS", "CLASS", "WORKER"]);
    for (name, value) in &all {
        let status = Status::read(&value["status"]);
        table.row(vec![
            name.into(),
            kind(value).into(),
            state_cell(status.state()),
            format!("{}/{}", status.count("RUNNING"), status.tasks.len()).into(),
            value["info"]["config"]["connector.class"].as_str().unwrap_or_default().into(),
            status.connector.worker.clone().into(),
        ]);
    }
    if table.is_empty() {
        let which = if filter.state.is_some() || !filter.names.is_empty() {
            "no such connectors"
        } else {
            "no connectors"
        };
        console.note(&format!("{which} at {}", client.base()));
        return Ok(Exit::Done);
    }
    console.table(&table)?;
    Ok(Exit::Done)
}

fn kind(value: &Value) -> &str {
    let of = |part: &'static str| value[part]["type"].as_str();
    of("status").or_else(|| of("info")).unwrap_or("unknown")
}

fn state_cell(state: &str) -> Cell {
    Cell::new(state_style(state), if state.is_empty() { "-" } else { state })
}

/// `ferry connectors status`
pub fn status(client: &Client, console: &mut Console<'_>, options: &StatusOptions) -> Result<Exit> {
    if options.watch {
        return super::watch::run(client, console, &options.filter);
    }
    let all = options.filter.select_with(client)?;
    if console.json {
        let statuses = all.iter().map(|(_, value)| &value["status"]).filter(|status| !status.is_null());
        console.value(&statuses.cloned().collect())?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        console.note(&format!("no connectors at {}", client.base()));
    }
    for (number, (name, value)) in all.iter().enumerate() {
        if number > 0 {
            console.line("")?;
        }
        let mut status = Status::read(&value["status"]);
        status.name.clone_from(name);
        print_status(console, &status, options.trace)?;
    }
    Ok(Exit::Done)
}

fn print_status(console: &mut Console<'_>, status: &Status, traces: bool) -> Result<()> {
    let name = console.styled(Style::Bold, &status.name);
    let Part { state, worker, .. } = &status.connector;
    if state.is_empty() {
        return console.line(&format!("{name}  no status yet"));
    }
    let state = console.styled(state_style(state), state);
    console.line(&format!("{name}  {}  {state}  {worker}", status.kind))?;
    print_trouble(console, &status.connector, traces)?;
    if status.tasks.is_empty() && status.connector.state == "RUNNING" {
        console.line("  no tasks")?;
    }
    for task in &status.tasks {
        let state = console.styled(state_style(&task.state), &task.state);
        console.line(&format!("  task {}  {state}  {}", task.task.unwrap_or_default(), task.worker))?;
        print_trouble(console, task, traces)?;
    }
    Ok(())
}

fn print_trouble(console: &mut Console<'_>, part: &Part, traces: bool) -> Result<()> {
    if let Some((at, attempts)) = part.next_restart {
        let after = match attempts {
            0 => String::new(),
            1 => " after 1 restart".to_owned(),
            count => format!(" after {count} restarts"),
        };
        console.line(&format!("    restarts by itself at {}{after}", timestamp(at)))?;
    }
    if let Some((call, since)) = &part.stuck {
        console.line(&format!("    hangs in {call} since {}", timestamp(*since)))?;
    }
    if let Some(trace) = &part.trace {
        let text = if traces { trace.trim_end().to_owned() } else { causes(trace) };
        console.line(&format!("    {}", text.replace('\n', "\n    ")))?;
    }
    Ok(())
}

/// A Java stack trace without its frames: the exceptions, and what they say.
pub fn causes(trace: &str) -> String {
    let frame = |line: &&str| line.starts_with("\tat ") || line.starts_with("\t... ");
    trace.trim_end().lines().filter(|line| !frame(line)).collect::<Vec<_>>().join("\n")
}

/// `ferry connectors describe`
pub fn describe(client: &Client, console: &mut Console<'_>, options: &Describe) -> Result<Exit> {
    options.filter.require()?;
    let all = options.filter.select_with(client)?;
    let mut rows = Vec::new();
    for (number, (name, value)) in all.iter().enumerate() {
        if number > 0 && !console.json {
            console.line("")?;
        }
        let mut value = value.clone();
        if !options.show_secrets {
            hide(&mut value["info"]["config"]);
        }
        // A worker may not track topics.
        let topics = super::topics::of(client, name).unwrap_or_default();
        if console.json {
            rows.push(json!({ "info": value["info"], "status": value["status"], "topics": topics }));
            continue;
        }
        let mut status = Status::read(&value["status"]);
        status.name.clone_from(name);
        print_status(console, &status, false)?;
        let mut table = Table::new(&["KEY", "VALUE"]).indented(2);
        let config = value["info"]["config"].as_object().map(sorted).unwrap_or_default();
        config.iter().for_each(|(key, value)| table.row(vec![key.into(), text(value).into()]));
        console.table(&table)?;
        if !topics.is_empty() {
            console.line(&format!("  topics: {}", topics.join(", ")))?;
        }
    }
    if console.json {
        console.value(&Value::Array(rows))?;
    }
    Ok(Exit::Done)
}

fn hide(config: &mut Value) {
    for (key, value) in config.as_object_mut().into_iter().flatten() {
        if let Some(text) = value.as_str() {
            *value = Value::from(shown(key, text));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `ferry connectors get`
pub fn get(client: &Client, console: &mut Console<'_>, options: &Get) -> Result<Exit> {
    let names = options.filter.select(client)?;
    if options.properties && names.len() != 1 {
        return Err(Failure::usage(format!(
            "a .properties file holds one connector, and {} are named",
            names.len()
        ))
        .mend("leave --properties away: JSON holds several"));
    }
    let mut rows = Vec::new();
    for name in names {
        // Deleted meanwhile.
        let Some(config) = client.config(&name)? else { continue };
        if options.properties {
            console.print(&properties::write(config_map(&sorted(&config.entries)).iter()))?;
        } else {
            rows.push(json!({ "name": name, "config": sorted(&config.entries) }));
        }
    }
    if !options.properties {
        console.value(&Value::Array(rows))?;
    }
    Ok(Exit::Done)
}

/// In an order that is the same on every worker and each time: name and class, then the others by key.
fn sorted(config: &Map<String, Value>) -> Map<String, Value> {
    let rank = |key: &str| ["name", "connector.class"].iter().position(|first| *first == key).unwrap_or(2);
    let mut entries: Vec<(String, Value)> = config.clone().into_iter().collect();
    entries.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    entries.into_iter().collect()
}

fn config_map(entries: &Map<String, Value>) -> ConfigMap {
    entries.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_becomes_its_causes() {
        let trace = "org.apache.kafka.connect.errors.ConnectException: a\nsecond line\n\tat x.Y.z(Y.java:1)\n\t... 3 more\nCaused by: b\n\tat q\n";
        assert_eq!(
            causes(trace),
            "org.apache.kafka.connect.errors.ConnectException: a\nsecond line\nCaused by: b"
        );
    }
}
