//! Producing: records in, delivery results out, nothing allocated per record.

use crate::{Error, ErrorKind, ProducerRecord, Result};
use std::time::{Duration, Instant};

/// Why [`Producer::send`] did not take a record.
#[derive(Clone, Debug)]
pub enum SendError {
    /// The queue is at its bound in bytes (`buffer.memory`) or records: poll, then send again.
    Full,
    /// The record or the producer is at fault.
    Failed(Error),
}

/// Where a record went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordMetadata {
    /// Partition the record was written to.
    pub partition: i32,
    /// Its offset there; -1 where `acks=0` leaves it unknown.
    pub offset: i64,
    /// Its timestamp in milliseconds since 1970, where it has one.
    pub timestamp: Option<i64>,
}

/// The outcome of one [`Producer::send`].
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The token given to `send`.
    pub token: u64,
    /// Where the record is, or why it is nowhere.
    pub result: Result<RecordMetadata>,
}

/// Writes records to topics; records of one partition keep the order of their `send`s.
///
/// A producer belongs to one thread at a time. Dropping it drops what was not delivered: call
/// [`flush`](Self::flush) first.
pub trait Producer: Send {
    /// Copies `record` into the queue; its [`Delivery`] with `token` comes out of a later `poll`.
    ///
    /// Never blocks for the broker. The embedded log writes a full batch here.
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError>;

    /// Starts sending what is queued and appends finished deliveries to `deliveries`.
    ///
    /// Waits up to `timeout` for at least one of them; returns at once where nothing is in flight.
    /// Must be called after each run of `send`s, with a zero timeout where there is other work. An
    /// error means that the producer itself is unusable (fenced, fatal); failures of single
    /// records are deliveries.
    fn poll(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()>;

    /// Waits until nothing is in flight; [`ErrorKind::TimedOut`] where `timeout` is too short.
    fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()>;

    /// Records taken by `send` whose delivery has not been handed out yet.
    fn in_flight(&self) -> usize;

    /// How long a sender may wait for room or metadata (`max.block.ms`).
    fn max_block(&self) -> Duration;

    /// Registers the `transactional.id`: fences older producers, ends what they left open.
    fn init_transactions(&mut self, timeout: Duration) -> Result<()>;

    /// Opens a transaction; following `send`s are part of it.
    fn begin_transaction(&mut self) -> Result<()>;

    /// Flushes and commits; on success everything sent since `begin_transaction` is visible to
    /// `read_committed` consumers at once.
    fn commit_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()>;

    /// Drops everything sent since `begin_transaction`; what was queued is delivered as an error.
    fn abort_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()>;

    /// [`send`](Self::send), waiting up to [`max_block`](Self::max_block) for room while polling.
    fn send_or_wait(
        &mut self,
        record: &ProducerRecord<'_>,
        token: u64,
        deliveries: &mut Vec<Delivery>,
    ) -> Result<()> {
        match self.send(record, token) {
            Ok(()) => return Ok(()),
            Err(SendError::Failed(error)) => return Err(error),
            Err(SendError::Full) => {}
        }
        let start = Instant::now();
        loop {
            self.poll(Duration::from_millis(50), deliveries)?;
            match self.send(record, token) {
                Ok(()) => return Ok(()),
                Err(SendError::Failed(error)) => return Err(error),
                Err(SendError::Full) if start.elapsed() < self.max_block() => {}
                Err(SendError::Full) => {
                    return Err(Error::new(
                        ErrorKind::TimedOut,
                        format!(
                            "no room for a record of topic {} within {} ms (max.block.ms): the broker \
                             takes records more slowly than they arrive",
                            record.topic,
                            self.max_block().as_millis()
                        ),
                    ));
                }
            }
        }
    }
}
