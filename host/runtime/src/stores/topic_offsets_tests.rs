use std::collections::BTreeMap;
use std::sync::Arc;

use ferry_kafka::{Client, ClientConfig, NewTopic};
use ferry_plugin_abi::data::Value;

use super::{OffsetsTopic, TopicOffsets};
use crate::stores::OffsetStore;

struct Bed {
    _folder: tempfile::TempDir,
    client: Arc<dyn Client>,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let servers = format!("embedded:{}", folder.path().display());
        let client = ferry_kafka::connect(&servers, &BTreeMap::new()).unwrap();
        Self { _folder: folder, client }
    }

    fn store(&self, policy: &str) -> TopicOffsets {
        let mut new = NewTopic { partitions: 3, ..NewTopic::new("o") };
        new.configs.insert("cleanup.policy".to_owned(), policy.to_owned());
        let topic = OffsetsTopic {
            new,
            property: "offset.storage.topic",
            consumer: ClientConfig::new().with("isolation.level", "read_committed"),
            producer: ClientConfig::new(),
            admin: ClientConfig::new(),
        };
        TopicOffsets::new(self.client.clone(), topic)
    }
}

fn partition(name: &str) -> Value {
    Value::map([("topic", Value::String(name.to_owned())), ("cluster", Value::String("a".to_owned()))])
}

fn offset(position: i64) -> Value {
    Value::map([("position", Value::Int64(position))])
}

#[test]
fn offsets_outlive_the_store_and_are_told_apart_by_connector() {
    let bed = Bed::new();
    let store = bed.store("compact");
    assert_eq!(store.get("c", &[partition("x")]).unwrap(), [None]);
    store.put("c", &[(partition("x"), Some(offset(1))), (partition("y"), Some(offset(2)))]).unwrap();
    store.put("d", &[(partition("x"), Some(offset(3)))]).unwrap();
    store.put("c", &[(partition("x"), Some(offset(4))), (partition("y"), None)]).unwrap();
    // The same store, and one that has not read anything yet.
    for store in [store, bed.store("compact")] {
        let found = store.get("c", &[partition("x"), partition("y"), partition("z")]).unwrap();
        assert_eq!(found, [Some(offset(4)), None, None]);
        assert_eq!(store.find("c", &[partition("y"), partition("z")]).unwrap(), [Some(None), None]);
        let all: Vec<Value> = store.all("d").unwrap().into_iter().map(|(_, offset)| offset).collect();
        assert_eq!(all, [offset(3)]);
    }
}

/// A key keeps the bytes that it has in the topic, whoever wrote it.
#[test]
fn keys_keep_their_bytes() {
    let bed = Bed::new();
    let store = bed.store("compact");
    store.get("c", &[]).unwrap();
    let theirs = br#"["c",{"topic":"x","cluster":"a"}]"#;
    let mut producer = bed.client.producer(&ClientConfig::new()).unwrap();
    let record = ferry_kafka::ProducerRecord {
        topic: "o",
        key: Some(theirs),
        value: Some(br#"{"position":9}"#),
        ..Default::default()
    };
    producer.send(&record, 1).unwrap();
    producer.flush(std::time::Duration::from_secs(5), &mut Vec::new()).unwrap();
    let ours = store.records("c", &[(partition("x"), Some(offset(1)))]).unwrap();
    assert_eq!(ours[0].0, br#"["c",{"cluster":"a","topic":"x"}]"#);
    assert_eq!(store.get("c", &[partition("x")]).unwrap(), [Some(offset(9))]);
    let ours = store.records("c", &[(partition("x"), Some(offset(1)))]).unwrap();
    assert_eq!(ours[0], (theirs.to_vec(), Some(br#"{"position":1}"#.to_vec())));
}

#[test]
fn a_topic_that_forgets_is_refused_in_the_words_of_connect() {
    let bed = Bed::new();
    bed.store("delete").get("c", &[]).unwrap_err();
    let error = bed.store("compact").get("c", &[]).unwrap_err().to_string();
    assert_eq!(
        error,
        "Topic 'o' supplied via the 'offset.storage.topic' property is required to have 'cleanup.policy=compact' \
         to guarantee consistency and durability of source connector offsets, but found the topic currently has \
         'cleanup.policy=delete'. Continuing would likely result in eventually losing source connector offsets and \
         problems restarting this Connect cluster in the future. Change the 'offset.storage.topic' property in the \
         Connect worker configurations to use a topic with 'cleanup.policy=compact'."
    );
}
