//! Where a scenario's topics live: in the embedded log or on a real broker.

use std::sync::Arc;

use crate::broker::Broker;
use crate::ferry::ferry_command;
use crate::place::Place;
use crate::topics::{TopicReader, TopicRecord, committed_records};
use crate::wait::LONG;

/// Topics for one test.
#[derive(Debug)]
pub enum Bed {
    /// A log of its own, in its own folder.
    Embedded(Place),
    /// The broker that the tests of this program share.
    Broker(Arc<Broker>),
}

impl Bed {
    /// An empty embedded log.
    pub fn embedded() -> Self {
        Self::Embedded(Place::new("log"))
    }

    /// The shared broker; None (and said) when none can run here.
    pub fn broker() -> Option<Self> {
        Broker::shared().map(Self::Broker)
    }

    /// What goes into `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        match self {
            Self::Embedded(place) => format!("embedded:{}", place.at("log")),
            Self::Broker(broker) => broker.bootstrap.clone(),
        }
    }

    /// The values of a topic of one partition, as text. No worker may run on an embedded log meanwhile.
    ///
    /// # Panics
    /// When the topic cannot be read, or a record is missing after a while.
    pub fn values(&self, topic: &str) -> Vec<String> {
        match self {
            Self::Embedded(_) => {
                let output =
                    ferry_command(&["topics", "read", topic, "--bootstrap-server", &self.bootstrap()])
                        .output()
                        .expect("ferry topics");
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "ferry topics read {topic}: {said}");
                String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
            }
            Self::Broker(broker) => {
                let reader = TopicReader::new(&broker.bootstrap, topic, 1);
                let count = usize::try_from(reader.count()).expect("a count");
                let records = if count == 0 { Vec::new() } else { reader.take(LONG, count) };
                let text =
                    |value: Option<Vec<u8>>| String::from_utf8(value.unwrap_or_default()).expect("text");
                records.into_iter().map(|record| text(record.value)).collect()
            }
        }
    }

    /// The values of a topic of one partition that are committed, as text. No worker may run on an embedded
    /// log meanwhile.
    ///
    /// # Panics
    /// When the topic cannot be read.
    pub fn committed(&self, topic: &str) -> Vec<String> {
        match self {
            // A log that is opened again has no open transaction, and of aborted ones no records.
            Self::Embedded(_) => self.values(topic),
            Self::Broker(broker) => committed_records(&broker.bootstrap, topic, 1)
                .into_iter()
                .map(|record| String::from_utf8(record.value.unwrap_or_default()).expect("text"))
                .collect(),
        }
    }

    /// Writes values into partition 0. No worker may run on an embedded log meanwhile.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn write(&self, topic: &str, values: &[&str]) {
        match self {
            Self::Embedded(_) => {
                use std::io::Write;
                let bootstrap = self.bootstrap();
                let mut child = ferry_command(&[
                    "topics",
                    "write",
                    topic,
                    "--partition",
                    "0",
                    "--bootstrap-server",
                    &bootstrap,
                ])
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("ferry topics");
                let mut input = child.stdin.take().expect("a pipe");
                for value in values {
                    writeln!(input, "{value}").expect("written");
                }
                drop(input);
                assert!(child.wait().expect("it ends").success(), "ferry topics write {topic}");
            }
            Self::Broker(broker) => {
                let records: Vec<_> = values.iter().map(|v| TopicRecord::value(*v)).collect();
                crate::topics::write(&broker.bootstrap, topic, &records);
            }
        }
    }

    /// All records of a topic of one partition. No worker may run on an embedded log meanwhile.
    ///
    /// # Panics
    /// When the topic cannot be read, or a record is missing after a while.
    pub fn records(&self, topic: &str) -> Vec<TopicRecord> {
        let Self::Broker(broker) = self else { return self.embedded_records(topic) };
        let reader = TopicReader::new(&broker.bootstrap, topic, 1);
        let count = usize::try_from(reader.count()).expect("a count");
        if count == 0 { Vec::new() } else { reader.take(LONG, count) }
    }

    fn embedded_records(&self, topic: &str) -> Vec<TopicRecord> {
        let bootstrap = self.bootstrap();
        let output =
            ferry_command(&["topics", "read", topic, "--format", "json", "--bootstrap-server", &bootstrap])
                .output()
                .expect("ferry topics");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ferry topics read {topic}: {said}");
        let bytes = |value: &serde_json::Value| value.as_str().map(|text| text.as_bytes().to_vec());
        let lines = String::from_utf8(output.stdout).expect("text");
        let records = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        records
            .map(|record: serde_json::Value| TopicRecord {
                partition: 0,
                key: bytes(&record["key"]),
                value: bytes(&record["value"]),
                headers: record["headers"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|h| (h["name"].as_str().expect("a name").to_owned(), bytes(&h["value"])))
                    .collect(),
            })
            .collect()
    }
}
