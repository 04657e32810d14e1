use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::{ClientConfig, NewTopic};
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, Result};

use super::LayeredOffsets;
use crate::executor::lock;
use crate::stores::{OffsetStore, OffsetsTopic, TopicOffsets, TransactionalOffsets};

/// A store in memory that can be broken.
#[derive(Default)]
struct Below(Mutex<(Vec<(Value, Value)>, bool)>);

impl OffsetStore for Below {
    fn get(&self, _connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let (known, _) = &*lock(&self.0);
        Ok(partitions.iter().map(|p| known.iter().find(|(k, _)| k == p).map(|(_, o)| o.clone())).collect())
    }
    fn put(&self, _connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        let (known, broken) = &mut *lock(&self.0);
        if *broken {
            return Err(Error::retriable("the disk is full"));
        }
        for (partition, offset) in offsets {
            known.retain(|(k, _)| k != partition);
            known.extend(offset.clone().map(|offset| (partition.clone(), offset)));
        }
        Ok(())
    }
    fn all(&self, _connector: &str) -> Result<Vec<(Value, Value)>> {
        Ok(lock(&self.0).0.clone())
    }
}

fn layered(below: &Arc<Below>, interval: Duration) -> (tempfile::TempDir, LayeredOffsets) {
    let folder = tempfile::tempdir().unwrap();
    let servers = format!("embedded:{}", folder.path().display());
    let client = ferry_kafka::connect(&servers, &BTreeMap::new()).unwrap();
    let mut new = NewTopic::new("o");
    new.configs.insert("cleanup.policy".to_owned(), "compact".to_owned());
    let topic = OffsetsTopic {
        new,
        property: "offsets.storage.topic",
        consumer: ClientConfig::new().with("isolation.level", "read_committed"),
        producer: ClientConfig::new(),
        admin: ClientConfig::new(),
    };
    let topic = Arc::new(TopicOffsets::new(client, topic));
    let producer = ClientConfig::new().with("transactional.id", "g-c-0");
    (folder, LayeredOffsets::new(topic, below.clone(), producer, interval))
}

fn at(name: &str) -> Value {
    Value::map([("file", Value::String(name.to_owned()))])
}

fn offset(position: i64) -> Value {
    Value::map([("position", Value::Int64(position))])
}

#[test]
fn the_topic_counts_and_what_it_never_had_comes_from_below() {
    let below = Arc::<Below>::default();
    below.put("c", &[(at("old"), Some(offset(1))), (at("both"), Some(offset(2)))]).unwrap();
    let (_folder, store) = layered(&below, Duration::from_secs(3600));
    store.put("c", &[(at("both"), Some(offset(3))), (at("new"), Some(offset(4)))]).unwrap();
    let found = store.get("c", &[at("old"), at("both"), at("new"), at("none")]).unwrap();
    assert_eq!(found, [Some(offset(1)), Some(offset(3)), Some(offset(4)), None]);
    let mut all = store.all("c").unwrap();
    all.sort_by_key(|(_, offset)| offset.get("position").and_then(Value::as_i64));
    assert_eq!(all, [(at("old"), offset(1)), (at("both"), offset(3)), (at("new"), offset(4))]);
    // Below follows.
    assert_eq!(below.get("c", &[at("both"), at("new")]).unwrap(), [Some(offset(3)), Some(offset(4))]);
}

#[test]
fn what_is_removed_goes_from_below_first() {
    let below = Arc::<Below>::default();
    below.put("c", &[(at("a"), Some(offset(1)))]).unwrap();
    let (_folder, store) = layered(&below, Duration::from_secs(3600));
    lock(&below.0).1 = true;
    assert!(store.put("c", &[(at("a"), None)]).is_err());
    assert_eq!(store.get("c", &[at("a")]).unwrap(), [Some(offset(1))]);
    // An offset that is set is stored although below cannot follow.
    store.put("c", &[(at("a"), Some(offset(2)))]).unwrap();
    assert_eq!(store.get("c", &[at("a")]).unwrap(), [Some(offset(2))]);
    lock(&below.0).1 = false;
    store.put("c", &[(at("a"), None)]).unwrap();
    assert_eq!((store.get("c", &[at("a")]).unwrap(), store.all("c").unwrap()), (vec![None], vec![]));
}

#[test]
fn below_follows_commits_now_and_then_and_at_the_end() {
    let below = Arc::<Below>::default();
    let (_folder, store) = layered(&below, Duration::from_secs(3600));
    store.committed("c", &[(at("a"), offset(1))], false);
    store.committed("c", &[(at("a"), offset(2))], false);
    assert_eq!(below.all("c").unwrap(), []);
    store.committed("c", &[], true);
    assert_eq!(below.all("c").unwrap(), [(at("a"), offset(2))]);
    let (_folder, store) = layered(&below, Duration::ZERO);
    store.committed("c", &[(at("a"), offset(3))], false);
    assert_eq!(below.all("c").unwrap(), [(at("a"), offset(3))]);
}
