//! Administration over librdkafka.

use super::config::{Role, native};
use super::consumer::offsets_of;
use super::context::Connection;
use super::error::{client_error, code_error};
use crate::config::Settings;
use crate::{
    Admin, ClientConfig, Error, ErrorKind, NewTopic, OffsetSpec, PartitionDescription, Result,
    TopicDescription, TopicPartition,
};
use ::rdkafka::admin::{
    AdminClient, AdminOptions, NewTopic as NativeTopic, ResourceSpecifier, TopicReplication,
};
use ::rdkafka::config::ClientConfig as Native;
use ::rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use ::rdkafka::error::KafkaError;
use ::rdkafka::metadata::Metadata;
use ::rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

pub(super) struct KafkaAdmin {
    inner: AdminClient<Connection>,
    native: Native,
    timeout: Duration,
}

impl KafkaAdmin {
    pub(super) fn new(config: &ClientConfig) -> Result<Self> {
        let native = native(Role::Admin, config)?;
        let inner =
            native.create_with_context(Connection::default()).map_err(|error| client_error(&error))?;
        let timeout = Settings(config).duration("default.api.timeout.ms", Duration::from_secs(60))?;
        Ok(Self { inner, native, timeout: timeout.min(Duration::from_secs(3600)) })
    }

    fn options(&self) -> AdminOptions {
        AdminOptions::new().request_timeout(Some(self.timeout)).operation_timeout(Some(self.timeout))
    }

    fn metadata(&self) -> Result<Metadata> {
        // Asking for one topic could create it; asking for all does not.
        self.inner.inner().fetch_metadata(None, self.timeout).map_err(|error| self.explain(&error))
    }

    /// The error of a call, with what the connection said last where the call only timed out.
    fn explain(&self, error: &KafkaError) -> Error {
        let found = client_error(error);
        match self.inner.inner().context().take_warning() {
            Some(warning) if matches!(found.kind(), ErrorKind::TimedOut | ErrorKind::Retriable) => {
                let kind = match warning.kind() {
                    kind @ (ErrorKind::Authentication | ErrorKind::Authorization) => kind,
                    _ => found.kind(),
                };
                Error::new(kind, format!("{found}: {warning}"))
            }
            _ => found,
        }
    }

    /// A consumer for one call; with a group it may read and write that group's offsets.
    fn consumer(&self, group: Option<&str>) -> Result<BaseConsumer<Reader>> {
        let mut native = self.native.clone();
        if let Some(group) = group {
            native.set("group.id", group);
        }
        native.set("enable.auto.commit", "false");
        native.create_with_context(Reader).map_err(|error| client_error(&error))
    }
}

/// The context of such a consumer.
struct Reader;

impl ::rdkafka::client::ClientContext for Reader {
    fn log(&self, level: ::rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        Connection::on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka connection trouble");
    }
}

impl ::rdkafka::consumer::ConsumerContext for Reader {}

impl Admin for KafkaAdmin {
    fn cluster_id(&self) -> Result<String> {
        self.inner.inner().fetch_cluster_id(self.timeout).ok_or_else(|| {
            let cause = self.inner.inner().context().take_warning();
            let cause = cause.map_or(String::new(), |warning| format!(": {warning}"));
            Error::new(
                ErrorKind::TimedOut,
                format!("no broker told the cluster id within {} ms{cause}", self.timeout.as_millis()),
            )
        })
    }

    fn list_topics(&self) -> Result<Vec<String>> {
        let metadata = self.metadata()?;
        let mut names: Vec<String> = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
        names.sort();
        Ok(names)
    }

    fn describe_topics(&self, names: &[&str]) -> Result<Vec<Option<TopicDescription>>> {
        let metadata = self.metadata()?;
        let describe = |name: &&str| {
            let topic = metadata.topics().iter().find(|topic| topic.name() == *name)?;
            let mut partitions: Vec<_> = topic
                .partitions()
                .iter()
                .map(|partition| PartitionDescription {
                    partition: partition.id(),
                    leader: Some(partition.leader()).filter(|leader| *leader >= 0),
                    replicas: partition.replicas().to_vec(),
                    in_sync: partition.isr().to_vec(),
                })
                .collect();
            partitions.sort_by_key(|partition| partition.partition);
            Some(TopicDescription { name: (*name).to_owned(), partitions })
        };
        Ok(names.iter().map(describe).collect())
    }

    fn topic_config(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let resource = ResourceSpecifier::Topic(name);
        let found = wait(self.inner.describe_configs(&[resource], &self.options()))
            .map_err(|error| self.explain(&error))?;
        match found.into_iter().next() {
            Some(Ok(resource)) => Ok(resource
                .entries
                .into_iter()
                .filter_map(|entry| Some((entry.name, entry.value?)))
                .collect()),
            Some(Err(code)) => Err(code_error(code).context(format_args!("topic {name}"))),
            None => Err(Error::new(ErrorKind::UnknownTopic, format!("topic {name} does not exist"))),
        }
    }

    fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<Result<()>>> {
        let native: Vec<NativeTopic<'_>> = topics
            .iter()
            .map(|topic| {
                let replication = TopicReplication::Fixed(i32::from(topic.replication_factor));
                let native = NativeTopic::new(&topic.name, topic.partitions, replication);
                topic.configs.iter().fold(native, |native, (name, value)| native.set(name, value))
            })
            .collect();
        if native.is_empty() {
            return Ok(Vec::new());
        }
        let done =
            wait(self.inner.create_topics(&native, &self.options())).map_err(|error| self.explain(&error))?;
        Ok(in_order(topics.iter().map(|topic| topic.name.as_str()), done))
    }

    fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let done =
            wait(self.inner.delete_topics(names, &self.options())).map_err(|error| self.explain(&error))?;
        Ok(in_order(names.iter().copied(), done))
    }

    fn list_offsets(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>> {
        let watermarks = |place: &TopicPartition| {
            let found = self.inner.inner().fetch_watermarks(&place.topic, place.partition, self.timeout);
            found.map_err(|error| self.explain(&error).context(place))
        };
        let OffsetSpec::Timestamp(time) = spec else {
            let pick = |(low, high)| if spec == OffsetSpec::Earliest { low } else { high };
            return partitions.iter().map(|place| watermarks(place).map(pick)).collect();
        };
        let mut list = TopicPartitionList::new();
        for place in partitions {
            list.add_partition_offset(&place.topic, place.partition, Offset::Offset(time))
                .map_err(|error| client_error(&error))?;
        }
        let found = self
            .consumer(None)?
            .offsets_for_times(list, self.timeout)
            .map_err(|error| self.explain(&error))?;
        partitions
            .iter()
            .map(|place| {
                match found.find_partition(&place.topic, place.partition).map(|element| element.offset()) {
                    Some(Offset::Offset(offset)) => Ok(offset),
                    _ => watermarks(place).map(|(_, high)| high),
                }
            })
            .collect()
    }

    fn list_groups(&self) -> Result<Vec<String>> {
        let list =
            self.inner.inner().fetch_group_list(None, self.timeout).map_err(|error| self.explain(&error))?;
        let mut names: Vec<String> = list.groups().iter().map(|group| group.name().to_owned()).collect();
        names.sort();
        Ok(names)
    }

    fn group_offsets(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>> {
        let metadata = self.metadata()?;
        let mut list = TopicPartitionList::new();
        for topic in metadata.topics() {
            for partition in topic.partitions() {
                list.add_partition(topic.name(), partition.id());
            }
        }
        let found = self
            .consumer(Some(group))?
            .committed_offsets(list, self.timeout)
            .map_err(|error| self.explain(&error))?;
        let mut offsets: Vec<(TopicPartition, i64)> = found
            .elements()
            .iter()
            .filter_map(|element| match element.offset() {
                Offset::Offset(offset) => {
                    Some((TopicPartition::new(element.topic(), element.partition()), offset))
                }
                _ => None,
            })
            .collect();
        offsets.sort();
        Ok(offsets)
    }

    fn alter_group_offsets(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        if offsets.is_empty() {
            return Ok(());
        }
        let done = self.consumer(Some(group))?.commit(&offsets_of(offsets)?, CommitMode::Sync);
        done.map_err(|error| {
            let error = self.explain(&error).context(format_args!("offsets of group {group}"));
            // A commit from outside is refused this way while there are members.
            if error.kind() == ErrorKind::NotOwner {
                Error::new(ErrorKind::GroupNotEmpty, error.message())
            } else {
                error
            }
        })
    }

    /// librdkafka's wrapper cannot delete single offsets: the group is deleted and the rest set again.
    fn delete_group_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<()> {
        let mut rest = self.group_offsets(group)?;
        let all = rest.len();
        rest.retain(|(place, _)| !partitions.contains(place));
        if rest.len() == all {
            return Ok(());
        }
        self.delete_group(group)?;
        self.alter_group_offsets(group, &rest).map_err(|error| {
            let rest: Vec<String> = rest.iter().map(|(place, offset)| format!("{place}={offset}")).collect();
            error
                .context(format_args!("offsets of group {group} to be set again by hand: {}", rest.join(" ")))
        })
    }

    fn delete_group(&self, group: &str) -> Result<()> {
        let done = wait(self.inner.delete_groups(&[group], &self.options()))
            .map_err(|error| self.explain(&error))?;
        match done.into_iter().next() {
            Some(Err((_, code))) => Err(code_error(code).context(format_args!("group {group}"))),
            _ => Ok(()),
        }
    }
}

/// Results in the order of the request.
fn in_order<'a>(
    names: impl Iterator<Item = &'a str>,
    done: Vec<std::result::Result<String, (String, ::rdkafka::types::RDKafkaErrorCode)>>,
) -> Vec<Result<()>> {
    let mut done: BTreeMap<String, Result<()>> = done
        .into_iter()
        .map(|result| match result {
            Ok(name) => (name, Ok(())),
            Err((name, code)) => {
                let error = code_error(code).context(format_args!("topic {name}"));
                (name, Err(error))
            }
        })
        .collect();
    let missing = || Err(Error::new(ErrorKind::Retriable, "the broker did not answer for this topic"));
    names.map(|name| done.remove(name).unwrap_or_else(missing)).collect()
}

/// Waits for a future of the admin client, which has a thread of its own and a time limit.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
