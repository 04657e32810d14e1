//! From creation to deletion.

use ferry_config::connector_file::InitialState;
use ferry_config::json::JsonConfig;
use ferry_plugin_abi::config::ConfigMap;

use super::fakes::{Fake, source, task};
use super::{settle, shown, status};
use crate::executor::TaskEvent;
use crate::herder::Herder;

#[tokio::test]
async fn a_connector_lives() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let made = herder.put_config("a", source("a", &[("tasks.max", "2"), ("topic", "t")]), None, false).await;
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
    herder.delete("a").await.unwrap();
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
    herder.put_config("p", source("p", &[]), Some(InitialState::Paused), false).await.unwrap();
    herder.put_config("s", source("s", &[]), Some(InitialState::Stopped), false).await.unwrap();
    let parked = |name: &str, state: &str| {
        format!(
            r#"{{"name":"{name}","connector":{{"state":"{state}","worker_id":"here:8083","version":"1.2"}},"tasks":[],"type":"source"}}"#
        )
    };
    assert_eq!([status(herder, "p"), status(herder, "s")], [parked("p", "PAUSED"), parked("s", "STOPPED")]);
    assert_eq!(fake.told(), [""; 0]);
    // An update leaves it as it is.
    herder.put_config("p", source("p", &[("topic", "t")]), None, true).await.unwrap();
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
    herder.put_config("a", config("t"), None, false).await.unwrap();
    assert_eq!(fake.told(), ["start a", "run a-0"]);
    assert!(!herder.put_config("a", config("t"), None, true).await.unwrap().created);
    assert_eq!(fake.told(), ["stop a", "start a"]);
    herder.put_config("a", config("u"), None, true).await.unwrap();
    assert_eq!(fake.told(), ["stop a", "start a", "end a-0", "run a-0"]);
    // What only the framework reads counts too.
    herder
        .put_config("a", source("a", &[("topic", "u"), ("errors.tolerance", "all")]), None, true)
        .await
        .unwrap();
    assert_eq!(fake.told(), ["stop a", "start a", "end a-0", "run a-0"]);
    herder.put_config("a", source("a", &[("topic", "u"), ("tasks.max", "2")]), None, true).await.unwrap();
    assert_eq!(fake.told(), ["stop a", "start a", "end a-0", "run a-0", "run a-1"]);
    herder.put_config("a", source("a", &[("topic", "u")]), None, true).await.unwrap();
    assert_eq!(fake.executor.running(), ["a-0"]);
    assert_eq!(herder.status("a").unwrap().tasks.len(), 1);
}

#[tokio::test]
async fn a_patch_sets_and_removes() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[("topic", "t"), ("secret", "x")]), None, false).await.unwrap();
    let patch = JsonConfig {
        config: ConfigMap::from([("topic", "u"), ("tasks", "1")]),
        nulls: vec!["secret".into()],
    };
    let info = herder.patch_config("a", patch).await.unwrap().info;
    assert_eq!(
        serde_json::to_string(&info.config.iter().collect::<Vec<_>>()).unwrap(),
        r#"[["connector.class","SomeSourceConnector"],["name","a"],["topic","u"],["tasks","1"]]"#
    );
    let bad = JsonConfig { config: ConfigMap::from([("tasks.max", "0")]), nulls: Vec::new() };
    assert_eq!(
        shown(herder.patch_config("a", bad).await.map(|made| made.info)),
        "400 Connector configuration is invalid and contains the following 1 error(s):\nInvalid value 0 for configuration tasks.max: Value must be at least 1\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"
    );
    assert_eq!(herder.snapshot("a").unwrap().config.get("tasks.max"), None);
}

#[tokio::test]
async fn references_are_shown_and_what_they_stand_for_is_used() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let reference = "${env:CARGO_PKG_NAME}";
    herder.put_config("a", source("a", &[("secret", reference)]), None, false).await.unwrap();
    assert_eq!(herder.config("a").await.unwrap().get("secret"), Some(reference));
    assert_eq!(herder.tasks("a").await.unwrap()[0].config.get("secret"), Some(reference));
    assert_eq!(fake.executor.config(&task("a", 0)).get("secret"), Some("ferry-runtime"));
}

#[tokio::test]
async fn topics_are_kept_until_they_are_reset() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[]), None, false).await.unwrap();
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
    herder.put_config("a", source("a", &[]), None, false).await.unwrap();
    herder.put_config("b", source("b", &[]), None, false).await.unwrap();
    fake.told();
    herder.shutdown().await;
    let mut told = fake.told();
    told.sort();
    assert_eq!(told, ["end a-0", "end b-0", "stop a", "stop b"]);
}
