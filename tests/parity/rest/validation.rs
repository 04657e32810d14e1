//! What is wrong with the configurations of connectors, and which client settings they may override.

use ferry_tests::Broker;
use serde_json::{Value, json};

use super::{Step, observe_with, post, put};
use crate::Kind;

/// The answers of one worker per override policy, and of one that takes everything.
pub fn observe_all(kind: Kind, broker: &Broker) -> Value {
    let mut all = observe_with(kind, broker, &[], &table());
    for (name, more) in [
        ("None", &[][..]),
        ("PrincipalConnectorClientConfigOverridePolicy", &[]),
        (
            "org.apache.kafka.connect.connector.policy.AllowlistConnectorClientConfigOverridePolicy",
            &[("connector.client.config.override.allowlist", "acks, max.poll.records, nope")],
        ),
    ] {
        let policy = ("connector.client.config.override.policy", name);
        let properties: Vec<_> = std::iter::once(policy).chain(more.iter().copied()).collect();
        let answers = observe_with(kind, broker, &properties, &overrides());
        for (case, answer) in answers.as_object().into_iter().flatten() {
            all[format!("{name}: {case}")] = answer.clone();
        }
    }
    all.as_object_mut().into_iter().flatten().for_each(|(_, answer)| shorten(answer));
    all
}

/// Keeps what these requests are about: the order of all keys, and the whole of those that are wrong,
/// overridden, or about a version.
fn shorten(answer: &mut Value) {
    let Some(Value::Array(configs)) = answer.pointer_mut("/body/configs") else { return };
    let names: Vec<Value> = configs.iter().map(|entry| entry["value"]["name"].clone()).collect();
    configs.retain(|entry| {
        let about = |part: &str| entry["value"]["name"].as_str().is_some_and(|name| name.contains(part));
        about(".override.") || about("plugin.version") || entry["value"]["errors"] != json!([])
    });
    for entry in configs.iter_mut().filter(|entry| entry["definition"]["group"] != Value::Null) {
        // The framework's own keys are compared whole elsewhere.
        if let Some(definition) = entry["definition"].as_object_mut() {
            definition.remove("documentation");
        }
    }
    answer["body"]["names"] = Value::Array(names);
}

fn validate(class: &str, name: &str, more: &[(&str, Value)]) -> Step {
    put(&format!("/connector-plugins/{class}/config/validate"), &config(class, name, more).to_string())
}

fn config(class: &str, name: &str, more: &[(&str, Value)]) -> Value {
    let topic = if class == "FileStreamSink" { "topics" } else { "topic" };
    let mut config = json!({"connector.class": class, "name": name, (topic): "t"});
    for (key, value) in more {
        config[*key] = value.clone();
    }
    config
}

fn source(more: &[(&str, Value)]) -> Step {
    validate("FileStreamSource", "a", more)
}

fn sink(more: &[(&str, Value)]) -> Step {
    validate("FileStreamSink", "a", more)
}

/// Configurations that override settings of clients.
fn overrides() -> Vec<Step> {
    vec![
        source(&[
            ("producer.override.acks", json!("9")),
            ("producer.override.nope", json!(" v ")),
            ("producer.override.ssl.keystore.password", json!("hush")),
            ("producer.override.security.protocol", json!("SSL")),
            ("producer.override.linger.ms", json!(" 5 ")),
            ("consumer.override.max.poll.records", json!("7")),
            ("admin.override.retries", json!("3")),
        ]),
        source(&[
            ("topic.creation.groups", json!("g")),
            ("producer.override.sasl.mechanism", json!("PLAIN")),
            ("admin.override.retries", json!("3")),
            ("admin.override.nope", json!("3")),
        ]),
        sink(&[
            ("consumer.override.group.id", json!("g")),
            ("consumer.override.max.poll.records", json!("7")),
            ("producer.override.acks", json!("1")),
        ]),
        sink(&[
            ("errors.deadletterqueue.topic.name", json!("d")),
            ("consumer.override.auto.offset.reset", json!("latest")),
            ("consumer.override.metric.reporters", json!("a,a")),
            ("producer.override.acks", json!("1")),
            ("admin.override.retries", json!("-1")),
            ("value.converter", json!("StringConverter")),
        ]),
        post(
            "/connectors",
            &json!({
                "name": "a",
                "config": config(
                    "FileStreamSource",
                    "a",
                    &[("producer.override.linger.ms", json!("5")), ("tasks.max", json!("0"))],
                ),
            })
            .to_string(),
        ),
    ]
}

