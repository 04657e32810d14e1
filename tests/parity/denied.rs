//! Topics and groups that the connectors' user has no rights to: what becomes of the tasks, and what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ferry_tests::topics::{self, TopicReader, TopicRecord};
use ferry_tests::{Broker, LONG, Place, Rest, Setup, create_topic, wait_for};
use serde_json::{Value, json};

use crate::golden;
use crate::{Kind, compare_on, run_name};

#[test]
fn the_jvm_is_denied_as_recorded() {
    compare(Kind::Jvm);
}

#[test]
fn ferry_is_denied_like_the_jvm() {
    compare(Kind::Ferry);
}

fn compare(kind: Kind) {
    static BROKER: OnceLock<Option<Arc<Broker>>> = OnceLock::new();
    if let Some(broker) = BROKER.get_or_init(|| Broker::start_with_acls().map(Arc::new)) {
        compare_on(broker, kind, "denied", observe);
    }
}

/// What a connector may not do.
#[derive(Clone, Copy)]
enum Denied {
    /// Nothing at all with the topic of the source.
    SourceTopic,
    /// To write to it.
    SourceWrite,
    /// To read the topic of the sink.
    SinkRead,
    /// To join its group.
    SinkGroup,
    /// To write dead letters.
    LetterWrite,
    /// To make the topic of dead letters, which is not there.
    LetterTopic,
    /// To know that the topic of the source takes less at once than it is sent.
    SourceLimit,
    /// To know the same of the dead letter queue.
    LetterLimit,
}

impl Denied {
    fn is_of_source(self) -> bool {
        matches!(self, Self::SourceTopic | Self::SourceWrite | Self::SourceLimit)
    }

    /// What the rights are about, as `kafka-acls.sh` wants it, and those that are left.
    fn rights(self, topic: &str) -> (Vec<String>, &'static [&'static str]) {
        let (kind, name) = match self {
            Self::SourceTopic | Self::SourceWrite | Self::SinkRead | Self::SourceLimit => {
                ("--topic", topic.to_owned())
            }
            Self::SinkGroup => ("--group", format!("connect-{topic}")),
            Self::LetterWrite | Self::LetterTopic | Self::LetterLimit => ("--topic", dead(topic)),
        };
        let rights: &[&str] = match self {
            // Of no use to a connector: where there is an ACL, all else is denied.
            Self::SourceTopic | Self::SinkGroup | Self::LetterTopic => &["Delete"],
            Self::SourceWrite | Self::SinkRead | Self::LetterWrite => &["Describe", "DescribeConfigs"],
            Self::SourceLimit | Self::LetterLimit => &["Describe", "Read", "Write"],
        };
        (vec![kind.to_owned(), name], rights)
    }
}

const ALL: [(&str, Denied); 8] = [
    ("the topic of a source", Denied::SourceTopic),
    ("writing to the topic of a source", Denied::SourceWrite),
    ("reading the topic of a sink", Denied::SinkRead),
    ("the group of a sink", Denied::SinkGroup),
    ("writing to the dead letter queue", Denied::LetterWrite),
    ("making the dead letter queue", Denied::LetterTopic),
    ("the low limit of the topic of a source", Denied::SourceLimit),
    ("the low limit of the dead letter queue", Denied::LetterLimit),
];

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
/// What a topic takes at once, and how many records of an eighth of that are sent to it.
const LIMIT: &str = "max.message.bytes=8000";
const MANY: usize = 60;

