//! What watchers of states are told, and when they are told nothing more.

use ferry_plugin_abi::Error;
use tokio::sync::mpsc;

use super::*;
use crate::executor::TaskId;
use crate::herder::ConnectorType;

fn statuses() -> Arc<Statuses> {
    let (failures, _) = mpsc::unbounded_channel();
    Arc::new(Statuses::new("w:1".to_owned(), true, Arc::default(), failures))
}

fn create(statuses: &Statuses, name: &str) {
    statuses.known(&name.into(), ConnectorType::Source, None);
    statuses.connector(name, State::Running, None);
}

fn task(name: &str) -> TaskId {
    TaskId { connector: name.into(), task: 0 }
}

/// The next so many events, as `connector/task STATE`.
async fn take(watch: &mut StatusWatch, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    for _ in 0..count {
        let event = watch.next().await.expect("an event");
        assert!(event.timestamp > 0 && event.worker_id == "w:1", "{event:?}");
        let task = event.task.map(|task| format!("/{task}")).unwrap_or_default();
        taken.push(format!("{}{task} {}", event.connector, event.state));
    }
    taken
}

#[tokio::test]
async fn present_states_come_first_then_each_change_in_order() {
    let statuses = statuses();
    create(&statuses, "a");
    statuses.tasks("a", 1);
    let mut watch = StatusWatch::new(&statuses, None);
    let mut of_b = StatusWatch::new(&statuses, Some("b"));
    assert_eq!(take(&mut watch, 2).await, ["a RUNNING", "a/0 UNASSIGNED"]);
    statuses.task_state(&task("a"), State::Running, None);
    // The same again is no change.
    statuses.task_state(&task("a"), State::Running, None);
    statuses.connector("a", State::Paused, None);
    statuses.task_state(&task("a"), State::Paused, None);
    create(&statuses, "b");
    statuses.task_state(&task("a"), State::Failed, Some(&Error::fatal("oh")));
    statuses.tasks("a", 0);
    statuses.forget("a");
    statuses.forget("b");
    let all = ["a/0 RUNNING", "a PAUSED", "a/0 PAUSED", "b RUNNING"];
    assert_eq!(take(&mut watch, 4).await, all);
    let failed = watch.next().await.expect("an event");
    assert_eq!((failed.state, failed.task), ("FAILED", Some(0)));
    assert!(failed.trace.as_deref().is_some_and(|trace| trace.contains("oh")), "{failed:?}");
    assert_eq!(take(&mut watch, 3).await, ["a/0 DESTROYED", "a DESTROYED", "b DESTROYED"]);
    assert_eq!(take(&mut of_b, 2).await, ["b RUNNING", "b DESTROYED"]);
}

#[tokio::test]
async fn who_reads_too_slowly_is_shown_the_present_states_again() {
    let statuses = statuses();
    create(&statuses, "a");
    create(&statuses, "b");
    let mut watch = StatusWatch::new(&statuses, None);
    assert_eq!(take(&mut watch, 2).await, ["a RUNNING", "b RUNNING"]);
    statuses.forget("b");
    // Nobody waits for the watcher, however far it is behind.
    for _ in 0..RING {
        statuses.connector("a", State::Paused, None);
        statuses.connector("a", State::Running, None);
    }
    assert_eq!(take(&mut watch, 2).await, ["b DESTROYED", "a RUNNING"]);
    statuses.connector("a", State::Stopped, None);
    assert_eq!(take(&mut watch, 1).await, ["a STOPPED"]);
}

#[tokio::test]
async fn watching_ends_with_the_worker_also_for_who_waits() {
    let statuses = statuses();
    let mut watch = StatusWatch::new(&statuses, None);
    let waiting = tokio::spawn(async move { watch.next().await });
    statuses.end_watches();
    assert_eq!(waiting.await.expect("no panic"), None);
    create(&statuses, "late");
    let mut late = StatusWatch::new(&statuses, None);
    assert_eq!(take(&mut late, 1).await, ["late RUNNING"]);
    assert_eq!(late.next().await, None);
}
