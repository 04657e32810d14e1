//! Waits until connectors are in the state that was asked for.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::arguments::Wait;
use super::show::causes;
use crate::client::{Client, Status};
use crate::failure::{Exit, Failure, Result};
use crate::output::Console;

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(200);
/// How long a failure of before a change may still be shown after it.
const STALE: Duration = Duration::from_secs(5);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The connector and at least one task run, and no task does anything else.
    Running,
    /// The connector and all tasks are paused.
    Paused,
    /// The connector is stopped and has no tasks.
    Stopped,
}

impl Goal {
    fn reached(self, status: &Status) -> bool {
        match self {
            Self::Running => !status.tasks.is_empty() && status.parts().all(|part| part.state == "RUNNING"),
            Self::Paused => status.parts().all(|part| part.state == "PAUSED"),
            Self::Stopped => status.connector.state == "STOPPED" && status.tasks.is_empty(),
        }
    }

    /// As Connect writes it.
    pub fn state(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
        }
    }
}

impl Wait {
    /// Waits, if that was asked for. `before` is the status before the change: what failed then counts only
    /// after a moment. Says in words how it is.
    ///
    /// # Errors
    /// The connector fails, or is not there in time.
    pub fn settle(
        &self,
        client: &Client,
        console: &mut Console<'_>,
        name: &str,
        goal: Goal,
        before: Option<&Value>,
    ) -> Result<Option<String>> {
        if !self.wait {
            return Ok(None);
        }
        let status = settle(client, console, name, goal, Duration::from_secs(self.timeout), before)?;
        Ok(Some(in_words(&status)))
    }
}

/// `RUNNING, 2 tasks`
fn in_words(status: &Status) -> String {
    let state = &status.connector.state;
    match status.tasks.len() {
        0 => format!("{state}, no tasks"),
        1 => format!("{state}, 1 task"),
        count => format!("{state}, {count} tasks"),
    }
}

/// Waits for `goal`.
///
/// # Errors
/// The connector fails while it should run, or is not there within `limit`.
pub fn settle(
    client: &Client,
    console: &mut Console<'_>,
    name: &str,
    goal: Goal,
    limit: Duration,
    before: Option<&Value>,
) -> Result<Status> {
    let started = Instant::now();
    let old = before.map(Status::read).filter(|status| status.state() == "FAILED");
    let mut progress = console.progress();
    loop {
        let status = client.status(name)?.map(|value| Status::read(&value)).unwrap_or_default();
        if goal.reached(&status) {
            return Ok(status);
        }
        let stale = old.as_ref() == Some(&status) && started.elapsed() < STALE;
        if goal == Goal::Running && status.state() == "FAILED" && !stale {
            return Err(failed(name, &status));
        }
        if started.elapsed() >= limit {
            return Err(late(name, goal, limit, &status));
        }
        progress.show(&format!("waiting for {name} to be {}: {}", goal.state(), now(&status)));
        std::thread::sleep(LOOK);
    }
}

fn failed(name: &str, status: &Status) -> Failure {
    let mut text = format!("{name} has FAILED");
    for part in status.parts().filter(|part| part.state == "FAILED") {
        let who = part.task.map_or_else(|| "connector".to_owned(), |task| format!("task {task}"));
        let trace = part.trace.as_deref().map(causes).unwrap_or_default();
        text = format!("{text}\n  {who} on {}: {}", part.worker, trace.replace('\n', "\n    "));
    }
    Failure::new(Exit::Connector, text)
        .mend(format!("`ferry connectors status {name} --trace` shows the whole trace"))
}

fn late(name: &str, goal: Goal, limit: Duration, status: &Status) -> Failure {
    let text = format!("{name} is not {} after {} s: {}", goal.state(), limit.as_secs(), now(status));
    let failure = Failure::new(Exit::TimedOut, text);
    match (goal, status.connector.state.as_str(), status.tasks.len()) {
        (Goal::Running, "RUNNING", 0) => failure.mend("it runs without any task: has it anything to do?"),
        _ => failure.mend("wait longer with --timeout SECONDS"),
    }
}

fn now(status: &Status) -> String {
    match status.connector.state.as_str() {
        "" => "no status yet".to_owned(),
        state => format!("{state}, {} of {} tasks RUNNING", status.count("RUNNING"), status.tasks.len()),
    }
}
