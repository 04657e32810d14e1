//! Restarts by the user and by itself.

use std::time::Duration;

use ferry_plugin_abi::Error;

use super::fakes::{Fake, source, task};
use super::{settle, shown, status};
use crate::executor::{TaskEvent, lock};
use crate::herder::{Herder, State, Write};

#[tokio::test]
async fn the_user_restarts_what_he_names() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[("tasks.max", "2")]), Write::Create(None)).await.unwrap();
    fake.told();
    herder.restart("a").await.unwrap();
    assert_eq!(fake.told(), ["stop a", "start a"]);
    herder.restart_task("a", 1).await.unwrap();
    assert_eq!(fake.told(), ["end a-1", "run a-1"]);
    let state = |connector: &str, tasks: [&str; 2]| {
        format!(
            r#"{{"name":"a","connector":{{"state":"{connector}","worker_id":"here:8083","version":"1.2"}},"tasks":[{{"id":0,"state":"{}","worker_id":"here:8083","version":"1.2"}},{{"id":1,"state":"{}","worker_id":"here:8083","version":"1.2"}}],"type":"source"}}"#,
            tasks[0], tasks[1]
        )
    };
    let plan = herder.restart_all("a", true, false).await;
    assert_eq!(shown(plan), state("RESTARTING", ["RESTARTING", "RESTARTING"]));
    settle(herder, "a").await;
    assert_eq!(fake.executor.running(), ["a-0", "a-1"]);
    fake.told();
    // Nothing failed, so there is nothing to do.
    assert_eq!(shown(herder.restart_all("a", true, true).await), state("RUNNING", ["RUNNING", "RUNNING"]));
    assert_eq!(fake.told(), [""; 0]);
    fake.executor.tell(&task("a", 1), TaskEvent::Failed(Error::config("no such table")));
    let plan = herder.restart_all("a", true, true).await.unwrap();
    assert_eq!(
        plan.tasks.iter().map(|task| task.state).collect::<Vec<_>>(),
        [State::Running, State::Restarting]
    );
    assert_eq!(plan.connector.state, State::Running);
    assert_eq!(fake.told(), ["end a-1", "run a-1"]);
    assert_eq!(status(herder, "a"), state("RUNNING", ["RUNNING", "RUNNING"]));
}

#[tokio::test]
async fn a_failed_task_comes_back_by_itself() {
    let fake = Fake::with(&[("ferry.task.restart.backoff.initial.ms", "1")]);
    let herder = &*fake.herder;
    let failure = || TaskEvent::Failed(Error::fatal("no such host"));
    *lock(&fake.executor.fates) = vec![failure(), failure()];
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    let starts = fake.starts;
    let starts = tokio::task::spawn_blocking(move || {
        (0..3).map(|_| starts.recv_timeout(Duration::from_secs(60)).unwrap().to_string()).collect::<Vec<_>>()
    });
    assert_eq!(starts.await.unwrap(), ["a-0", "a-0", "a-0"]);
    settle(herder, "a").await;
    assert_eq!(
        status(herder, "a"),
        r#"{"name":"a","connector":{"state":"RUNNING","worker_id":"here:8083","version":"1.2"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"here:8083","version":"1.2"}],"type":"source"}"#
    );
}

