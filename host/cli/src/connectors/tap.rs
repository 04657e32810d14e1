//! `tap`: records as they pass through a connector.

use serde_json::Value;

use super::arguments::Tap;
use super::select::unknown;
use crate::client::{Client, path, segment};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, Style, timestamp};

/// `ferry connectors tap`
pub fn run(client: &Client, console: &mut Console<'_>, options: &Tap) -> Result<Exit> {
    let names = client.names()?;
    if !names.contains(&options.name) {
        return Err(unknown(&options.name, &names, client.base()));
    }
    let mut query = Vec::new();
    query.extend(options.stage.as_ref().map(|stage| format!("stage={}", segment(stage))));
    query.extend(options.task.map(|task| format!("task={task}")));
    query.extend(options.limit.map(|limit| format!("limit={limit}")));
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let events = client.events(&format!("{}/tap{query}", path(&options.name))).map_err(|failure| match failure.status {
        Some(403) => Failure { mend: None, ..failure }
            .mend("set ferry.rest.tap.enable=true in the configuration of the worker; records may hold what not everybody shall see"),
        _ => failure,
    })?;
    let Some(mut events) = events else {
        return Err(Failure::new(
            Exit::Refused,
            format!("{} has no tap: it is no Ferry, or an older one", client.base()),
        ));
    };
    let mut count = 0;
    while options.limit.is_none_or(|limit| count < limit) {
        let Some(event) = events.next_event()? else { break };
        if event.name == "record" {
            count += 1;
            if console.json {
                console.value_line(&event.data)?;
            } else {
                print(console, &event.data)?;
            }
        }
    }
    Ok(Exit::Done)
}

fn print(console: &mut Console<'_>, record: &Value) -> Result<()> {
    let at = record["timestamp"].as_u64().map_or_else(|| "-".to_owned(), timestamp);
    let place = match (record["partition"].as_i64(), record.get("offset").filter(|offset| !offset.is_null()))
    {
        (Some(partition), Some(offset)) => format!("-{partition}@{offset}"),
        (Some(partition), None) => format!("-{partition}"),
        (None, Some(offset)) => format!("@{offset}"),
        (None, None) => String::new(),
    };
    let topic = record["topic"].as_str().unwrap_or("-");
    let head =
        format!("{at}  task {}  {}  {topic}{place}", record["task"], record["stage"].as_str().unwrap_or("-"));
    let head = console.styled(Style::Bold, &head);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    console.line(&format!("{head}\n  {} = {}", text(&record["key"]), text(&record["value"])))?;
    for header in record["headers"].as_array().into_iter().flatten() {
        let name = header["name"].as_str().or_else(|| header["key"].as_str()).unwrap_or_default();
        console.line(&format!("  header {name}: {}", text(&header["value"])))?;
    }
    Ok(())
}
