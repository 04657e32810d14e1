//! `topics`: which topics connectors used.

use serde_json::{Value, json};

use super::arguments::Topics;
use super::outcome::Outcomes;
use crate::client::{Call, Client, path};
use crate::failure::{Exit, Result};
use crate::output::{Console, Table};

/// The topics of a connector, sorted.
pub fn of(client: &Client, name: &str) -> Result<Vec<String>> {
    let answer = client.call(&Call::get(format!("{}/topics", path(name))))?;
    let topics = answer.body[name]["topics"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut topics: Vec<String> = topics.map(str::to_owned).collect();
    topics.sort();
    Ok(topics)
}

/// `ferry connectors topics`
pub fn run(client: &Client, console: &mut Console<'_>, options: &Topics) -> Result<Exit> {
    if options.reset {
        let names = options.filter.select(client)?;
        let mut outcomes = Outcomes::of("reset topics");
        for name in &names {
            let done = client
                .call(&Call::new("PUT", format!("{}/topics/reset", path(name))))
                .map(|_| "topics forgotten");
            outcomes.either(console, name, done)?;
        }
        return outcomes.finish(console);
    }
    let (mut table, mut rows) = (Table::new(&["NAME", "TOPIC"]), Vec::new());
    for (name, _) in options.filter.select_with(client)? {
        let topics = of(client, &name)?;
        topics.iter().for_each(|topic| table.row(vec![name.as_str().into(), topic.as_str().into()]));
        rows.push(json!({ "name": name, "topics": topics }));
    }
    if console.json {
        console.value(&Value::Array(rows))?;
    } else if table.is_empty() {
        console.note("no topics were used");
    } else {
        console.table(&table)?;
    }
    Ok(Exit::Done)
}
