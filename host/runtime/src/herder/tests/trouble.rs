//! Requests that cannot be met, and connectors that misbehave.

use super::fakes::{Fake, source, task};
use super::{settle, shown, status};
use ferry_plugin_abi::Error;

use crate::herder::{Condition, Herder, State, Write, plan};

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_jvms_words() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let patch = ferry_config::json::JsonConfig::default();
    let found = [
        shown(herder.connector("x").await),
        shown(herder.config("x").await.map(|_| ())),
        shown(herder.patch_config("x", patch, Condition::Always).await.map(|made| made.info)),
        shown(herder.delete("x", Condition::Always).await),
        shown(herder.status("x")),
        shown(herder.task_status("x", 0)),
        shown(herder.tasks("x").await),
        shown(herder.restart_task("x", 0).await),
        shown(herder.restart_task("x", -1).await),
        shown(herder.restart("x").await),
        shown(herder.restart_all("x", true, false).await),
        shown(herder.pause("x")),
        shown(herder.resume("x")),
        shown(herder.stop("x").await),
        shown(herder.offsets("x").await),
        shown(herder.reset_offsets("x").await),
        shown(herder.put_task_configs("x", Vec::new()).await),
        shown(herder.fence("x").await),
    ];
    assert_eq!(
        found,
        [
            "404 Connector x not found",
            "404 Connector x not found",
            "404 Connector x not found",
            "404 Connector x not found",
            "404 No status found for connector x",
            "404 No status found for task x-0",
            "404 Connector x not found",
            "500 Failed to start task x-0 since it is not a recognizable type (source or sink)",
            "500 Failed to start task x--1 since it is not a recognizable type (source or sink)",
            "500 Cannot invoke \"java.util.Map.get(Object)\" because \"connProps\" is null",
            "404 Unknown connector: x",
            "404 Unknown connector x",
            "404 Unknown connector x",
            "500 No connector `x` configured",
            "404 Connector x not found",
            "404 Connector x not found",
            "500 Kafka Connect in standalone mode does not support externally setting task configurations.",
            "500 Kafka Connect in standalone mode does not support exactly-once source connectors.",
        ]
    );
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    let found = [
        shown(herder.put_config("a", source("a", &[]), Write::Create(None)).await.map(|made| made.info)),
        shown(herder.restart_task("a", 7).await),
        shown(herder.task_status("a", 7)),
        shown(herder.reset_offsets("a").await),
    ];
    assert_eq!(
        found,
        [
            "409 Connector a already exists",
            "404 Task a-7 not found",
            "404 No status found for task a-7",
            "400 Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/a/stop' endpoint",
        ]
    );
}

#[tokio::test]
async fn bad_configurations_make_no_connector() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let mut nameless = source("a", &[]);
    nameless.config.remove("connector.class");
    let mut unknown = source("a", &[]);
    unknown.config.insert("connector.class", "Nope");
    let mut null = source("a", &[]);
    null.nulls.push("other".to_owned());
    let mut version = source("a", &[]);
    version.config.insert("connector.plugin.version", "7");
    let mut found = Vec::new();
    for config in [nameless, unknown, null, source("a", &[("tasks.max", "x")]), version] {
        found.push(shown(
            herder.put_config("a", config, Write::Put(Condition::Always)).await.map(|made| made.info),
        ));
    }
    let end = "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`";
    let start = |count: usize| {
        format!("400 Connector configuration is invalid and contains the following {count} error(s):\n")
    };
    let no_version = "Plugin org.example.SomeSourceConnector not found that matches the version range [7,7], available versions: [1.2]";
    assert_eq!(
        found,
        [
            "400 Connector config {name=a} contains no connector type".to_owned(),
            "400 Failed to find any class that implements Connector and which name matches Nope, available connectors are: ".to_owned(),
            format!("{}Null value can not be supplied as the configuration value.{end}", start(1)),
            format!("{}Invalid value x for configuration tasks.max: Not a number of type INT\nInvalid value null for configuration tasks.max: Value must be non-null{end}", start(2)),
            format!("{}{no_version}\n{no_version}{end}", start(2)),
        ]
    );
    assert_eq!(herder.connectors(), [""; 0]);
}

#[tokio::test]
async fn a_connector_that_fails_says_why() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let mut found = Vec::new();
    for (name, key, value) in [
        ("a", "start", "fail"),
        ("b", "start", "panic"),
        ("c", "task_configs", "fail"),
        ("d", "task_configs", "panic"),
        ("e", "tasks", "3"),
        ("f", "topic.creation.groups", "g"),
    ] {
        let made = herder.put_config(name, source(name, &[(key, value)]), Write::Create(None)).await;
        let trace = herder.status(name).unwrap().connector.trace;
        found.push((shown(made.map(|made| made.info)), trace.unwrap_or_default()));
    }
    let failed = |name: &str, trace: &str| {
        (format!("500 Failed to transition connector {name} to state STARTED"), trace.to_owned())
    };
    assert_eq!(
        found,
        [
            failed(
                "a",
                "org.apache.kafka.connect.errors.ConnectException: no such server\nCaused by: org.apache.kafka.connect.errors.RetriableException: connection refused\n"
            ),
            failed(
                "b",
                "org.apache.kafka.connect.errors.ConnectException: the connector panicked: start went wrong\n"
            ),
            failed("c", "org.apache.kafka.common.config.ConfigException: nothing to read\n"),
            failed(
                "d",
                "org.apache.kafka.connect.errors.ConnectException: the connector panicked: task_configs went wrong\n"
            ),
            failed(
                "e",
                "org.apache.kafka.connect.errors.TooManyTasksException: The connector e has generated 3 tasks, which is greater than 1, the maximum number of tasks it is configured to create. This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect.\n"
            ),
            // Wrong in a way that validation does not see.
            (
                "500 Missing required configuration \"topic.creation.default.replication.factor\" which has no default value.".to_owned(),
                "org.apache.kafka.common.config.ConfigException: Missing required configuration \"topic.creation.default.replication.factor\" which has no default value.\n".to_owned(),
            ),
        ]
    );
    // It stays so until it is restarted, changed, stopped or deleted.
    herder.pause("a").unwrap();
    herder.resume("a").unwrap();
    settle(herder, "a").await;
    assert_eq!(herder.status("a").unwrap().connector.state, State::Failed);
    herder.put_config("a", source("a", &[]), Write::Put(Condition::Always)).await.unwrap();
    assert_eq!(herder.status("a").unwrap().connector.state, State::Running);
    herder.stop("b").await.unwrap();
    assert_eq!(herder.status("b").unwrap().connector.state, State::Stopped);
    herder.delete("c", Condition::Always).await.unwrap();
}

