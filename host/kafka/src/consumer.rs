//! Consuming: groups, rebalances as returned events, batches of borrowed records.

use crate::{ConsumerRecord, Error, Result, TopicPartition};
use std::sync::Arc;
use std::time::Duration;

/// What a group member wants to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// These topics (`topics`).
    Topics(Vec<String>),
    /// Every topic whose whole name matches this Java regular expression (`topics.regex`),
    /// Kafka's internal topics excepted; topics created later are found.
    Pattern(String),
}

/// A change of what the consumer owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebalanceEvent {
    /// These partitions are owned from now on, beyond those owned before; may be empty.
    Assigned(Vec<TopicPartition>),
    /// These partitions are to be given up.
    Revoked {
        /// The partitions to give up; all of them under an eager assignor.
        partitions: Vec<TopicPartition>,
        /// False: they are owned until the next `poll`, commit now. True: somebody else has them
        /// already, a commit would be refused (`onPartitionsLost`).
        lost: bool,
    },
}

/// Ends a wait of the client it came from; may be called from any thread and does not wait itself.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The outcome of one asynchronous [`Consumer::commit`].
#[derive(Clone, Debug)]
pub struct CommitResult {
    /// The offsets that were to be committed.
    pub offsets: Vec<(TopicPartition, i64)>,
    /// Whether they were.
    pub result: Result<()>,
}

/// Reads topics, as a group member ([`subscribe`](Self::subscribe)) or alone ([`assign`](Self::assign)).
///
/// A consumer belongs to one thread at a time. Members must `poll` or [`keep_alive`](Self::keep_alive) within
/// `max.poll.interval.ms`.
pub trait Consumer: Send {
    /// Joins the group of `group.id` for these topics; replaces an earlier subscription.
    fn subscribe(&mut self, subscription: &Subscription) -> Result<()>;

    /// Reads exactly these partitions without a group; `None` starts at the committed offset or
    /// as `auto.offset.reset` says. Replaces an earlier assignment.
    fn assign(&mut self, partitions: &[(TopicPartition, Option<i64>)]) -> Result<()>;

    /// Shows up to `max_records` records or about `max_bytes` bytes (keys and values; at least
    /// one record where there is any) to `on_record`; waits up to `timeout` for the first.
    ///
    /// A rebalance is *returned*, by a call that shows no record: the caller reacts (commits while
    /// it still owns the partitions, closes its writers), and the next call carries it out.
    /// `max_records` has the user's `max.poll.records` as an upper bound where that is set.
    fn poll(
        &mut self,
        timeout: Duration,
        max_records: usize,
        max_bytes: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<Option<RebalanceEvent>>;

    /// What ends a [`poll`](Self::poll) that waits, or the next one, as if its time were up; `None`: nothing
    /// does, so that waits must be short.
    fn waker(&self) -> Option<Waker> {
        None
    }

    /// Keeps the group membership while the caller is busy with what it was shown: shows nothing, stops
    /// fetching until the next [`poll`](Self::poll), and does not wait. Like `poll`, it carries out the rebalance
    /// returned before, so it must not be called while the caller still reacts to that one.
    fn keep_alive(&mut self) -> Result<Option<RebalanceEvent>>;

    /// How long the group waits for the next `poll` or `keep_alive` before it puts this member out, and for its
    /// reaction to a rebalance (`max.poll.interval.ms`).
    fn max_poll_interval(&self) -> Duration;

    /// Stops showing records of these partitions; a partition that is not owned is ignored.
    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<()>;

    /// Takes back [`pause`](Self::pause).
    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<()>;

    /// The next record shown of this owned partition has this offset, or the first one after it.
    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<()>;

    /// The offset after the last record shown (or sought); `None` before there is one. Where nothing more
    /// is visible, the embedded log passes over what was aborted or compacted away; a cluster's consumer does
    /// so with `enable.partition.eof=true`.
    fn position(&self, partition: &TopicPartition) -> Option<i64>;

    /// The group's committed offsets, `None` where there is none; waits for the broker.
    fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>>;

    /// The partitions owned now, in order.
    fn assignment(&self) -> Vec<TopicPartition>;

    /// Commits for the group: each offset is the next one to be read.
    ///
    /// `sync` waits for the broker; otherwise the outcome comes out of
    /// [`poll_commits`](Self::poll_commits). [`crate::ErrorKind::NotOwner`] after a rebalance took the
    /// partitions away.
    fn commit(&mut self, offsets: &[(TopicPartition, i64)], sync: bool) -> Result<()>;

    /// Moves the outcomes of asynchronous commits that finished (seen by `poll`) to `done`.
    fn poll_commits(&mut self, done: &mut Vec<CommitResult>);

    /// First offsets still there; waits for the broker.
    fn beginning_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>>;

    /// Offsets after the last record visible to this consumer's `isolation.level`; waits for the broker.
    fn end_offsets(&mut self, partitions: &[TopicPartition]) -> Result<Vec<i64>>;

    /// Errors of the connection that did not fail a call (brokers down, throttled): the last one
    /// since the previous call, for the task's status.
    fn last_warning(&mut self) -> Option<Error> {
        None
    }

    /// Leaves the group at once, so that others need not wait for the session to time out.
    /// Commits nothing.
    fn close(self: Box<Self>) -> Result<()>;
}
