//! Administration of a cluster (`Admin` of the Java client).

use super::config::Translated;
use super::native::{Asker, Handle, List, Requests};
use crate::{Admin, Error, ErrorKind, NewTopic, OffsetSpec, Result, TopicDescription, TopicPartition};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long one attempt waits before the reason of the silence is looked for.
const ATTEMPT: Duration = Duration::from_secs(1);

pub(super) struct KafkaAdmin {
    asker: Asker,
    timeout: Duration,
}

impl KafkaAdmin {
    pub(super) fn new(settings: &Translated) -> Result<Self> {
        Ok(Self { asker: Asker::new(settings.conf()?)?, timeout: settings.api_timeout })
    }

    fn requests(&self) -> Requests<'_> {
        Requests::of(&self.asker, self.timeout)
    }

    /// Asks again until the time is up or the broker refuses this client.
    fn ask<T>(&self, what: &str, ask: impl Fn(&Handle, Duration) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        loop {
            let left = self.timeout.saturating_sub(start.elapsed());
            match ask(self.asker.handle(), left.min(ATTEMPT)) {
                Err(error) if error.is_retriable() => {
                    if let Some(refusal) = self.asker.refusal() {
                        return Err(refusal.context(what));
                    }
                    if left <= ATTEMPT {
                        return Err(error);
                    }
                }
                outcome => {
                    self.asker.answered();
                    return outcome;
                }
            }
        }
    }

    fn all_topics(&self) -> Result<Vec<TopicDescription>> {
        self.ask("cannot list topics", |handle, timeout| handle.topics(timeout))
    }
}

impl Admin for KafkaAdmin {
    fn cluster_id(&self) -> Result<String> {
        self.ask("cannot read the cluster's id", |handle, timeout| {
            handle.cluster_id(timeout).ok_or_else(|| {
                Error::new(
                    ErrorKind::TimedOut,
                    format!(
                        "no broker of bootstrap.servers told the cluster's id within {} ms",
                        self.timeout.as_millis()
                    ),
                )
            })
        })
    }

    fn list_topics(&self) -> Result<Vec<String>> {
        let mut names = self.all_topics()?.into_iter().map(|topic| topic.name).collect::<Vec<_>>();
        names.sort();
        Ok(names)
    }

    fn describe_topics(&self, names: &[&str]) -> Result<Vec<Option<TopicDescription>>> {
        // All at once: asking for one topic may create it, and one round trip serves many.
        let all = self.all_topics()?;
        let find = |name: &&str| all.iter().find(|topic| topic.name == **name).cloned();
        Ok(names.iter().map(find).collect())
    }

    fn topic_config(&self, name: &str) -> Result<BTreeMap<String, String>> {
        self.requests().again(|requests| requests.topic_config(name))
    }

    fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<Result<()>>> {
        self.requests().create_topics(topics)
    }

    fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>> {
        self.requests().delete_topics(names)
    }

    fn list_offsets(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>> {
        self.requests().again(|requests| requests.list_offsets(partitions, spec, false))
    }

    fn list_groups(&self) -> Result<Vec<String>> {
        self.requests().again(|requests| requests.list_groups())
    }

    fn group_offsets(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>> {
        let rows = match self.requests().again(|requests| requests.group_offsets(group)) {
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
