//! `validate`: the worker checks configurations; with `--dry-run` it tries them.

use serde_json::{Map, Value, json};

use super::arguments::Validate;
use super::create::explain;
use super::files::{self, Wanted};
use crate::client::{Answer, Call, Client, segment};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Cell, Console, Style, Table};
use ferry_config::secret::shown;

/// How much is checked and shown.
pub struct Scope {
    /// All settings, not only wrong ones.
    pub all: bool,
    /// Connect and read a record.
    pub dry_run: bool,
}

/// `ferry connectors validate`
pub fn validate(client: &Client, console: &mut Console<'_>, options: &Validate) -> Result<Exit> {
    let wanted = files::read(&options.files)?;
    check(client, console, &wanted, &Scope { all: options.all, dry_run: options.dry_run })
}

/// Checks connectors; ends with [`Exit::Config`] if one has errors.
pub fn check(client: &Client, console: &mut Console<'_>, wanted: &[Wanted], scope: &Scope) -> Result<Exit> {
    let (mut exit, mut rows) = (Exit::Done, Vec::new());
    for wanted in wanted {
        let found = Found::ask(client, console, wanted, scope)?;
        if !found.is_ok() && exit == Exit::Done {
            exit = Exit::Config;
        }
        if console.json {
            rows.push(found.to_json(wanted, scope));
        } else {
            found.print(console, wanted, scope)?;
        }
    }
    if console.json {
        console.value(&Value::Array(rows))?;
    }
    Ok(exit)
}

/// Lets the worker check a configuration.
///
/// # Errors
/// The worker finds errors, or does not answer.
pub fn or_fail(client: &Client, wanted: &Wanted) -> Result<()> {
    let answer =
        ask(client, wanted, "validate")?.good().map_err(|failure| explain(client, wanted, failure))?;
    let entries = entries(&answer.body, wanted);
    let errors: Vec<String> = entries
        .iter()
        .flat_map(|entry| entry.errors.iter().map(|error| format!("{}: {error}", entry.key)))
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::config(format!("{}: the worker finds errors:\n  {}", wanted.file, errors.join("\n  "))))
}

fn ask(client: &Client, wanted: &Wanted, what: &str) -> Result<Answer> {
    let class = wanted.class()?.trim();
    client.send(
        &Call::new("PUT", format!("/connector-plugins/{}/config/{what}", segment(class)))
            .body(&wanted.body()),
    )
}

/// What the worker says about one key.
struct Entry {
    key: String,
    value: Option<String>,
    errors: Vec<String>,
    recommended: Vec<String>,
}

/// What the worker says about each key. The value is as given where the worker has none for it.
fn entries(infos: &Value, wanted: &Wanted) -> Vec<Entry> {
    let list = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let configs = infos["configs"].as_array().into_iter().flatten().map(|config| &config["value"]);
    configs
        .map(|value| (value, value["name"].as_str().unwrap_or_default()))
        .map(|(value, key)| Entry {
            key: key.to_owned(),
            value: value["value"].as_str().or_else(|| wanted.config.get(key)).map(str::to_owned),
            errors: list(&value["errors"]),
            recommended: list(&value["recommended_values"]),
        })
        .collect()
}

/// What the worker found.
struct Found {
    entries: Vec<Entry>,
    /// Of a dry run.
    steps: Option<Vec<Value>>,
    record: Option<Value>,
}

impl Found {
    fn ask(client: &Client, console: &mut Console<'_>, wanted: &Wanted, scope: &Scope) -> Result<Self> {
        if scope.dry_run {
            let answer = ask(client, wanted, "dry-run")?;
            if !answer.is_no_endpoint() {
                let body = answer.good().map_err(|failure| explain(client, wanted, failure))?.body;
                let steps = body["steps"].as_array().cloned().unwrap_or_default();
                let record = body.get("record").filter(|record| !record.is_null()).cloned();
                return Ok(Self {
                    entries: entries(&body["validation"], wanted),
                    steps: Some(steps),
                    record,
                });
            }
            console.note(&format!(
                "{}: this worker makes no dry runs, {} is only checked",
                client.base(),
                wanted.name
            ));
        }
        let answer =
            ask(client, wanted, "validate")?.good().map_err(|failure| explain(client, wanted, failure))?;
        Ok(Self { entries: entries(&answer.body, wanted), steps: None, record: None })
    }

