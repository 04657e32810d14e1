//! `create`, and what a refusal of a configuration means.

use ferry_config::connector_file::InitialState;
use ferry_config::suggest::did_you_mean;
use serde_json::Value;

use super::apply::with_state;
use super::arguments::{Create, Wait};
use super::files::{self, Wanted};
use super::outcome::Outcomes;
use super::validate;
use super::wait::Goal;
use crate::client::{Call, Client};
use crate::failure::{Exit, Failure, Result};
use crate::output::Console;

/// `ferry connectors create`
pub fn create(client: &Client, console: &mut Console<'_>, options: &Create) -> Result<Exit> {
    let wanted = files::read(&options.files)?;
    if options.dry_run {
        return validate::check(client, console, &wanted, &validate::Scope { all: false, dry_run: true });
    }
    let mut outcomes = Outcomes::of("create");
    for wanted in &wanted {
        let done = one(client, console, wanted, &options.wait).map(|now| with_state("created", now));
        outcomes.either(console, &wanted.name, done.as_deref().map_err(Clone::clone))?;
    }
    outcomes.finish(console)
}

/// Creates a connector; waits and says how it is, if asked to.
pub fn one(
    client: &Client,
    console: &mut Console<'_>,
    wanted: &Wanted,
    wait: &Wait,
) -> Result<Option<String>> {
    let body = wanted.request();
    client
        .call(&Call::new("POST", "/connectors").body(&body))
        .map_err(|failure| explain(client, wanted, failure))?;
    let goal = match wanted.initial_state {
        None | Some(InitialState::Running) => Goal::Running,
        Some(InitialState::Paused) => Goal::Paused,
        Some(InitialState::Stopped) => Goal::Stopped,
    };
    wait.settle(client, console, &wanted.name, goal, None)
}

/// What the worker says when a class is not among its plugins.
const NO_CLASS: &str = "Failed to find any class that implements Connector and which name matches";

/// Adds to a refusal where the configuration is from, and what may be meant.
pub fn explain(client: &Client, wanted: &Wanted, mut failure: Failure) -> Failure {
    if failure.status.is_none() {
        return failure;
    }
    let class = wanted.config.get("connector.class").unwrap_or_default();
    if failure.message.contains(NO_CLASS) {
        failure.message =
            format!("{}: connector.class={class}: {} has no such connector", wanted.file, client.base());
        return failure.mend(near_class(client, class));
    }
    failure.message = format!("{}: {}", wanted.file, failure.message);
    match failure.status {
        Some(409) if failure.mend.is_none() => {
            failure.mend("`ferry connectors apply` changes a connector that is there")
        }
        Some(400) => failure.mend("`ferry connectors validate` shows keys, values and what is allowed"),
        _ => failure,
    }
}

/// The class that may be meant, and those that there are.
pub fn near_class(client: &Client, class: &str) -> String {
    let plugins = client.plugins(false).unwrap_or(Value::Null);
    let known: Vec<&str> =
        plugins.as_array().into_iter().flatten().filter_map(|p| p["class"].as_str()).collect();
    if known.is_empty() {
        return "it has none at all: is plugin.path of the worker right?".to_owned();
    }
    did_you_mean(class, known.iter().copied()).unwrap_or_else(|| {
        let mut known = known.clone();
        known.sort_unstable();
        known.dedup();
        format!("it has {}", known.join(", "))
    })
}
