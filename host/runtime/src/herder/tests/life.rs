//! From creation to deletion.

use ferry_config::connector_file::InitialState;
use ferry_config::json::JsonConfig;
use ferry_plugin_abi::config::ConfigMap;

use super::fakes::{Fake, source, task};
use super::{settle, shown, status};
use crate::executor::TaskEvent;
use crate::herder::{Condition, Herder, Write, tag};

#[tokio::test]
async fn a_connector_lives() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let made =
        herder.put_config("a", source("a", &[("tasks.max", "2"), ("topic", "t")]), Write::Create(None)).await;
    let made = made.unwrap();
    assert!(made.created);
    assert_eq!(
        shown(Ok(&made.info)),
        r#"{"name":"a","config":{"connector.class":"SomeSourceConnector","name":"a","tasks.max":"2","topic":"t"},"tasks":[{"connector":"a","task":0},{"connector":"a","task":1}],"type":"source"}"#
    );
    let running = r#"{"name":"a","connector":{"state":"RUNNING","worker_id":"here:8083","version":"1.2"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"here:8083","version":"1.2"},{"id":1,"state":"RUNNING","worker_id":"here:8083","version":"1.2"}],"type":"source"}"#;
    assert_eq!(status(herder, "a"), running);
    assert_eq!(
        shown(herder.tasks("a").await),
        r#"[{"id":{"connector":"a","task":0},"config":{"number":"0","topic":"t","task.class":"org.example.SomeSourceTask"}},{"id":{"connector":"a","task":1},"config":{"number":"1","topic":"t","task.class":"org.example.SomeSourceTask"}}]"#
    );
    herder.pause("a").unwrap();
    settle(herder, "a").await;
    assert_eq!(status(herder, "a"), running.replace("RUNNING", "PAUSED"));
    herder.resume("a").unwrap();
    settle(herder, "a").await;
    // The instance is started on its own thread, which is the next to be heard of.
    fake.contexts.recv().unwrap();
    fake.contexts.recv().unwrap();
    herder.restart("a").await.unwrap();
    assert_eq!(status(herder, "a"), running);
    herder.stop("a").await.unwrap();
    assert_eq!(
        status(herder, "a"),
        r#"{"name":"a","connector":{"state":"STOPPED","worker_id":"here:8083","version":"1.2"},"tasks":[],"type":"source"}"#
    );
    assert_eq!(shown(herder.tasks("a").await), "[]");
    herder.delete("a", Condition::Always).await.unwrap();
    assert_eq!(status(herder, "a"), "404 No status found for connector a");
    assert_eq!(herder.connectors(), [""; 0]);
    assert_eq!(
        fake.told(),
        [
            "start a", "run a-0", "run a-1", "stop a", "start a", "stop a", "start a", "end a-0", "end a-1",
            "stop a"
        ]
    );
}

#[tokio::test]
async fn a_connector_begins_as_it_is_told() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("p", source("p", &[]), Write::Create(Some(InitialState::Paused))).await.unwrap();
    herder.put_config("s", source("s", &[]), Write::Create(Some(InitialState::Stopped))).await.unwrap();
    let parked = |name: &str, state: &str| {
        format!(
            r#"{{"name":"{name}","connector":{{"state":"{state}","worker_id":"here:8083","version":"1.2"}},"tasks":[],"type":"source"}}"#
        )
    };
    assert_eq!([status(herder, "p"), status(herder, "s")], [parked("p", "PAUSED"), parked("s", "STOPPED")]);
    assert_eq!(fake.told(), [""; 0]);
    // An update leaves it as it is.
    herder.put_config("p", source("p", &[("topic", "t")]), Write::Put(Condition::Always)).await.unwrap();
    assert_eq!(status(herder, "p"), parked("p", "PAUSED"));
    herder.resume("p").unwrap();
    while fake.executor.running().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.told(), ["start p", "run p-0"]);
}

#[tokio::test]
async fn tasks_are_started_again_only_if_something_changed() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let config = |topic: &'static str| source("a", &[("topic", topic)]);
    herder.put_config("a", config("t"), Write::Create(None)).await.unwrap();
    assert_eq!(fake.told(), ["start a", "run a-0"]);
    assert!(!herder.put_config("a", config("t"), Write::Put(Condition::Always)).await.unwrap().created);
    assert_eq!(fake.told(), ["stop a", "start a"]);
    herder.put_config("a", config("u"), Write::Put(Condition::Always)).await.unwrap();
    assert_eq!(fake.told(), ["stop a", "start a", "end a-0", "run a-0"]);
    // What only the framework reads counts too.
    herder
        .put_config(
            "a",
            source("a", &[("topic", "u"), ("errors.tolerance", "all")]),
            Write::Put(Condition::Always),
        )
        .await
        .unwrap();
    assert_eq!(fake.told(), ["stop a", "start a", "end a-0", "run a-0"]);
    herder
        .put_config("a", source("a", &[("topic", "u"), ("tasks.max", "2")]), Write::Put(Condition::Always))
        .await
        .unwrap();
    assert_eq!(fake.told(), ["stop a", "start a", "end a-0", "run a-0", "run a-1"]);
    herder.put_config("a", source("a", &[("topic", "u")]), Write::Put(Condition::Always)).await.unwrap();
    assert_eq!(fake.executor.running(), ["a-0"]);
    assert_eq!(herder.status("a").unwrap().tasks.len(), 1);
}