    fn wrong(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.errors.is_empty())
    }

    fn is_ok(&self) -> bool {
        let failed = |step: &Value| step["ok"] == false;
        self.wrong().next().is_none() && !self.steps.iter().flatten().any(failed)
    }

    fn shown(&self, scope: &Scope) -> impl Iterator<Item = &Entry> {
        let all = scope.all;
        self.entries.iter().filter(move |entry| all || !entry.errors.is_empty())
    }

    fn to_json(&self, wanted: &Wanted, scope: &Scope) -> Value {
        let errors: Vec<Value> = self
            .shown(scope)
            .map(|entry| {
                let value = entry.value.as_deref().map(|value| shown(&entry.key, value));
                json!({ "key": entry.key, "value": value, "errors": entry.errors, "recommended_values": entry.recommended })
            })
            .collect();
        let mut row = Map::new();
        row.insert("name".to_owned(), json!(wanted.name));
        row.insert("file".to_owned(), json!(wanted.file));
        row.insert("ok".to_owned(), json!(self.is_ok()));
        row.insert("errors".to_owned(), json!(errors));
        row.extend(self.steps.as_ref().map(|steps| ("steps".to_owned(), json!(steps))));
        row.extend(self.record.as_ref().map(|record| ("record".to_owned(), record.clone())));
        Value::Object(row)
    }

    fn print(&self, console: &mut Console<'_>, wanted: &Wanted, scope: &Scope) -> Result<()> {
        let name = console.styled(Style::Bold, &wanted.name);
        let said = match self.wrong().map(|entry| entry.errors.len()).sum::<usize>() {
            0 if self.is_ok() => console.styled(Style::Good, "ok"),
            0 => console.styled(Style::Bad, "the dry run failed"),
            1 => console.styled(Style::Bad, "1 error"),
            count => console.styled(Style::Bad, &format!("{count} errors")),
        };
        console.line(&format!("{name} ({}): {said}", wanted.file))?;
        let mut table = Table::new(&["KEY", "VALUE", "ERROR", "RECOMMENDED"]).indented(2);
        for entry in self.shown(scope) {
            let value = entry.value.as_deref().map_or("-", |value| shown(&entry.key, value));
            let mut errors = entry.errors.iter();
            let first = errors.next().map(String::as_str).unwrap_or_default();
            let bad = |text: &str| Cell::new(Style::Bad, text);
            table.row(vec![
                entry.key.as_str().into(),
                value.into(),
                bad(first),
                entry.recommended.join(", ").into(),
            ]);
            errors.for_each(|error| table.row(vec!["".into(), "".into(), bad(error), "".into()]));
        }
        if !table.is_empty() {
            console.table(&table)?;
        }
        for step in self.steps.iter().flatten() {
            let ok = if step["ok"] == false {
                console.styled(Style::Bad, "failed")
            } else {
                console.styled(Style::Good, "ok")
            };
            let message = step["message"]
                .as_str()
                .map(|text| format!(": {}", text.replace('\n', "\n    ")))
                .unwrap_or_default();
            let culprit = match (step["setting"].as_str(), step["class"].as_str()) {
                (Some(setting), Some(class)) => format!(" ({setting}={class})"),
                _ => String::new(),
            };
            let name = step["step"].as_str().unwrap_or_default();
            console.line(&format!("  {name}  {ok}{culprit}{message}"))?;
        }
        match &self.record {
            Some(record) => console.line(&format!("  record  {record}")),
            None => Ok(()),
        }
    }
}
