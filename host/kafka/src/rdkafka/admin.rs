//! Administration of a cluster (`Admin` of the Java client).

use super::config::Translated;
use super::native::{Handle, List, Requests};
use crate::{Admin, Error, ErrorKind, NewTopic, OffsetSpec, Result, TopicDescription, TopicPartition};
use std::collections::BTreeMap;
use std::time::Duration;

/// Any client can ask; a producer has the fewest threads and joins nothing.
pub(super) struct KafkaAdmin {
    handle: Handle,
    timeout: Duration,
}

impl KafkaAdmin {
    pub(super) fn new(settings: &Translated) -> Result<Self> {
        Ok(Self { handle: Handle::producer(settings.conf()?)?, timeout: settings.api_timeout })
    }

    fn requests(&self) -> Requests<'_> {
        Requests::new(&self.handle, self.timeout)
    }
}

impl Admin for KafkaAdmin {
    fn cluster_id(&self) -> Result<String> {
        self.handle.cluster_id(self.timeout).ok_or_else(|| {
            Error::new(
                ErrorKind::TimedOut,
                format!(
                    "no broker of bootstrap.servers told the cluster's id within {} ms",
                    self.timeout.as_millis()
                ),
            )
        })
    }

    fn list_topics(&self) -> Result<Vec<String>> {
        let mut names =
            self.handle.topics(None, self.timeout)?.into_iter().map(|topic| topic.name).collect::<Vec<_>>();
        names.sort();
        Ok(names)
    }

    fn describe_topics(&self, names: &[&str]) -> Result<Vec<Option<TopicDescription>>> {
        // All at once: asking for one topic may create it, and one round trip serves many.
        let all = self.handle.topics(None, self.timeout)?;
        let find = |name: &&str| all.iter().find(|topic| topic.name == **name).cloned();
        Ok(names.iter().map(find).collect())
    }

    fn topic_config(&self, name: &str) -> Result<BTreeMap<String, String>> {
        self.requests().topic_config(name)
    }

    fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<Result<()>>> {
        self.requests().create_topics(topics)
    }

    fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>> {
        self.requests().delete_topics(names)
    }

    fn list_offsets(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>> {
        self.requests().list_offsets(partitions, spec, false)
    }

    fn list_groups(&self) -> Result<Vec<String>> {
        self.requests().list_groups()
    }

    fn group_offsets(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>> {
        let rows = match self.requests().group_offsets(group) {
            Err(error) if error.kind() == ErrorKind::UnknownGroup => Vec::new(),
            rows => rows?,
        };
        let mut offsets = rows
            .into_iter()
            .filter(|row| row.offset >= 0)
            .map(|row| (row.place, row.offset))
            .collect::<Vec<_>>();
        offsets.sort();
        Ok(offsets)
    }

    fn alter_group_offsets(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        if offsets.is_empty() {
            return Ok(());
        }
        let list = List::of(offsets.iter().map(|(place, offset)| (place, *offset)))?;
        self.requests().alter_group_offsets(group, &list).map(drop).map_err(with_members)
    }

    fn delete_group_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<()> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = List::of(partitions.iter().map(|place| (place, -1001)))?;
        self.requests().delete_group_offsets(group, &list).map(drop).map_err(with_members)
    }

    fn delete_group(&self, group: &str) -> Result<()> {
        self.requests().delete_group(group)
    }
}

/// A commit from outside is refused as a stranger's where the group has members.
fn with_members(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotOwner => Error::new(ErrorKind::GroupNotEmpty, error.message()),
        _ => error,
    }
}
