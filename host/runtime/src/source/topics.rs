//! Makes the topics of a source before the first record goes there (KIP-158; `TopicCreation`, `TopicAdmin`).

use std::collections::HashSet;
use std::sync::Arc;

use ferry_config::connector::{TopicCreation, TopicGroup};
use ferry_config::java_order;
use ferry_kafka::{Admin, ErrorKind as Kafka, NewTopic};
use ferry_plugin_abi::{ErrorKind, Result};

use crate::errors::from_kafka;

/// Creates topics as `topic.creation.*` says; each is looked at once per run of the task.
pub struct TopicCreator {
    admin: Arc<dyn Admin>,
    creation: TopicCreation,
    /// `bootstrap.servers`, for error messages.
    servers: String,
    /// Topics that are there.
    known: HashSet<Box<str>>,
}

impl TopicCreator {
    /// A creator that has seen no topic yet.
    pub fn new(admin: Arc<dyn Admin>, creation: TopicCreation, servers: String) -> Self {
        Self { admin, creation, servers, known: HashSet::new() }
    }

    /// Makes sure that `topic` exists. One that does is left as it is.
    ///
    /// # Errors
    /// Retriable where the cluster did not answer in time, otherwise the task's end, in the JVM's words.
    #[inline]
    pub fn ensure(&mut self, topic: &str) -> Result<()> {
        if self.known.contains(topic) { Ok(()) } else { self.look(topic) }
    }

    #[cold]
    fn look(&mut self, topic: &str) -> Result<()> {
        if self.exists(topic)? {
            tracing::info!(topic, "topic already exists");
        } else {
            let group = self.creation.group_of(topic);
            let created = create(&*self.admin, topic, group)?;
            let group = group.name.as_str();
            if created {
                tracing::info!(topic, group, "created topic");
            } else {
                tracing::info!(topic, group, "found existing topic");
            }
        }
        self.known.insert(topic.into());
        Ok(())
    }

    fn exists(&self, topic: &str) -> Result<bool> {
        let found = self.admin.describe_topics(&[topic]).map_err(|error| {
            let (kind, message) = match error.kind() {
                denied if denied.is_denied() => (
                    ErrorKind::Fatal,
                    format!("Not authorized to describe topic(s) '{topic}' on the brokers {}", self.servers),
                ),
                _ if error.is_retriable() => {
                    (ErrorKind::Retriable, format!("Timed out while describing topics '{topic}'"))
                }
                _ => (ErrorKind::Fatal, format!("Error while attempting to describe topics '{topic}'")),
            };
            from_kafka(error).context(kind, message)
        })?;
        Ok(found.into_iter().flatten().next().is_some())
    }
}

/// Creates a topic; `false` if somebody else was faster.
fn create(admin: &dyn Admin, topic: &str, group: &TopicGroup) -> Result<bool> {
    let new = NewTopic {
        name: topic.to_owned(),
        partitions: group.partitions,
        replication_factor: group.replication_factor,
        configs: group.topic_config.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
    };
    let asked = admin.create_topics(std::slice::from_ref(&new));
    let Err(error) = asked.and_then(|mut outcomes| outcomes.remove(0)) else { return Ok(true) };
    let reason = error.reason().to_owned();
    let cause = from_kafka(ferry_kafka::Error::new(error.kind(), reason.as_str()));
    let (kind, message) = match error.kind() {
        Kafka::AlreadyExists => return Ok(false),
        kind if kind.is_denied() || kind == Kafka::Config => (
            ErrorKind::Fatal,
            format!(
                "Task failed to create new topic {}. Ensure that the task is authorized to create topics or that \
                 the topic exists and restart the task",
                shown(&new)
            ),
        ),
        // No restart helps here; brokers may come.
        Kafka::InvalidConfig => (ErrorKind::Config, format!("Unable to create topic(s) '{topic}': {reason}")),
        Kafka::InvalidReplicationFactor => {
            (ErrorKind::Fatal, format!("Unable to create topic(s) '{topic}': {reason}"))
        }
        _ if error.is_retriable() => (
            ErrorKind::Fatal,
            format!(
                "Timed out while checking for or creating topic(s) '{topic}'. This could indicate a connectivity \
                 issue, unavailable topic partitions, or if this is your first use of the topic it may have taken \
                 too long to create."
            ),
        ),
        _ => (ErrorKind::Fatal, format!("Error while attempting to create/find topic(s) '{topic}'")),
    };
    Err(cause.context(kind, message).class("org.apache.kafka.connect.errors.ConnectException"))
}

/// As Java prints a `NewTopic`.
fn shown(new: &NewTopic) -> String {
    let mut configs: Vec<(&String, &String)> = new.configs.iter().collect();
    java_order::sort_by_key(&mut configs, |(name, _)| name);
    let configs: Vec<String> = configs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "(name={}, numPartitions={}, replicationFactor={}, replicasAssignments=null, configs={{{}}})",
        new.name,
        new.partitions,
        new.replication_factor,
        configs.join(", ")
    )
}
