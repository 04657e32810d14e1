//! `offsets`: shows, changes and resets them.

use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::{Offsets, Place, ResetOffsets, SetOffsets};
use super::files;
use super::select::unknown;
use super::wait::{Goal, settle};
use crate::client::{Call, Client, path};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, Table};

/// `ferry connectors offsets`
pub fn run(client: &Client, console: &mut Console<'_>, action: &Offsets) -> Result<Exit> {
    match action {
        Offsets::Get { name } => get(client, console, name),
        Offsets::Set(options) => set(client, console, options),
        Offsets::Reset(options) => reset(client, console, options),
    }
}

fn get(client: &Client, console: &mut Console<'_>, name: &str) -> Result<Exit> {
    known(client, name)?;
    let body = client.call(&Call::get(format!("{}/offsets", path(name))))?.body;
    if console.json {
        console.value(&body)?;
        return Ok(Exit::Done);
    }
    let offsets: Vec<&Value> = body["offsets"].as_array().into_iter().flatten().collect();
    let of_sink = offsets.iter().all(|entry| entry["partition"].get("kafka_topic").is_some());
    let mut table = if of_sink {
        Table::new(&["TOPIC", "PARTITION", "OFFSET"])
    } else {
        Table::new(&["PARTITION", "OFFSET"])
    };
    for entry in offsets {
        let (partition, offset) = (&entry["partition"], &entry["offset"]);
        if of_sink {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let parts = [&partition["kafka_topic"], &partition["kafka_partition"], &offset["kafka_offset"]];
            table.row(parts.map(|part| text(part).into()).into());
        } else {
            table.row(vec![partition.to_string().into(), offset.to_string().into()]);
        }
    }
    if table.is_empty() {
        console.note(&format!("{name} has no offsets yet"));
    } else {
        console.table(&table)?;
    }
    Ok(Exit::Done)
}

fn known(client: &Client, name: &str) -> Result<()> {
    let names = client.names()?;
    if names.iter().any(|other| other == name) { Ok(()) } else { Err(unknown(name, &names, client.base())) }
}

fn set(client: &Client, console: &mut Console<'_>, options: &SetOffsets) -> Result<Exit> {
    let body = match (&options.file, &options.offset) {
        (Some(file), _) => {
            let (bytes, shown) = files::bytes(file)?;
            serde_json::from_slice(&bytes)
                .map_err(|error| Failure::config(format!("{shown}: not valid JSON: {error}")))?
        }
        (None, Some(offset)) => {
            let offset = match &options.place.topic {
                Some(_) => json!({ "kafka_offset": number("--offset", offset)? }),
                None => object("--offset", offset)?,
            };
            one(&options.place, offset)?
        }
        (None, None) => return Err(Failure::usage("--offset or --file is needed")),
    };
    alter(client, console, &options.place, &Call::new("PATCH", "").body(&body))
}

fn reset(client: &Client, console: &mut Console<'_>, options: &ResetOffsets) -> Result<Exit> {
    let place = &options.place;
    if place.partition.is_some() {
        let body = one(place, Value::Null)?;
        return alter(client, console, place, &Call::new("PATCH", "").body(&body));
    }
    known(client, &place.name)?;
    console.confirm(&format!("forget all offsets of {} at {}", place.name, client.base()), options.yes)?;
    alter(client, console, place, &Call::new("DELETE", ""))
}

/// A request about the one partition that was named.
fn one(place: &Place, offset: Value) -> Result<Value> {
    let partition = place.partition.as_deref().unwrap_or_default();
    let partition = match &place.topic {
        Some(topic) => json!({ "kafka_topic": topic, "kafka_partition": number("--partition", partition)? }),
        None => object("--partition", partition)?,
    };
    Ok(json!({ "offsets": [{ "partition": partition, "offset": offset }] }))
}

fn number(option: &str, text: &str) -> Result<i64> {
    text.parse().map_err(|_| Failure::usage(format!("{option} {text} is not a whole number")))
}

fn object(option: &str, text: &str) -> Result<Value> {
    let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    if value.is_object() {
        return Ok(value);
    }
    Err(Failure::usage(format!("{option} {text} is not a JSON object"))
        .mend("of a sink, give --topic and numbers; of a source, JSON as `offsets get` shows it"))
}

/// Sends the request, with the connector stopped around it if that was asked for.
fn alter(client: &Client, console: &mut Console<'_>, place: &Place, call: &Call<'_>) -> Result<Exit> {
    let name = &place.name;
    known(client, name)?;
    let before = if place.stop { client.status(name)? } else { None };
    let before = before.as_ref().and_then(|status| status["connector"]["state"].as_str()).unwrap_or_default();
    let stopped_here = place.stop && before != "STOPPED";
    let ask = |action: &str| client.call(&Call::new("PUT", format!("{}/{action}", path(name)))).map(drop);
    if stopped_here {
        ask("stop")?;
        settle(client, console, name, Goal::Stopped, Duration::from_secs(place.timeout), None)?;
    }
    let done = client.call(&call.to(format!("{}/offsets", path(name))));
    // It goes on as before, whatever became of the offsets.
    let back = match before {
        _ if !stopped_here => Ok(()),
        "PAUSED" => ask("pause"),
        _ => ask("resume"),
    };
    let message = done.map_err(|failure| explain(name, failure))?.body["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    back?;
    if console.json {
        console.value(&json!({ "name": name, "message": message }))?;
    } else {
        console.line(&format!("{name}: {message}"))?;
    }
    Ok(Exit::Done)
}

fn explain(name: &str, failure: Failure) -> Failure {
    if failure.message.contains("must be in the STOPPED state") {
        return failure.mend(format!("`ferry connectors stop {name}` first, or give --stop"));
    }
    failure
}
