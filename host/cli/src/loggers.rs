//! `ferry admin loggers`: the levels of a running worker's loggers.

use clap::{Args, Subcommand};
use ferry_config::suggest::nearest;
use serde_json::{Value, json};

use crate::client::{Call, Client, segment};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, OutputOptions, Table, timestamp};
use crate::target::TargetOptions;

/// Look after a running worker
#[derive(Args, Clone, Debug)]
pub struct Admin {
    #[command(flatten)]
    target: TargetOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(subcommand)]
    subject: Subject,
}

/// What is looked after.
#[derive(Subcommand, Clone, Debug)]
enum Subject {
    /// Show and set the levels of loggers
    #[command(subcommand)]
    Loggers(Loggers),
}

/// What to do with loggers.
#[derive(Subcommand, Clone, Debug)]
enum Loggers {
    /// Show the levels of loggers
    #[command(after_help = "\
Examples:
  ferry admin loggers get
  ferry admin loggers get root
JSON: as GET /admin/loggers, {\"NAME\":{\"level\",\"last_modified\"}}.")]
    Get {
        /// One logger only
        logger: Option<String>,
    },
    /// Set the level of a logger and of all below it, until the worker ends
    #[command(after_help = "\
Example:
  ferry admin loggers set org.apache.kafka.connect DEBUG
JSON: {\"logger\",\"level\",\"changed\":[…]}; changed is null with --cluster.")]
    Set {
        /// The logger
        logger: String,
        /// The new level
        #[arg(ignore_case = true, value_parser = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"])]
        level: String,
        /// On all workers of the cluster
        #[arg(long)]
        cluster: bool,
    },
}

/// `ferry admin`
///
/// # Errors
/// The worker does not answer, or refuses.
pub fn run(options: &Admin, console: &mut Console<'_>) -> Result<Exit> {
    let client = Client::connect(&options.target.resolve()?)?;
    let Subject::Loggers(action) = &options.subject;
    match action {
        Loggers::Get { logger } => get(&client, console, logger.as_deref()),
        Loggers::Set { logger, level, cluster } => set(&client, console, logger, level, *cluster),
    }
}

fn get(client: &Client, console: &mut Console<'_>, logger: Option<&str>) -> Result<Exit> {
    let loggers = match logger {
        None => client.call(&Call::get("/admin/loggers"))?.body,
        Some(name) => {
            let answer = client.call(&Call::get(format!("/admin/loggers/{}", segment(name))));
            json!({ name: answer.map_err(|failure| suggest(client, name, failure))?.body })
        }
    };
    if console.json {
        console.value(&loggers)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["LOGGER", "LEVEL", "SET AT"]);
    for (name, logger) in loggers.as_object().into_iter().flatten() {
        let at = logger["last_modified"].as_u64().map(timestamp).unwrap_or_default();
        table.row(vec![name.into(), logger["level"].as_str().unwrap_or("-").into(), at.into()]);
    }
    console.table(&table)?;
    Ok(Exit::Done)
}

fn set(client: &Client, console: &mut Console<'_>, logger: &str, level: &str, cluster: bool) -> Result<Exit> {
    let scope = if cluster { "cluster" } else { "worker" };
    let level = level.to_ascii_uppercase();
    let body = json!({ "level": level });
    let call = Call::new("PUT", format!("/admin/loggers/{}?scope={scope}", segment(logger)));
    let changed = client.call(&call.body(&body))?.body;
    if console.json {
        console.value(&json!({ "logger": logger, "level": level, "changed": changed }))?;
        return Ok(Exit::Done);
    }
    let words = match changed.as_array().map(Vec::len) {
        None => "on all workers".to_owned(),
        Some(1) => "1 logger changed".to_owned(),
        Some(count) => format!("{count} loggers changed"),
    };
    console.line(&format!("{logger}: {level}, {words}"))?;
    Ok(Exit::Done)
}

fn suggest(client: &Client, name: &str, failure: Failure) -> Failure {
    if failure.status != Some(404) || failure.mend.is_some() {
        return failure;
    }
    let loggers = client.call(&Call::get("/admin/loggers")).map(|answer| answer.body).unwrap_or(Value::Null);
    let known = loggers.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    match nearest(name, known, (name.len() / 4).max(2)) {
        Some(near) => failure.mend(format!("did you mean {near}?")),
        None => failure.mend("`ferry admin loggers get` shows those that there are"),
    }
}
