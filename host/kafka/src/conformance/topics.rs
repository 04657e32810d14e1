//! Administration: topics, offsets, groups.

use super::{LIMIT, create, deliver, numbers, reader, take, topic, topic_for_ever, unique, write};
use crate::{Client, ClientConfig, ErrorKind, NewTopic, OffsetSpec, ProducerRecord, TopicPartition};
use std::time::Instant;

/// Topics are created once, described, listed and deleted; each refusal has its kind.
pub fn create_describe_delete_topics(client: &dyn Client) {
    let admin = client.admin(&ClientConfig::new()).expect("admin");
    let name = unique("topic");
    let mut new = NewTopic { partitions: 3, replication_factor: 1, ..NewTopic::new(&name) };
    new.configs.insert("cleanup.policy".to_owned(), "compact".to_owned());
    create(client, new.clone());
    let again = admin.create_topics(&[new.clone()]).expect("create").remove(0).expect_err("exists");
    assert_eq!(again.kind(), ErrorKind::AlreadyExists, "{again}");
    assert!(again.message().contains(&name), "{again}");
    let described = admin.describe_topics(&[&name, "no-such-topic"]).expect("describe");
    let partitions: Vec<i32> =
        described[0].as_ref().expect("described").partitions.iter().map(|part| part.partition).collect();
    assert_eq!(partitions, [0, 1, 2]);
    assert_eq!(described[1], None);
    assert_eq!(admin.topic_config(&name).expect("config")["cleanup.policy"], "compact");
    let unknown = admin.topic_config(&unique("nothing")).expect_err("unknown");
    assert_eq!(unknown.kind(), ErrorKind::UnknownTopic, "{unknown}");
    assert!(admin.list_topics().expect("list").contains(&name));
    let illegal =
        admin.create_topics(&[NewTopic::new("not a name")]).expect("create").remove(0).expect_err("illegal");
    assert_eq!(illegal.kind(), ErrorKind::Invalid, "{illegal}");
    new.name = unique("config");
    new.configs.insert("cleanup.policy".to_owned(), "burn".to_owned());
    let refused = admin.create_topics(&[new]).expect("create").remove(0).expect_err("bad config");
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{refused}");
    admin.delete_topics(&[&name]).expect("delete").remove(0).expect("deleted");
    let start = Instant::now();
    while admin.list_topics().expect("list").contains(&name) {
        assert!(start.elapsed() < LIMIT, "{name} is still listed");
    }
    let gone = admin.delete_topics(&[&name]).expect("delete").remove(0).expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::UnknownTopic, "{gone}");
    // Made again it is empty.
    create(client, NewTopic { partitions: 1, ..NewTopic::new(&name) });
    write(client, &name, 0, &numbers(0..2));
    assert_eq!(take(&mut *reader(client, &name, 1, &[]), 2)[0].offset, 0);
}

/// First, last and by-time offsets.
pub fn list_offsets_by_time(client: &dyn Client) {
    let topic = topic_for_ever(client, "offsets", 2);
    let mut producer = client.producer(&ClientConfig::new()).expect("producer");
    let records = [1_000, 2_000, 3_000].map(|time| ProducerRecord {
        topic: &topic,
        partition: Some(1),
        timestamp: Some(time),
        value: Some(b"v"),
        ..Default::default()
    });
    for result in deliver(&mut *producer, &records) {
        result.expect("delivered");
    }
    let admin = client.admin(&ClientConfig::new()).expect("admin");
    let places = [TopicPartition::new(topic.as_str(), 0), TopicPartition::new(topic.as_str(), 1)];
    let list = |spec| admin.list_offsets(&places, spec).expect("list_offsets");
    assert_eq!(list(OffsetSpec::Earliest), [0, 0]);
    assert_eq!(list(OffsetSpec::Latest), [0, 3]);
    assert_eq!(list(OffsetSpec::Timestamp(1_500)), [0, 1]);
    assert_eq!(list(OffsetSpec::Timestamp(9_000)), [0, 3]);
}

/// Offsets of a group without members are listed, set and forgotten.
pub fn administer_group_offsets(client: &dyn Client) {
    let (topic, group) = (topic(client, "groups", 2), unique("group"));
    let admin = client.admin(&ClientConfig::new()).expect("admin");
    let (first, second) = (TopicPartition::new(topic.as_str(), 0), TopicPartition::new(topic.as_str(), 1));
    assert_eq!(admin.group_offsets(&group).expect("offsets"), []);
    admin.alter_group_offsets(&group, &[(first.clone(), 7), (second.clone(), 8)]).expect("alter");
    assert_eq!(admin.group_offsets(&group).expect("offsets"), [(first.clone(), 7), (second.clone(), 8)]);
    assert!(admin.list_groups().expect("groups").contains(&group));
    admin.delete_group_offsets(&group, std::slice::from_ref(&first)).expect("delete offsets");
    assert_eq!(admin.group_offsets(&group).expect("offsets"), [(second, 8)]);
    admin.delete_group(&group).expect("delete group");
    assert_eq!(admin.group_offsets(&group).expect("offsets"), []);
    let gone = admin.delete_group(&group).expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::UnknownGroup, "{gone}");
    // With a member none of it is allowed.
    write(client, &topic, 0, &numbers(0..1));
    let config = ClientConfig::new().with("group.id", &group).with("auto.offset.reset", "earliest");
    let mut consumer = client.consumer(&config).expect("consumer");
    consumer.subscribe(&crate::Subscription::Topics(vec![topic])).expect("subscribe");
    take(&mut *consumer, 1);
    consumer.commit(&[(first.clone(), 1)], true).expect("commit");
    for refused in [
        admin.alter_group_offsets(&group, &[(first.clone(), 0)]),
        admin.delete_group_offsets(&group, &[first]),
        admin.delete_group(&group),
    ] {
        let error = refused.expect_err("a group with members");
        assert_eq!(error.kind(), ErrorKind::GroupNotEmpty, "{error}");
    }
}

/// The cluster says the same id to everybody.
pub fn cluster_id_is_stable(client: &dyn Client) {
    let id = || client.admin(&ClientConfig::new()).expect("admin").cluster_id().expect("cluster id");
    assert_eq!(id().len(), 22);
    assert_eq!(id(), id());
}
