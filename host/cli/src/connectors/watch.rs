//! `status --watch`: each change of a state, from the worker's events or by asking again and again.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::arguments::Filter;
use super::show::causes;
use crate::client::{Client, Status, segment};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, Style, state_style, timestamp};

/// Pause between two looks at a worker without events.
const LOOK: Duration = Duration::from_secs(1);

/// Prints the present states and then each change, until somebody ends it.
pub fn run(client: &Client, console: &mut Console<'_>, filter: &Filter) -> Result<Exit> {
    // Names what is not there before it waits for it.
    filter.select_with(client)?;
    let path = match filter.names.as_slice() {
        [name] if client.names()?.contains(name) => format!("/events?connector={}", segment(name)),
        _ => "/events".to_owned(),
    };
    let mut states = States::default();
    let Some(mut events) = client.events(&path)? else { return poll(client, console, filter, states) };
    while let Some(event) = events.next_event()? {
        if event.name == "status" && filter.takes(event.data["connector"].as_str().unwrap_or_default()) {
            states.take(console, filter, &event.data)?;
        }
    }
    Err(Failure::new(Exit::Unreachable, format!("{}: the worker ended the events", client.base())))
}

fn poll(client: &Client, console: &mut Console<'_>, filter: &Filter, mut states: States) -> Result<Exit> {
    loop {
        for (name, value) in client.expanded()?.iter().filter(|(name, _)| filter.takes(name)) {
            let status = Status::read(&value["status"]);
            for part in status.parts() {
                let mut event = json!({
                    "connector": name,
                    "task": part.task,
                    "state": part.state,
                    "worker_id": part.worker,
                    "timestamp": now(),
                });
                if let Some(trace) = &part.trace {
                    event["trace"] = Value::from(trace.as_str());
                }
                states.take(console, filter, &event)?;
            }
        }
        std::thread::sleep(LOOK);
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The last state of each connector and task.
#[derive(Default)]
struct States(BTreeMap<(String, Option<i64>), String>);

impl States {
    fn take(&mut self, console: &mut Console<'_>, filter: &Filter, event: &Value) -> Result<()> {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let (name, task, state) = (text("connector"), event["task"].as_i64(), text("state"));
        let before = self.0.insert((name.clone(), task), state.clone());
        if before.as_ref() == Some(&state) {
            return Ok(());
        }
        if filter.state.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&state)) {
            return Ok(());
        }
        if console.json {
            return console.value_line(event);
        }
        let who = task.map_or_else(|| name.clone(), |task| format!("{name} task {task}"));
        let who = console.styled(Style::Bold, &who);
        let shown = console.styled(state_style(&state), &state);
        let from = before.map(|state| format!("{state} → ")).unwrap_or_default();
        let at = timestamp(event["timestamp"].as_u64().unwrap_or_else(now));
        console.line(&format!("{at}  {who}  {from}{shown}  {}", text("worker_id")))?;
        match event["trace"].as_str() {
            Some(trace) => console.line(&format!("    {}", causes(trace).replace('\n', "\n    "))),
            None => Ok(()),
        }
    }
}