#[tokio::test]
async fn a_patch_sets_and_removes() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder
        .put_config("a", source("a", &[("topic", "t"), ("secret", "x")]), Write::Create(None))
        .await
        .unwrap();
    let patch = JsonConfig {
        config: ConfigMap::from([("topic", "u"), ("tasks", "1")]),
        nulls: vec!["secret".into()],
    };
    let info = herder.patch_config("a", patch, Condition::Always).await.unwrap().info;
    assert_eq!(
        serde_json::to_string(&info.config.iter().collect::<Vec<_>>()).unwrap(),
        r#"[["connector.class","SomeSourceConnector"],["name","a"],["topic","u"],["tasks","1"]]"#
    );
    let bad = JsonConfig { config: ConfigMap::from([("tasks.max", "0")]), nulls: Vec::new() };
    assert_eq!(
        shown(herder.patch_config("a", bad, Condition::Always).await.map(|made| made.info)),
        "400 Connector configuration is invalid and contains the following 1 error(s):\nInvalid value 0 for configuration tasks.max: Value must be at least 1\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"
    );
    assert_eq!(herder.snapshot("a").unwrap().config.get("tasks.max"), None);
}

#[tokio::test]
async fn references_are_shown_and_what_they_stand_for_is_used() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let reference = "${env:CARGO_PKG_NAME}";
    herder.put_config("a", source("a", &[("secret", reference)]), Write::Create(None)).await.unwrap();
    assert_eq!(herder.config("a").await.unwrap().get("secret"), Some(reference));
    assert_eq!(herder.tasks("a").await.unwrap()[0].config.get("secret"), Some(reference));
    assert_eq!(fake.executor.config(&task("a", 0)).get("secret"), Some("ferry-runtime"));
}

#[tokio::test]
async fn topics_are_kept_until_they_are_reset() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    for topic in ["t", "s", "t"] {
        fake.executor.tell(&task("a", 0), TaskEvent::Topic(topic.into()));
    }
    assert_eq!(shown(herder.topics("a")), r#"["s","t"]"#);
    herder.reset_topics("a").unwrap();
    assert_eq!([shown(herder.topics("a")), shown(herder.topics("nobody"))], ["[]", "[]"]);
    let off = Fake::with(&[("topic.tracking.enable", "false")]);
    assert_eq!(
        [shown(off.herder.topics("a")), shown(off.herder.reset_topics("a"))],
        ["403 Topic tracking is disabled.", "403 Topic tracking is disabled."]
    );
    let fixed = Fake::with(&[("topic.tracking.allow.reset", "false")]);
    assert_eq!(shown(fixed.herder.reset_topics("a")), "403 Topic tracking reset is disabled.");
}

#[tokio::test]
async fn all_ends_with_the_worker() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    herder.put_config("b", source("b", &[]), Write::Create(None)).await.unwrap();
    fake.told();
    herder.shutdown().await;
    let mut told = fake.told();
    told.sort();
    assert_eq!(told, ["end a-0", "end b-0", "stop a", "stop b"]);
}

/// Of all who change the same version, one wins; the others are told, and lose nothing unseen.
#[tokio::test]
async fn a_change_that_is_bound_to_a_version_happens_once() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let made = herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    let seen = || Condition::Is(vec![tag(&made.info.config)]);
    let mut writers: Vec<_> = (0..8)
        .map(|n| herder.put_config("a", source("a", &[("writer", &n.to_string())]), Write::Put(seen())))
        .collect();
    writers.push(herder.patch_config("a", source("a", &[("writer", "9")]), seen()));
    let mut running = tokio::task::JoinSet::new();
    writers.into_iter().for_each(|writer| drop(running.spawn(writer)));
    let done = running.join_all().await;
    let refused = done.iter().filter(|one| matches!(one, Err(error) if error.status == 412)).count();
    assert_eq!((done.len(), refused), (9, 8), "{done:?}");
    let won = done.into_iter().find_map(Result::ok).unwrap().info.config;
    assert_eq!(herder.config("a").await.unwrap(), won);
    // Nor is it deleted by somebody who has not seen that.
    assert_eq!(herder.delete("a", seen()).await.unwrap_err().status, 412);
    herder.delete("a", Condition::Is(vec![tag(&won)])).await.unwrap();
    let absent = herder.put_config("a", source("a", &[]), Write::Put(Condition::Exists)).await;
    assert_eq!(absent.unwrap_err().status, 412);
    herder.put_config("a", source("a", &[]), Write::Put(Condition::Absent)).await.unwrap();
}

/// Patches without a condition are merged into each other.
#[tokio::test]
async fn no_patch_is_lost() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for n in 0..8 {
        let config = ConfigMap::from_iter([(format!("patch.{n}"), "x")]);
        let patch = JsonConfig { config, nulls: Vec::new() };
        running.spawn(herder.patch_config("a", patch, Condition::Always));
    }
    // A start that the next change cut off is an error, as in the JVM worker; the change itself counts.
    running.join_all().await;
    let config = herder.config("a").await.unwrap();
    let missing: Vec<_> = (0..8).filter(|n| config.get(&format!("patch.{n}")).is_none()).collect();
    assert_eq!(missing, [0; 0]);
}