/// Requests in order.
fn table() -> Vec<Step> {
    let mut steps = overrides();
    steps.extend([
        put("/connector-plugins/FileStreamSink/config/validate", include_str!("every-override.json").trim_end()),
        source(&[("producer.override.batch.size", json!("x")), ("tasks.max", json!("0"))]),
        source(&[("producer.override.batch.size", json!(null))]),
        source(&[("topic.creation.x.include", json!("t")), ("admin.override.retries", json!("x"))]),
        post(
            "/connectors",
            &json!({
                "name": "a",
                "config": config("FileStreamSource", "a", &[("producer.override.batch.size", json!("x"))]),
            })
            .to_string(),
        ),
        source(&[
            ("exactly.once.support", json!("bogus")),
            ("transaction.boundary", json!("x")),
            ("transaction.boundary.interval.ms", json!("-1")),
            ("offsets.storage.topic", json!("")),
        ]),
        source(&[("topic.creation.groups", json!("a,,a"))]),
        source(&[("topic.creation.groups", json!("a, default")), ("topic.creation.a.partitions", json!("x"))]),
        source(&[("transforms", json!("a,a"))]),
        source(&[("transforms", json!(","))]),
        source(&[("transforms", json!("a,,b")), ("predicates", json!("p,p"))]),
        sink(&[("topics", json!("a,,b,a"))]),
        sink(&[("topics", json!("a,,b"))]),
        sink(&[("topics", json!(" , "))]),
        sink(&[("topics", json!("")), ("topics.regex", json!("("))]),
        sink(&[("topics.regex", json!(null))]),
        sink(&[("topics", json!(null))]),
        source(&[("tasks.max", json!("+3"))]),
        source(&[("tasks.max", json!(" 2\u{0} "))]),
        source(&[("tasks.max", json!("\u{a0}2"))]),
        source(&[("tasks.max", json!("2147483648"))]),
        source(&[("errors.tolerance", json!("ALL")), ("config.action.reload", json!("Restart"))]),
        source(&[("errors.retry.timeout", json!("-2")), ("errors.retry.delay.max.ms", json!("x"))]),
        source(&[("tasks.max.enforce", json!("no")), ("errors.log.enable", json!("FALSE"))]),
        validate("FileStreamSource", "", &[]),
        validate("FileStreamSource", "a\u{1}b\u{85}", &[]),
        validate("FileStreamSource", " \u{a0}", &[]),
        source(&[("name", json!(null))]),
        source(&[("connector.plugin.version", json!("latest"))]),
        source(&[("connector.plugin.version", json!("[1"))]),
        source(&[("connector.plugin.version", json!("[9,)"))]),
        source(&[("connector.plugin.version", json!(""))]),
        source(&[("key.converter", json!("JsonConverter")), ("key.converter.plugin.version", json!("9"))]),
        source(&[("key.converter", json!("Nope")), ("key.converter.plugin.version", json!("[1"))]),
        source(&[
            ("transforms", json!("a")),
            ("transforms.a.type", json!("org.apache.kafka.connect.transforms.InsertField$Value")),
            ("transforms.a.plugin.version", json!("[1")),
        ]),
        source(&[
            ("predicates", json!("p")),
            ("predicates.p.type", json!("TopicNameMatches")),
            ("predicates.p.plugin.version", json!("[9,)")),
        ]),
        post(
            "/connectors",
            &json!({"name": "a", "config": config("FileStreamSource", "a", &[("connector.plugin.version", json!("(1)"))])})
                .to_string(),
        ),
        super::get("/connector-plugins/FileStreamSource/config?version=%5B1"),
        super::get("/connector-plugins/FileStreamSource/config?version=9"),
        source(&[("key.converter.plugin.version", json!("9"))]),
        source(&[("key.converter", json!("JsonConverter")), ("key.converter.plugin.version", json!("[1"))]),
        source(&[
            ("transforms", json!("a")),
            ("transforms.a.type", json!("HoistField$Value")),
            ("transforms.a.field", json!("f")),
            ("transforms.a.plugin.version", json!("[1")),
        ]),
        source(&[
            ("transforms", json!("a")),
            ("transforms.a.type", json!("HoistField$Value")),
            ("transforms.a.field", json!("f")),
            ("transforms.a.predicate", json!("p")),
        ]),
    ]);
    steps
}