fn observe(kind: Kind, broker: &Broker) -> Value {
    let (place, run) = (Place::new(&format!("denied-{}", kind.name())), run_name(kind, "denied"));
    let topic = |number: usize| format!("{run}-{number}");
    for (number, (_, denied)) in ALL.iter().enumerate() {
        prepare(broker, &topic(number), *denied);
    }
    let mut given: BTreeMap<(&[&str], bool), Vec<String>> = BTreeMap::new();
    for (number, (_, denied)) in ALL.iter().enumerate() {
        let (resource, rights) = denied.rights(&topic(number));
        given.entry((rights, resource[0] == "--group")).or_default().extend(resource);
    }
    std::thread::scope(|scope| {
        for ((rights, _), resources) in &given {
            let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
            scope.spawn(move || broker.acls(&resources, rights));
        }
    });
    let setup = Setup::standalone(&broker.bootstrap, &place)
        .with("offset.flush.interval.ms", "100")
        .with("ferry.task.restart.enabled", "true")
        .with("ferry.task.restart.backoff.initial.ms", "10");
    let mut worker = kind.start(&setup);
    let rest = worker.rest();
    for (number, (_, denied)) in ALL.iter().enumerate() {
        rest.create(&topic(number), config(&place, &topic(number), *denied));
    }
    let observed = ALL.iter().enumerate().map(|(number, (name, denied))| {
        ((*name).to_owned(), outcome(broker, rest, &place, &topic(number), *denied))
    });
    let observed = observed.collect();
    worker.stop();
    Value::Object(observed)
}

fn dead(topic: &str) -> String {
    format!("{topic}-dead")
}

/// Lines that are no JSON.
fn lines() -> impl Iterator<Item = String> {
    (0..MANY).map(|number| format!("{{{number:03}{}", "x".repeat(1000)))
}

/// Makes the topics that are there before.
fn prepare(broker: &Broker, topic: &str, denied: Denied) {
    create_topic(
        &broker.bootstrap,
        topic,
        if matches!(denied, Denied::SourceLimit) { &[LIMIT] } else { &[] },
    );
    match denied {
        Denied::LetterWrite => create_topic(&broker.bootstrap, &dead(topic), &[]),
        Denied::LetterLimit => create_topic(&broker.bootstrap, &dead(topic), &[LIMIT]),
        _ => {}
    }
    let bad = match denied {
        _ if denied.is_of_source() => return,
        Denied::LetterLimit => lines().collect(),
        _ => vec!["{".to_owned()],
    };
    let values: Vec<_> = bad.into_iter().chain([r#""THE END""#.to_owned()]).map(TopicRecord::value).collect();
    topics::write(&broker.bootstrap, topic, &values);
}

fn config(place: &Place, topic: &str, denied: Denied) -> Value {
    let file = format!("{topic}.txt");
    match denied {
        _ if denied.is_of_source() => {
            let text: String = lines().map(|line| line + "\n").collect();
            json!({"connector.class": "FileStreamSource", "topic": topic, "value.converter": STRING,
                "file": place.write(&file, text)})
        }
        _ => json!({"connector.class": "FileStreamSink", "topics": topic, "file": place.write(&file, ""),
            "key.converter": STRING, "value.converter": JSON, "value.converter.schemas.enable": "false",
            "errors.tolerance": "all", "errors.deadletterqueue.topic.name": dead(topic),
            "errors.deadletterqueue.topic.replication.factor": "1"}),
    }
}

/// The failure of the task, or what it has written.
fn outcome(broker: &Broker, rest: &Rest, place: &Place, topic: &str, denied: Denied) -> Value {
    if let Denied::SourceLimit | Denied::LetterLimit = denied {
        let into = if denied.is_of_source() { topic.to_owned() } else { dead(topic) };
        let mut missing: BTreeSet<Vec<u8>> = lines().map(String::into_bytes).collect();
        TopicReader::new(&broker.bootstrap, &into, 1).until(LONG, |record| {
            missing.remove(record.value.as_deref().unwrap_or_default());
            missing.is_empty()
        });
        return json!("all arrives");
    }
    let fair = |text: &str| text.replace(topic, "${topic}").replace(&broker.bootstrap, "${broker}");
    wait_for(LONG, &format!("{topic} has failed or written all"), || {
        let status = rest.get(&format!("/connectors/{topic}/status")).json();
        let task = &status["tasks"][0];
        if task["state"] == "FAILED" {
            let trace = golden::without_frames(task["trace"].as_str().expect("a trace"));
            return Some(json!({"failure": fair(&trace).lines().collect::<Vec<_>>()}));
        }
        let written = String::from_utf8_lossy(&place.read(&format!("{topic}.txt"))).into_owned();
        let committed =
            || topics::committed(&broker.bootstrap, &format!("connect-{topic}"), topic) == Some(2);
        (!denied.is_of_source() && written.contains("THE END") && committed())
            .then(|| json!({"written": written, "state": task["state"]}))
    })
}
