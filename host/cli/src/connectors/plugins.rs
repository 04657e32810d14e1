//! `plugins`: what the worker has, and what a class can be told.

use ferry_config::suggest::did_you_mean;
use serde_json::Value;

use super::arguments::PluginsOptions;
use crate::client::{Call, Client, segment};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, Table};

/// `ferry connectors plugins`
pub fn run(client: &Client, console: &mut Console<'_>, options: &PluginsOptions) -> Result<Exit> {
    match &options.class {
        Some(class) => describe(client, console, class),
        None => list(client, console, options.all),
    }
}

fn list(client: &Client, console: &mut Console<'_>, all: bool) -> Result<Exit> {
    let plugins = client.plugins(all)?;
    if console.json {
        console.value(&plugins)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["TYPE", "CLASS", "VERSION"]);
    for plugin in plugins.as_array().into_iter().flatten() {
        let field = |key: &str| plugin[key].as_str().unwrap_or_default().into();
        table.row(vec![field("type"), field("class"), field("version")]);
    }
    console.table(&table)?;
    Ok(Exit::Done)
}

fn describe(client: &Client, console: &mut Console<'_>, class: &str) -> Result<Exit> {
    let answer = client.call(&Call::get(format!("/connector-plugins/{}/config", segment(class))));
    let keys = answer.map_err(|failure| suggest(client, class, failure))?.body;
    if console.json {
        console.value(&keys)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["KEY", "TYPE", "DEFAULT", "IMPORTANCE", "MEANING"]);
    for key in keys.as_array().into_iter().flatten() {
        let field = |name: &str| key[name].as_str().unwrap_or_default();
        let default = match (&key["required"], &key["default_value"]) {
            (Value::Bool(true), _) => "(required)".to_owned(),
            (_, Value::Null) => "-".to_owned(),
            (_, value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        };
        table.row(vec![
            field("name").into(),
            field("type").to_lowercase().into(),
            default.into(),
            field("importance").to_lowercase().into(),
            field("documentation").into(),
        ]);
    }
    console.table(&table)?;
    Ok(Exit::Done)
}

fn suggest(client: &Client, class: &str, failure: Failure) -> Failure {
    if !matches!(failure.status, Some(404 | 500)) {
        return failure;
    }
    let plugins = client.plugins(true).unwrap_or(Value::Null);
    let known: Vec<&str> =
        plugins.as_array().into_iter().flatten().filter_map(|p| p["class"].as_str()).collect();
    match did_you_mean(class, known) {
        Some(question) => failure.mend(question),
        None => failure.mend("`ferry connectors plugins --all` shows those that there are"),
    }
}
