//! Administration: topics, offsets and groups.

use crate::{Result, TopicPartition};
use std::collections::BTreeMap;

/// A topic to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// Number of partitions; -1 leaves it to the broker.
    pub partitions: i32,
    /// Number of replicas; -1 leaves it to the broker. The embedded log has one of each.
    pub replication_factor: i16,
    /// Topic settings such as `cleanup.policy`.
    pub configs: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with the broker's defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), partitions: -1, replication_factor: -1, configs: BTreeMap::new() }
    }
}

/// One partition as the cluster sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionDescription {
    /// Partition number.
    pub partition: i32,
    /// Broker id of the leader; `None` while there is none.
    pub leader: Option<i32>,
    /// Broker ids of the replicas.
    pub replicas: Vec<i32>,
    /// Broker ids of the replicas in sync.
    pub in_sync: Vec<i32>,
}

/// A topic as the cluster sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: String,
    /// Its partitions in order.
    pub partitions: Vec<PartitionDescription>,
}

/// Which offset [`Admin::list_offsets`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first offset still there.
    Earliest,
    /// The offset after the last record.
    Latest,
    /// The first offset whose timestamp (ms) is not earlier; the end where there is none.
    Timestamp(i64),
}

/// Topic, offset and group administration; may be shared by threads.
///
/// Calls wait for the broker up to `default.api.timeout.ms`.
pub trait Admin: Send + Sync {
    /// The cluster's id; never changes.
    fn cluster_id(&self) -> Result<String>;

    /// Names of all topics, in order, internal ones (`__consumer_offsets`) included.
    fn list_topics(&self) -> Result<Vec<String>>;

    /// The topics asked for, in that order, `None` where one does not exist.
    fn describe_topics(&self, names: &[&str]) -> Result<Vec<Option<TopicDescription>>>;

    /// Settings of a topic in force, defaults included; `UnknownTopic` where it does not exist.
    fn topic_config(&self, name: &str) -> Result<BTreeMap<String, String>>;

    /// Creates topics; one result for each, `AlreadyExists` told apart by its kind.
    fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<Result<()>>>;

    /// Deletes topics; one result for each.
    fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>>;

    /// One offset for each partition.
    fn list_offsets(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>>;

    /// Names of the groups with members or offsets, in order.
    fn list_groups(&self) -> Result<Vec<String>>;

    /// All committed offsets of a group, in order; empty where the group is unknown.
    fn group_offsets(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>>;

    /// Sets offsets of a group without members; `GroupNotEmpty` where it has some.
    fn alter_group_offsets(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()>;

    /// Forgets offsets of a group without members; `GroupNotEmpty` where it has some.
    fn delete_group_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<()>;

    /// Forgets a group without members; `GroupNotEmpty` or `UnknownGroup` otherwise.
    fn delete_group(&self, group: &str) -> Result<()>;
}
