//! What a source task promises about its records, and what it needs for that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_plugin_abi::Error;
use ferry_plugin_abi::api::Ack;
use ferry_plugin_abi::data::{Batch, Value};

use super::boundary::{Boundary, Marks};
use super::latest::Latest;
use crate::stores::{OffsetStore, TransactionalOffsets};

/// How often a record may be in Kafka.
pub enum Guarantee {
    /// Once or, after a crash, more often: offsets are stored after the broker has the records.
    AtLeastOnce(AtLeastOnce),
    /// Once: records and offsets are written in one transaction.
    ExactlyOnce(Box<ExactlyOnce>),
}

/// Offsets on their way to the store.
pub struct AtLeastOnce {
    pub(super) offsets: Arc<dyn OffsetStore>,
    /// Safe to store, not stored yet.
    pub(super) unstored: Vec<(Value, Value)>,
    pub(super) interval: Duration,
    pub(super) next: Instant,
}

impl AtLeastOnce {
    /// Offsets go to `offsets` every `interval` (`offset.flush.interval.ms`).
    pub fn new(offsets: Arc<dyn OffsetStore>, interval: Duration) -> Self {
        Self { offsets, unstored: Vec::new(), interval, next: Instant::now() + interval }
    }
}

/// The open transaction of a task.
pub struct ExactlyOnce {
    pub(super) offsets: Arc<dyn TransactionalOffsets>,
    pub(super) boundary: Boundary,
    /// `transaction.timeout.ms`: the broker ends a transaction that is open longer.
    pub(super) timeout: Duration,
    /// Since when a transaction is open.
    pub(super) open: Option<Instant>,
    /// The first record that the open transaction can hold.
    pub(super) first_token: u64,
    /// Records that it holds.
    pub(super) size: u64,
    /// Offsets of what was sent since the last commit.
    pub(super) latest: Latest,
    /// Requests for the batch that is being sent.
    pub(super) marks: Marks,
    /// Why the open transaction cannot be committed.
    pub(super) failed: Option<Error>,
    /// Batches whose transactions are committed, for `commit_records`.
    pub(super) committed: Vec<(Batch, Vec<Ack>)>,
}

impl ExactlyOnce {
    /// Nothing is open. `timeout` is the producer's `transaction.timeout.ms`.
    pub fn new(offsets: Arc<dyn TransactionalOffsets>, boundary: Boundary, timeout: Duration) -> Self {
        Self {
            offsets,
            boundary,
            timeout,
            open: None,
            first_token: 0,
            size: 0,
            latest: Latest::default(),
            marks: Marks::default(),
            failed: None,
            committed: Vec::new(),
        }
    }

    /// Whether the time of the open transaction is over.
    pub(super) fn is_overdue(&self) -> bool {
        self.is_dirty() && matches!(self.boundary, Boundary::Interval { next, .. } if Instant::now() >= next)
    }

    /// Whether there is something to commit.
    pub(super) fn is_dirty(&self) -> bool {
        self.open.is_some() || !self.latest.is_empty()
    }
}
