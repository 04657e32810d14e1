//! Settings that are wrong or change nothing: what the log says of them, and how a worker refuses to start.

use ferry_tests::{Bed, FerryWorker, LONG, Place, Request, SHORT, Worker, wait_for, wait_until};
use serde_json::json;

use crate::{setup, source, start, topic};

/// The messages of the entries of this level, without time, place and folders.
fn entries(worker: &FerryWorker, level: &str, place: &Place) -> Vec<String> {
    let log = worker.log();
    let marked = log.lines().filter(|line| line.contains(&format!(" {level} ")));
    let message = |line: &str| line.split_once(": ").map_or(line, |(_, message)| message).to_owned();
    marked.map(|line| message(line).replace(&place.path().display().to_string(), "{dir}")).collect()
}

#[test]
fn each_setting_that_changes_nothing_is_named_once() {
    let (bed, place) = (Bed::embedded(), Place::new("settings"));
    let setup = setup(&bed, &place)
        .with("offset.flush.intervall.ms", "5")
        .with("config.storage.topic", "c")
        .with("group.id", "g")
        .with("metric.reporters", "org.example.Mine")
        .with("producer.ack", "1")
        .with("some.tool", "x");
    let mut worker = start(&setup);
    let rest = worker.rest().clone();
    place.write("in.txt", "a\n");
    let mut config = source(&place, "in.txt", &topic("settings"));
    for (key, value) in [
        ("batch.sizes", "1"),
        ("task.max", "2"),
        ("producer.override.ack", "1"),
        ("config.providers", "x"),
        ("topic.creation.default.partitions", "1"),
        ("topic.creation.default.replication.factor", "1"),
    ] {
        config[key] = json!(value);
    }
    rest.create("it", config);
    // Once for a configuration, not for each start.
    let _ = rest.send(&Request::new("POST", "/connectors/it/restart")).expect(204);
    let _ = rest.send(&Request::new("POST", "/connectors/it/restart?includeTasks=true")).expect(202);
    wait_until(SHORT, "it warned of the connector's", || entries(&worker, "WARN", &place).len() >= 9);
    worker.stop();
    let file = "file={dir}/ferry.properties";
    let expected = [
        format!("offset.flush.intervall.ms is unknown and ignored; did you mean offset.flush.interval.ms? {file}"),
        format!("producer.ack is no setting of Kafka's producer; did you mean producer.acks? {file}"),
        format!("some.tool is unknown and ignored {file}"),
        format!(
            "metric.reporters has no effect: metrics reporters are Java classes; GET /metrics has what they would tell {file}"
        ),
        format!("config.storage.topic, group.id have no effect: only distributed workers go by that {file}"),
        "batch.sizes is no setting of this connector; did you mean batch.size? connector=\"it\"".to_owned(),
        "task.max is no setting of this connector; did you mean tasks.max? connector=\"it\"".to_owned(),
        "producer.override.ack is no setting of Kafka's client; did you mean producer.override.acks? connector=\"it\""
            .to_owned(),
        "config.providers has no effect: config providers are the worker's to define connector=\"it\"".to_owned(),
    ];
    assert_eq!(entries(&worker, "WARN", &place), expected);
}

#[test]
fn a_worker_refuses_what_it_would_get_wrong() {
    for (name, value, why) in [
        (
            "rest.extension.classes",
            "org.example.Auth",
            "Invalid value org.example.Auth for configuration rest.extension.classes: REST extensions are Java classes, which \
             cannot be loaded; Ferry has the one of basic authentication (BasicAuthSecurityRestExtension), what others protect \
             or add belongs into a proxy before the worker",
        ),
        (
            "config.providers.p.class",
            "Nope",
            "Invalid value Nope for configuration config.providers.p.class: Could not load config provider class or one of \
             its dependencies",
        ),
        (
            "config.providers.p.class",
            "JsonConverter",
            "Invalid value JsonConverter for configuration config.providers.p.class: Could not load config provider class or \
             one of its dependencies",
        ),
        (
            "offset.flush.timeout.ms",
            "${p:HUSH_HUSH}",
            "Invalid value [hidden] for configuration offset.flush.timeout.ms: Not a number of type LONG",
        ),
        (
            "plugin.discovery",
            "all",
            "Invalid value all for configuration plugin.discovery: String must be one of (case insensitive): ",
        ),
        (
            "connector.client.config.override.policy",
            "org.example.Mine",
            "Invalid value org.example.Mine for configuration connector.client.config.override.policy: String must be one of: \
             All, None, Principal, Allowlist (policies written in Java cannot be loaded)",
        ),
    ] {
        let (bed, place) = (Bed::embedded(), Place::new("refused"));
        let setup = setup(&bed, &place)
            .with("config.providers", "p")
            .with("config.providers.p.class", "EnvVarConfigProvider")
            .with(name, value)
            .env("HUSH_HUSH", "not-to-be-shown");
        let mut worker = FerryWorker::spawn(&setup);
        let status = wait_for(LONG, "the worker ends", || worker.ended());
        assert_eq!(status.code(), Some(2), "{name}");
        let log = worker.log();
        let expected = format!("ferry: {}/ferry.properties: {why}", place.path().display());
        assert!(log.contains(&expected), "{expected}\n{log}");
        assert!(!log.contains("not-to-be-shown"), "{log}");
    }
}
