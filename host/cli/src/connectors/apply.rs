//! `apply` and `patch`: makes connectors as they are wanted, and shows what changes.

use ferry_config::ConfigMap;
use serde_json::{Value, json};

use super::arguments::{Apply, Patch, Wait};
use super::create;
use super::difference::{Change, changes};
use super::files::{self, Wanted};
use super::outcome::Outcomes;
use super::select::{pattern, unknown};
use super::validate;
use super::wait::Goal;
use crate::client::{Call, Client, path};
use crate::failure::Exit;
use crate::failure::{Failure, Result};
use crate::output::Console;

/// `ferry connectors apply`
pub fn apply(client: &Client, console: &mut Console<'_>, options: &Apply) -> Result<Exit> {
    let wanted = files::read(&options.files)?;
    let patterns = options.prune.iter().map(|text| pattern(text)).collect::<Result<Vec<_>>>()?;
    let mut surplus = if patterns.is_empty() { Vec::new() } else { client.names()? };
    surplus.retain(|name| {
        patterns.iter().any(|p| p.matches(name)) && !wanted.iter().any(|wanted| wanted.name == *name)
    });
    if !surplus.is_empty() && !options.dry_run {
        let what = format!(
            "delete {} connectors at {} that are in no file ({})",
            surplus.len(),
            client.base(),
            surplus.join(", ")
        );
        console.confirm(&what, options.yes)?;
    }
    let mut outcomes = Outcomes::of("apply");
    for wanted in &wanted {
        let step = Step { client, wait: &options.wait, dry_run: options.dry_run };
        if let Err(failure) = step.apply(console, &mut outcomes, wanted) {
            outcomes.failed(console, &wanted.name, failure)?;
        }
    }
    for name in &surplus {
        let more = json!({ "action": "delete", "dry_run": options.dry_run, "changes": [] });
        if options.dry_run {
            outcomes.add(console, name, "would be deleted", more)?;
            continue;
        }
        match client.call(&Call::new("DELETE", path(name))) {
            Ok(_) => outcomes.add(console, name, "deleted", more)?,
            Err(failure) => outcomes.failed(console, name, failure)?,
        }
    }
    outcomes.finish(console)
}

struct Step<'a> {
    client: &'a Client,
    wait: &'a Wait,
    dry_run: bool,
}

impl Step<'_> {
    fn apply(&self, console: &mut Console<'_>, outcomes: &mut Outcomes, wanted: &Wanted) -> Result<()> {
        let Some(present) = self.client.config(&wanted.name)? else {
            return self.create(console, outcomes, wanted);
        };
        if let Some(key) = wanted.nulls.first() {
            return Err(Failure::config(format!("{}: {key} of {} is null", wanted.file, wanted.name))
                .mend("leave the setting away"));
        }
        let changes = changes(&present.entries, &wanted.config);
        if changes.is_empty() {
            let more = json!({ "action": "none", "dry_run": self.dry_run, "changes": [] });
            return outcomes.add(console, &wanted.name, "unchanged", more);
        }
        let body = wanted.body();
        if self.dry_run {
            validate::or_fail(self.client, wanted)?;
        }
        self.update(console, outcomes, &wanted.name, &changes, || {
            let call = Call::new("PUT", format!("{}/config", path(&wanted.name)));
            let call = call.body(&body).if_match(present.etag.as_deref());
            self.client.call(&call).map(drop).map_err(|failure| create::explain(self.client, wanted, failure))
        })
    }

    /// Does what changes a connector, and says what that was.
    fn update(
        &self,
        console: &mut Console<'_>,
        outcomes: &mut Outcomes,
        name: &str,
        changes: &[Change],
        change: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let shown: Vec<Value> = changes.iter().map(Change::to_json).collect();
        let more = json!({ "action": "update", "dry_run": self.dry_run, "changes": shown });
        if self.dry_run {
            outcomes.add(console, name, "would be updated", more)?;
            return print(console, changes);
        }
        let before = if self.wait.wait { self.client.status(name)? } else { None };
        change()?;
        let stands = before.as_ref().and_then(|status| status["connector"]["state"].as_str());
        let goal = match stands {
            Some("PAUSED") => Goal::Paused,
            Some("STOPPED") => Goal::Stopped,
            _ => Goal::Running,
        };
        // What changed is said even if the connector then fails.
        let settled = self.wait.settle(self.client, console, name, goal, before.as_ref());
        match settled {
            Ok(now) => {
                outcomes.add(console, name, &with_state("updated", now), more)?;
                print(console, changes)
            }
            Err(failure) => {
                if !console.json {
                    console.line(&format!("{name}: updated"))?;
                    print(console, changes)?;
                }
                outcomes.failed_with(console, name, failure, more)
            }
        }
    }

    fn create(&self, console: &mut Console<'_>, outcomes: &mut Outcomes, wanted: &Wanted) -> Result<()> {
        let changes: Vec<Value> =
            changes(&serde_json::Map::new(), &wanted.config).iter().map(Change::to_json).collect();
        let more = json!({ "action": "create", "dry_run": self.dry_run, "changes": changes });
        if self.dry_run {
            validate::or_fail(self.client, wanted)?;
            return outcomes.add(console, &wanted.name, "would be created", more);
        }
        let now = create::one(self.client, console, wanted, self.wait)?;
        outcomes.add(console, &wanted.name, &with_state("created", now), more)
    }
}

/// `updated: RUNNING, 1 task`
pub fn with_state(past: &str, now: Option<String>) -> String {
    now.map_or_else(|| past.to_owned(), |now| format!("{past}: {now}"))
}

fn print(console: &mut Console<'_>, changes: &[Change]) -> Result<()> {
    if console.json {
        return Ok(());
    }
    changes.iter().try_for_each(|change| change.print(console))
}

/// `ferry connectors patch`
pub fn patch(client: &Client, console: &mut Console<'_>, options: &Patch) -> Result<Exit> {
    let name = &options.name;
    let Some(present) = client.config(name)? else {
        return Err(unknown(name, &client.names()?, client.base()));
    };
    let mut wanted: ConfigMap = present
        .entries
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    let mut body = serde_json::Map::new();
    for setting in &options.settings {
        let (key, value) = setting
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::usage(format!("'{setting}' is not of the form KEY=VALUE")))?;
        wanted.insert(key, value);
        body.insert(key.to_owned(), Value::from(value));
    }
    for key in &options.unset {
        if wanted.remove(key).is_none() {
            return Err(Failure::usage(format!("{name} has no setting {key} to take out")));
        }
        body.insert(key.clone(), Value::Null);
    }
    let mut outcomes = Outcomes::of("apply");
    let changes = changes(&present.entries, &wanted);
    if changes.is_empty() {
        let more = json!({ "action": "none", "dry_run": options.dry_run, "changes": [] });
        outcomes.add(console, name, "unchanged", more)?;
        return outcomes.finish(console);
    }
    let body = Value::Object(body);
    let step = Step { client, wait: &options.wait, dry_run: options.dry_run };
    let done = step.update(console, &mut outcomes, name, &changes, || {
        let call = Call::new("PATCH", format!("{}/config", path(name))).body(&body);
        client.call(&call.if_match(present.etag.as_deref())).map(drop)
    });
    if let Err(failure) = done {
        outcomes.failed(console, name, failure)?;
    }
    outcomes.finish(console)
}