#[tokio::test]
async fn a_connector_that_fails_comes_back_by_itself() {
    let fake = Fake::with(&[("ferry.task.restart.backoff.initial.ms", "1")]);
    let herder = &*fake.herder;
    // Each start asks the file again.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("start"), "fail").unwrap();
    let start = format!("${{dir:{}:start}}", dir.path().display());
    let refused = herder.put_config("a", source("a", &[("start", &start)]), Write::Create(None)).await;
    assert_eq!(shown(refused.map(|_| ())), "500 Failed to transition connector a to state STARTED");
    while fake.told.lock().unwrap().len() < 3 {
        tokio::task::yield_now().await;
    }
    std::fs::write(dir.path().join("start"), "well").unwrap();
    while fake.executor.running() != ["a-0"] {
        tokio::task::yield_now().await;
    }
    assert_eq!(herder.status("a").unwrap().connector.state, State::Running);
    let told = fake.told();
    assert!(told.iter().filter(|told| *told == "start a").count() >= 3, "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("run a-0"));
}

#[tokio::test]
async fn the_next_start_of_a_connector_is_shown_and_yields_to_the_user() {
    let fake = Fake::with(&[
        ("ferry.task.restart.backoff.initial.ms", "3600000"),
        ("ferry.task.restart.backoff.max.ms", "3600000"),
    ]);
    let herder = &*fake.herder;
    let _ = herder.put_config("a", source("a", &[("start", "fail")]), Write::Create(None)).await;
    let connector = herder.status("a").unwrap().connector;
    let next = connector.next_restart.unwrap();
    assert_eq!(
        shown(Ok(&connector)).replace(&next.at.to_string(), "AT"),
        r#"{"state":"FAILED","worker_id":"here:8083","version":"1.2","trace":"org.apache.kafka.connect.errors.ConnectException: no such server\nCaused by: org.apache.kafka.connect.errors.RetriableException: connection refused\n","next_restart":{"attempts":0,"at":AT}}"#
    );
    herder.stop("a").await.unwrap();
    assert_eq!(herder.status("a").unwrap().connector.next_restart, None);
    // What is wrong with a configuration does not mend itself.
    let _ = herder.put_config("b", source("b", &[("task_configs", "fail")]), Write::Create(None)).await;
    let connector = herder.status("b").unwrap().connector;
    assert_eq!((connector.state, connector.next_restart), (State::Failed, None));
}

#[tokio::test]
async fn a_pending_restart_is_shown_and_yields_to_the_user() {
    let fake = Fake::with(&[
        ("ferry.task.restart.backoff.initial.ms", "3600000"),
        ("ferry.task.restart.backoff.max.ms", "3600000"),
    ]);
    let herder = &*fake.herder;
    *lock(&fake.executor.fates) = vec![TaskEvent::Failed(Error::fatal("no such host"))];
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    settle(herder, "a").await;
    // The failure goes round by another way than the barrier above.
    let task = loop {
        let task = herder.task_status("a", 0).unwrap();
        if task.next_restart.is_some() {
            break task;
        }
        tokio::task::yield_now().await;
    };
    let next = task.next_restart.unwrap();
    assert_eq!(
        shown(Ok(&task)).replace(&next.at.to_string(), "AT"),
        r#"{"id":0,"state":"FAILED","worker_id":"here:8083","version":"1.2","trace":"org.apache.kafka.connect.errors.ConnectException: no such host\n","next_restart":{"attempts":0,"at":AT}}"#
    );
    herder.restart_task("a", 0).await.unwrap();
    assert_eq!(
        shown(herder.task_status("a", 0)),
        r#"{"id":0,"state":"RUNNING","worker_id":"here:8083","version":"1.2"}"#
    );
}

#[tokio::test]
async fn what_no_restart_can_mend_stays_failed() {
    let off = [("ferry.task.restart.enabled", "false"), ("ferry.task.restart.backoff.initial.ms", "1")];
    for (settings, error) in
        [(&off[1..], Error::config("no such table")), (&off[..], Error::fatal("no such host"))]
    {
        let fake = Fake::with(settings);
        let herder = &*fake.herder;
        *lock(&fake.executor.fates) = vec![TaskEvent::Failed(error)];
        herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
        settle(herder, "a").await;
        let task = herder.task_status("a", 0).unwrap();
        assert_eq!((task.state, task.next_restart), (State::Failed, None));
        assert_eq!(fake.told(), ["start a", "run a-0"]);
    }
}

#[tokio::test]
async fn a_task_that_hangs_is_shown() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    fake.executor.tell(&task("a", 0), TaskEvent::Stuck { call: "poll", since: Duration::from_secs(90) });
    let stuck = herder.task_status("a", 0).unwrap();
    let since = stuck.stuck.unwrap().since;
    assert_eq!(
        shown(Ok(&stuck)).replace(&since.to_string(), "SINCE"),
        r#"{"id":0,"state":"RUNNING","worker_id":"here:8083","version":"1.2","stuck":{"call":"poll","since":SINCE}}"#
    );
    fake.executor.tell(&task("a", 0), TaskEvent::Running);
    assert_eq!(herder.task_status("a", 0).unwrap().stuck, None);
}
