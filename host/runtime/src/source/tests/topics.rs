//! Topics are made before the first record goes there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ferry_config::connector::{ConnectorConfig, ConnectorKind, TopicCreation};
use ferry_config::properties;
use ferry_kafka::{Error as KafkaError, ErrorKind as Kafka, NewTopic};
use ferry_plugin_abi::ErrorKind;
use ferry_plugin_abi::config::ConfigMap;

use super::clients::FakeAdmin;
use crate::executor::lock;
use crate::source::TopicCreator;

fn creation() -> TopicCreation {
    let text = "name=s\nconnector.class=C\ntopic.creation.default.partitions=3\n\
        topic.creation.default.replication.factor=-1\ntopic.creation.groups=logs\n\
        topic.creation.logs.include=log.*\ntopic.creation.logs.partitions=-1\n\
        topic.creation.logs.cleanup.policy=compact\ntopic.creation.logs.retention.ms=7\n";
    let config: ConfigMap = properties::parse(text).unwrap().into_iter().collect();
    ConnectorConfig::new(ConnectorKind::Source, &config, true).unwrap().topic_creation.unwrap()
}

pub(super) fn creator(admin: FakeAdmin) -> TopicCreator {
    TopicCreator::new(Arc::new(admin), creation(), "b:9092".to_owned())
}

fn failing(error: KafkaError) -> FakeAdmin {
    FakeAdmin { create_fails: Some(error), ..FakeAdmin::default() }
}

#[test]
fn a_topic_gets_what_its_group_says_and_is_looked_at_once() {
    let topics = Arc::<Mutex<BTreeMap<String, NewTopic>>>::default();
    let described = Arc::default();
    let admin =
        FakeAdmin { topics: topics.clone(), described: Arc::clone(&described), ..FakeAdmin::default() };
    lock(&topics).insert("old".to_owned(), NewTopic::new("old"));
    let mut creator = creator(admin);
    for topic in ["other", "log-1", "old", "other", "log-1"] {
        creator.ensure(topic).unwrap();
    }
    let found = lock(&topics).clone();
    let config = [("cleanup.policy", "compact"), ("retention.ms", "7")];
    let config = config.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(found["other"], NewTopic { partitions: 3, ..NewTopic::new("other") });
    assert_eq!(found["log-1"], NewTopic { configs: config.into(), ..NewTopic::new("log-1") });
    // What is there is left alone.
    assert_eq!(found["old"], NewTopic::new("old"));
    assert_eq!(*lock(&described), 3);
}

#[test]
fn a_topic_that_somebody_else_makes_meanwhile_is_taken() {
    let mut creator = creator(failing(KafkaError::new(Kafka::AlreadyExists, "there")));
    assert_eq!(creator.ensure("t"), Ok(()));
}

#[test]
fn errors_are_those_of_connect() {
    let tried = |error: KafkaError| {
        let error = creator(failing(error)).ensure("log").unwrap_err();
        (error.kind(), error.to_string())
    };
    let refused =
        KafkaError::because(Kafka::InvalidConfig, "cannot create topic log", "Unknown topic config name: x");
    let found = [
        tried(KafkaError::new(Kafka::Authorization, "denied")),
        tried(refused),
        tried(KafkaError::new(Kafka::TimedOut, "late")),
        tried(KafkaError::new(Kafka::Invalid, "3 replicas")),
    ];
    let expected = [
        "Task failed to create new topic (name=log, numPartitions=-1, replicationFactor=-1, \
         replicasAssignments=null, configs={cleanup.policy=compact, retention.ms=7}). Ensure that the task is \
         authorized to create topics or that the topic exists and restart the task: denied",
        "Unable to create topic(s) 'log': Unknown topic config name: x: Unknown topic config name: x",
        "Timed out while checking for or creating topic(s) 'log'. This could indicate a connectivity issue, \
         unavailable topic partitions, or if this is your first use of the topic it may have taken too long to \
         create.: late",
        "Error while attempting to create/find topic(s) 'log': 3 replicas",
    ];
    // What the user has to change is not tried again.
    let kinds = [ErrorKind::Fatal, ErrorKind::Config, ErrorKind::Fatal, ErrorKind::Fatal];
    let expected: Vec<_> = kinds.into_iter().zip(expected.map(str::to_owned)).collect();
    assert_eq!(found, *expected);
}

#[test]
fn a_topic_that_cannot_be_looked_at_is_tried_again_only_where_that_may_help() {
    let tried = |kind: Kafka| {
        let admin = FakeAdmin { describe_fails: Mutex::new(vec![kind]), ..FakeAdmin::default() };
        let mut creator = creator(admin);
        let error = creator.ensure("t").unwrap_err();
        // The next look succeeds: nothing was taken for granted.
        creator.ensure("t").unwrap();
        (error.kind(), error.message().to_owned())
    };
    let found = [tried(Kafka::TimedOut), tried(Kafka::Authorization), tried(Kafka::Fatal)];
    let expected = [
        (ErrorKind::Retriable, "Timed out while describing topics 't'"),
        (ErrorKind::Fatal, "Not authorized to describe topic(s) 't' on the brokers b:9092"),
        (ErrorKind::Fatal, "Error while attempting to describe topics 't'"),
    ];
    assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
}
