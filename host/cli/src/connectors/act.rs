//! `pause`, `resume`, `stop`, `restart` and `delete`.

use super::arguments::{Act, Delete, Filter, Restart, Wait};
use super::outcome::Outcomes;
use super::wait::Goal;
use crate::client::{Call, Client, Status, path};
use crate::failure::{Exit, Failure, Result};
use crate::output::Console;

/// `ferry connectors pause`, `resume` and `stop`
pub fn change_state(
    client: &Client,
    console: &mut Console<'_>,
    options: &Act,
    action: &'static str,
) -> Result<Exit> {
    let (past, goal) = match action {
        "pause" => ("paused", Goal::Paused),
        "stop" => ("stopped", Goal::Stopped),
        _ => ("resumed", Goal::Running),
    };
    each(client, console, &options.filter, &options.wait, (action, past, goal), |name| {
        client.call(&Call::new("PUT", format!("{}/{action}", path(name)))).map(drop)
    })
}

/// `ferry connectors restart`
pub fn restart(client: &Client, console: &mut Console<'_>, options: &Restart) -> Result<Exit> {
    let doing = ("restart", "restarted", Goal::Running);
    each(client, console, &options.filter, &options.wait, doing, |name| {
        let path = path(name);
        let call = match options.task {
            Some(task) => {
                // The JVM's standalone worker keeps a FAILED status for ever for a task that was never there.
                has_task(client, name, task)?;
                format!("{path}/tasks/{task}/restart")
            }
            None => format!(
                "{path}/restart?includeTasks={}&onlyFailed={}",
                !options.connector_only, options.only_failed
            ),
        };
        client.call(&Call::new("POST", call)).map(drop)
    })
}

fn has_task(client: &Client, name: &str, task: u32) -> Result<()> {
    let status = client.status(name)?.map(|value| Status::read(&value)).unwrap_or_default();
    let tasks: Vec<String> =
        status.tasks.iter().filter_map(|part| part.task).map(|id| id.to_string()).collect();
    if tasks.contains(&task.to_string()) {
        return Ok(());
    }
    let has =
        if tasks.is_empty() { "it has none".to_owned() } else { format!("it has {}", tasks.join(", ")) };
    Err(Failure::new(Exit::NotFound, format!("{name} has no task {task}")).mend(has))
}

/// Does something to each connector that is meant, and waits for it if asked to.
fn each(
    client: &Client,
    console: &mut Console<'_>,
    filter: &Filter,
    wait: &Wait,
    (action, past, goal): (&'static str, &str, Goal),
    act: impl Fn(&str) -> Result<()>,
) -> Result<Exit> {
    let mut outcomes = Outcomes::of(action);
    let names = filter.select(client)?;
    if names.is_empty() {
        console.note("no connector is meant, nothing was done");
    }
    for name in &names {
        let before = if wait.wait { client.status(name)? } else { None };
        let done = act(name).and_then(|()| wait.settle(client, console, name, goal, before.as_ref()));
        let done = done.map(|now| now.map_or_else(|| past.to_owned(), |now| format!("{past}: {now}")));
        outcomes.either(console, name, done.as_deref().map_err(Clone::clone))?;
    }
    outcomes.finish(console)
}

/// `ferry connectors delete`
pub fn delete(client: &Client, console: &mut Console<'_>, options: &Delete) -> Result<Exit> {
    let names = options.filter.select(client)?;
    let mut outcomes = Outcomes::of("delete");
    if names.is_empty() {
        console.note("no connector is meant, nothing was done");
    }
    if names.len() > 1 {
        let what = format!("delete {} connectors at {} ({})", names.len(), client.base(), names.join(", "));
        console.confirm(&what, options.yes)?;
    }
    for name in &names {
        let done = client.call(&Call::new("DELETE", path(name))).map(|_| "deleted");
        outcomes.either(console, name, done)?;
    }
    outcomes.finish(console)
}
