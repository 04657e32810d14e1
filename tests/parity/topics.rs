//! Topics that a source makes (KIP-158): their partitions and settings, and what fails in which words.

use ferry_tests::topics::{TopicReader, partitions};
use ferry_tests::{Broker, LONG, Place, Rest, Setup, servers, wait_for};
use serde_json::{Map, Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_jvm_makes_topics_as_recorded() {
    compare(Kind::Jvm, "topics", observe);
}

#[test]
fn ferry_makes_topics_like_the_jvm() {
    compare(Kind::Ferry, "topics", observe);
}

/// A connector, the topics to look at, and whether its task runs.
struct Case {
    name: &'static str,
    config: Value,
    topics: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    // Lines go to the topic that the file's name says; a transform may send them elsewhere.
    let defaults =
        json!({"topic.creation.default.partitions": "3", "topic.creation.default.replication.factor": "1"});
    let with = |more: Value| {
        let mut all = defaults.clone();
        all.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
        all
    };
    let case = |name, config, topics| Case { name, config, topics };
    vec![
        case("no groups", json!({}), &["t"]),
        case("the default group", with(json!({"topic.creation.default.retention.ms": "4711"})), &["t"]),
        case(
            "defaults of the broker",
            with(
                json!({"topic.creation.default.partitions": "-1", "topic.creation.default.replication.factor": "-1"}),
            ),
            &["t"],
        ),
        case(
            "the first group that fits",
            with(json!({
                "topic.creation.groups": "a,b,c",
                "topic.creation.a.include": "nothing", "topic.creation.a.partitions": "7",
                "topic.creation.b.include": ".*other, .*-t", "topic.creation.b.partitions": "2",
                "topic.creation.b.retention.ms": "86400001", "topic.creation.b.min.insync.replicas": "1",
                "topic.creation.c.include": ".*", "topic.creation.c.partitions": "5",
            })),
            &["t"],
        ),
        case(
            "an excluded topic",
            with(json!({
                "topic.creation.groups": "a",
                "topic.creation.a.include": ".*", "topic.creation.a.exclude": ".*-t, x", "topic.creation.a.partitions": "7",
            })),
            &["t"],
        ),
        case(
            "the topic after the transforms",
            with(json!({
                "topic.creation.groups": "a",
                "topic.creation.a.include": ".*-routed", "topic.creation.a.partitions": "4",
                "transforms": "r", "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
                "transforms.r.regex": "(.*)-t", "transforms.r.replacement": "$1-routed",
            })),
            &["t", "routed"],
        ),
        case(
            "include and exclude of the default group",
            with(json!({
                "topic.creation.default.include": "nothing", "topic.creation.default.exclude": ".*",
            })),
            &["t"],
        ),
        case("an unknown setting", with(json!({"topic.creation.default.no.such.setting": "1"})), &[]),
        case("a setting with a bad value", with(json!({"topic.creation.default.retention.ms": "soon"})), &[]),
        case(
            "more replicas than brokers",
            with(json!({"topic.creation.default.replication.factor": "3"})),
            &[],
        ),
        case("no default partitions", json!({"topic.creation.default.replication.factor": "1"}), &[]),
        case("no partitions", with(json!({"topic.creation.default.partitions": "0"})), &[]),
        case("a group that is not there", json!({"topic.creation.groups": "a"}), &[]),
        case(
            "a bad pattern",
            with(json!({"topic.creation.groups": "a", "topic.creation.a.include": "["})),
            &[],
        ),
    ]
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("topics-{}", kind.name()));
    let run = run_name(kind, "topics");
    let mut worker = kind.start(&Setup::standalone(&broker.bootstrap, &place));
    let cases = cases();
    let mut observed = Map::new();
    let name = |number: usize| format!("{run}-{number}");
    let answers: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| create(worker.rest(), &place, &name(number), &case.config))
        .collect();
    for (number, case) in cases.iter().enumerate() {
        if let Some(last) = case.topics.last() {
            // A record there shows that the topic was made before.
            let topic = format!("{}-{last}", name(number));
            let count = wait_for(LONG, &format!("topic {topic} is there"), || {
                Some(partitions(&broker.bootstrap, &topic)).filter(|count| *count > 0)
            });
            TopicReader::new(&broker.bootstrap, &topic, count).take(LONG, 1);
        }
    }
    let tool = [
        "tool",
        "org.apache.kafka.tools.TopicCommand",
        "--bootstrap-server",
        &broker.bootstrap,
        "--describe",
    ];
    let described = servers::output("kafka.sh", &tool, &[]);
    for (number, (case, answer)) in cases.iter().zip(answers).enumerate() {
        let name = name(number);
        let found = if case.topics.is_empty() {
            json!({"answer": answer, "status": failure(worker.rest(), &name)})
        } else {
            let about = |end: &&str| ((*end).to_owned(), description(&described, &format!("{name}-{end}")));
            Value::Object(case.topics.iter().map(about).collect())
        };
        observed.insert(case.name.to_owned(), golden::replace(&found, &[(&name, "${name}")]));
    }
    worker.stop();
    Value::Object(observed)
}

/// What the worker answers.
fn create(rest: &Rest, place: &Place, name: &str, more: &Value) -> Value {
    let file = place.write(&format!("{name}.txt"), "line\n");
    let mut config =
        json!({"connector.class": "FileStreamSource", "file": file, "topic": format!("{name}-t")});
    config.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
    let body = json!({"name": name, "config": config}).to_string();
    let answer = rest.send(&ferry_tests::Request::new("POST", "/connectors").json(&body));
    json!([answer.status, answer.json()["message"]])
}

/// The states and the trace of a connector that cannot make its topic.
fn failure(rest: &Rest, name: &str) -> Value {
    let last = wait_for(LONG, &format!("{name} has failed"), || {
        let status = rest.get(&format!("/connectors/{name}/status")).json();
        let failed = |part: &Value| part["state"] == "FAILED";
        (status["error_code"] == 404 || failed(&status["connector"]) || failed(&status["tasks"][0]))
            .then_some(status)
    });
    let trace = |part: &Value| part["trace"].as_str().map(golden::without_frames);
    json!({
        "connector": [last["connector"]["state"], trace(&last["connector"])],
        "task": [last["tasks"][0]["state"], trace(&last["tasks"][0])],
    })
}

/// What Kafka's own tool says of a topic, null where there is none.
fn description(described: &str, topic: &str) -> Value {
    let start = format!("Topic: {topic}\t");
    let line = described.lines().find(|line| line.starts_with(&start) && line.contains("PartitionCount"));
    let Some(line) = line else { return Value::Null };
    let field = |name: &str| {
        let field = line.split('\t').find_map(|field| field.trim().strip_prefix(name));
        field.map(|value| value.trim().to_owned())
    };
    let mut configs: Vec<String> =
        field("Configs:").unwrap_or_default().split(',').map(str::to_owned).collect();
    configs.sort();
    json!({"partitions": field("PartitionCount:"), "replicas": field("ReplicationFactor:"), "configs": configs})
}