#[tokio::test]
async fn a_chain_that_validation_lets_pass_fails_the_tasks() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let chain =
        [("transforms", "t"), ("transforms.t.type", "org.example.Same"), ("transforms.t.predicate", "p")];
    herder.put_config("a", source("a", &chain), Write::Create(None)).await.unwrap();
    assert_eq!(
        status(herder, "a"),
        r#"{"name":"a","connector":{"state":"RUNNING","worker_id":"here:8083","version":"1.2"},"tasks":[{"id":0,"state":"FAILED","worker_id":"here:8083","version":"1.2","trace":"org.apache.kafka.common.config.ConfigException: Unknown configuration 'predicates.p.type' (transforms.t.predicate names 'p', which is not in the list predicates)\n"}],"type":"source"}"#
    );
}

#[tokio::test]
async fn overrides_that_are_forbidden_since_then_fail_the_tasks() {
    let fake = Fake::with(&[("connector.client.config.override.policy", "None")]);
    let herder = &*fake.herder;
    let config = source("a", &[("producer.override.acks", "1")]);
    let complaint =
        "The 'None' policy does not allow 'acks' to be overridden in the connector configuration.";
    let refused = herder.put_config("a", config.clone(), Write::Create(None)).await.unwrap_err();
    assert!(refused.status == 400 && refused.message.contains(complaint), "{refused:?}");
    // As after a restart of the worker with another policy.
    let plan = plan::connector(&fake.env, "a", &config.config).unwrap();
    let expected = format!(
        "Client Config Overrides not allowed [ConfigValue(name=acks, value=1, recommendedValues=[], \
         errorMessages=[{complaint}], visible=true)]"
    );
    assert_eq!(plan.no_tasks.map(|error| error.to_string()), Some(expected));
    let other = source("a", &[("consumer.override.group.id", "x")]);
    let plan = plan::connector(&fake.env, "a", &other.config).unwrap();
    assert_eq!(plan.no_tasks.map(|error| error.to_string()), None, "a source has no consumer");
}

#[tokio::test]
async fn a_running_connector_may_fail_or_want_other_tasks() {
    let fake = Fake::with(&[("ferry.task.restart.enabled", "false")]);
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[]), Write::Create(None)).await.unwrap();
    let context = fake.contexts.recv().unwrap();
    fake.told();
    context.request_task_reconfiguration();
    settle(herder, "a").await;
    assert_eq!(fake.told(), [""; 0]);
    context.raise_error(Error::fatal("lost the server"));
    settle(herder, "a").await;
    assert_eq!(
        status(herder, "a"),
        r#"{"name":"a","connector":{"state":"FAILED","worker_id":"here:8083","version":"1.2","trace":"org.apache.kafka.connect.errors.ConnectException: lost the server\n"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"here:8083","version":"1.2"}],"type":"source"}"#
    );
    herder.restart("a").await.unwrap();
    // One that was stopped is not listened to any more.
    context.raise_error(Error::fatal("lost the server"));
    settle(herder, "a").await;
    assert_eq!(herder.status("a").unwrap().connector.state, State::Running);
}

#[tokio::test]
async fn a_connector_that_hangs_holds_up_nobody() {
    let fake = Fake::new();
    let herder = fake.herder.clone();
    let hanging =
        tokio::spawn(herder.put_config("slow", source("slow", &[("start", "hang")]), Write::Create(None)));
    // Its thread is inside `start` once it has handed out its context; waiting for that must not block the
    // runtime it runs on.
    let contexts = fake.contexts;
    let contexts = tokio::task::spawn_blocking(move || {
        let context = contexts.recv().unwrap();
        (contexts, context)
    });
    let (_contexts, _context) = contexts.await.unwrap();
    herder.put_config("quick", source("quick", &[]), Write::Create(None)).await.unwrap();
    assert_eq!(herder.connectors(), ["quick", "slow"]);
    assert_eq!(herder.status("quick").unwrap().connector.state, State::Running);
    herder.delete("quick", Condition::Always).await.unwrap();
    // After its five seconds of grace it is given up.
    herder.delete("slow", Condition::Always).await.unwrap();
    assert_eq!(
        shown(hanging.await.unwrap().map(|made| made.info)),
        "500 Could not begin changing connector state to STARTED as the connector slow has been scheduled for shutdown"
    );
    assert_eq!(herder.connectors(), [""; 0]);
    // When it comes back, nobody listens to it, and its name is free.
    drop(fake.hold);
    herder.put_config("slow", source("slow", &[]), Write::Create(None)).await.unwrap();
    assert_eq!(fake.executor.config(&task("slow", 0)).get("number"), Some("0"));
}
