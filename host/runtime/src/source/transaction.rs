//! Transactions of a source task with exactly-once support (`ExactlyOnceWorkerSourceTask`).

use std::time::{Duration, Instant};

use ferry_kafka::ProducerRecord;
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::boundary::Ending;
use super::guarantee::{ExactlyOnce, Guarantee};
use super::pipeline::Pipeline;
use crate::crash;
use crate::errors::from_kafka;

/// The token of records that hold offsets.
pub(super) const OFFSETS: u64 = u64::MAX;
/// How long one call waits before it is looked whether the task was given up.
const STEP: Duration = Duration::from_secs(1);
/// Time to end what a failed task has left open.
const ABORT: Duration = Duration::from_secs(5);

impl Pipeline {
    /// Takes over the `transactional.id`: tasks that ran before under this name can write nothing more. Does
    /// nothing for tasks without transactions, or when the task is to stop.
    pub fn register(&mut self) -> Result<()> {
        if !matches!(self.guarantee, Guarantee::ExactlyOnce(_)) {
            return Ok(());
        }
        while !self.control.stopping() {
            match self.producer.init_transactions(STEP) {
                Err(error) if error.is_retriable() => {
                    tracing::warn!(error = %error, "transactional.id not registered yet, trying again");
                }
                done => return done.map_err(from_kafka),
            }
        }
        Ok(())
    }

    /// Begins to count the time of transactions; before the first batch and after each pause.
    pub fn enter_loop(&mut self) {
        if let Guarantee::ExactlyOnce(once) = &mut self.guarantee {
            once.boundary.begin();
        }
    }

    /// A poll returned, and all that came with it is sent: ends the transaction where that is the rule.
    pub(super) fn batch_dispatched(&mut self) -> Result<()> {
        let Guarantee::ExactlyOnce(once) = &mut self.guarantee else { return Ok(()) };
        let ending = once.boundary.after_batch(&mut once.marks)?;
        self.end_transaction(ending, false)
    }

    /// The batches of the open transaction take all the room there is. A transaction that ends by time ends now, and
    /// the task can be told of them; one that the connector ends goes on, or it would never reach its end: `Ok(true)`.
    pub(super) fn end_early(&mut self) -> Result<bool> {
        let Guarantee::ExactlyOnce(once) = &self.guarantee else { return Ok(false) };
        if once.boundary.per_record() {
            return Ok(once.committed.is_empty());
        }
        self.commit_final(false)?;
        // Batches of which nothing was sent are in no transaction.
        if let Guarantee::ExactlyOnce(once) = &mut self.guarantee
            && !once.is_dirty()
        {
            once.committed.extend(self.pending.take_finished());
        }
        Ok(false)
    }

    /// The task stops or pauses: commits, unless the connector alone decides about that.
    pub(super) fn commit_final(&mut self, last: bool) -> Result<()> {
        let Guarantee::ExactlyOnce(once) = &mut self.guarantee else { return Ok(()) };
        let ending = once.boundary.at_end(&mut once.marks)?;
        self.end_transaction(ending, last)
    }

    pub(super) fn end_transaction(&mut self, ending: Option<Ending>, last: bool) -> Result<()> {
        if ending == Some(Ending::Abort) {
            self.abort_transaction(STEP * 30).map_err(from_kafka)?;
        }
        let Guarantee::ExactlyOnce(once) = &self.guarantee else { return Ok(()) };
        if ending.is_none() || !once.is_dirty() {
            if last {
                once.offsets.committed(&self.id.connector, &[], last);
            }
            return Ok(());
        }
        if self.control.abandoned() {
            return Err(Error::fatal("the task was given up, its transaction is not committed"));
        }
        let began = Instant::now();
        let committed = self.commit_transaction(last);
        self.metrics().committed(began.elapsed(), committed.is_ok());
        committed.map_err(|error| self.commit_failed(error))
    }

    /// Fails once a record of the open transaction has failed: it can only be dropped.
    pub(super) fn check_transaction(&mut self) -> Result<()> {
        let Guarantee::ExactlyOnce(once) = &mut self.guarantee else { return Ok(()) };
        match once.failed.take() {
            Some(failed) => Err(self.commit_failed(failed)),
            None => Ok(()),
        }
    }

    /// Writes the offsets into the transaction and commits it.
    fn commit_transaction(&mut self, last: bool) -> Result<()> {
        let Self { guarantee: Guarantee::ExactlyOnce(once), producer, deliveries, id, control, .. } = self
        else {
            return Ok(());
        };
        if let Some(failed) = once.failed.take() {
            return Err(failed);
        }
        crash::point("offset-write");
        let offsets = once.latest.offsets();
        let wanted: Vec<(Value, Option<Value>)> =
            offsets.iter().map(|(partition, offset)| (partition.clone(), Some(offset.clone()))).collect();
        let records = once.offsets.records(&id.connector, &wanted)?;
        once.begin(&mut **producer)?;
        for (key, value) in &records {
            let record = ProducerRecord {
                topic: once.offsets.topic(),
                key: Some(key),
                value: value.as_deref(),
                ..ProducerRecord::default()
            };
            producer.send_or_wait(&record, OFFSETS, deliveries).map_err(from_kafka)?;
        }
        crash::point("transaction-commit");
        loop {
            match producer.commit_transaction(STEP, deliveries) {
                // Whether it took effect is not known: asking again is the only way to know.
                Err(error) if error.is_retriable() && !control.abandoned() => {
                    tracing::warn!(error = %error, "transaction not committed yet, trying again");
                }
                done => break done.map_err(from_kafka)?,
            }
        }
        crash::point("commit");
        once.open = None;
        once.latest.clear();
        let size = std::mem::take(&mut once.size);
        self.metrics().transaction(size);
        self.settle()?;
        let finished = self.pending.take_finished();
        if let Guarantee::ExactlyOnce(once) = &mut self.guarantee {
            once.first_token = self.dispatched;
            once.committed.extend(finished);
            once.offsets.committed(&self.id.connector, &offsets, last);
        }
        self.commit_due = true;
        // Topics that were reset meanwhile are told of again.
        self.topics.clear();
        Ok(())
    }

    /// Drops what the open transaction holds; its offsets stay for the next commit.
    fn abort_transaction(&mut self, timeout: Duration) -> ferry_kafka::Result<()> {
        let Guarantee::ExactlyOnce(once) = &mut self.guarantee else { return Ok(()) };
        if once.open.take().is_none() {
            return Ok(());
        }
        once.size = 0;
        let first = once.first_token;
        self.producer.abort_transaction(timeout, &mut self.deliveries)?;
        for delivery in self.deliveries.drain(..).filter(|delivery| delivery.token != OFFSETS) {
            self.pending.skipped(delivery.token);
        }
        self.pending.aborted(first);
        Ok(())
    }

    /// Ends what a task that failed has left open, so that readers of its topics need not wait.
    pub(super) fn drop_transaction(&mut self) -> Result<()> {
        self.abort_transaction(ABORT).map_err(from_kafka)
    }

    /// Why a commit failed, in the words of Connect.
    fn commit_failed(&mut self, error: Error) -> Error {
        let Guarantee::ExactlyOnce(once) = &mut self.guarantee else { return error };
        let id = &self.id;
        let overdue = once.open.is_some_and(|since| since.elapsed() >= once.timeout);
        if overdue && error.java_class().ends_with(".ProducerFencedException") {
            let cause = error.class("org.apache.kafka.common.errors.InvalidProducerEpochException");
            return cause.context(
                ErrorKind::Fatal,
                format!(
                    "The task {id} was unable to finish writing records to Kafka before its producer transaction \
                     expired. It may be necessary to reconfigure this connector in order for it to run healthily \
                     with exactly-once support. Options for this include: tune the connector's producer \
                     configuration for higher throughput, increase the transaction timeout for the connector's \
                     producers, decrease the offset commit interval (if using interval-based transaction \
                     boundaries), or use the 'poll' transaction boundary (if the connector is not already \
                     configured to use it)."
                ),
            );
        }
        // The first record that failed says more than the commit that could not follow.
        let fenced = error.java_class().ends_with(".ProducerFencedException");
        let cause = once.failed.take().filter(|_| !fenced).unwrap_or(error);
        cause.context(ErrorKind::Fatal, format!("Failed to flush offsets and/or records for task {id}"))
    }
}

impl ExactlyOnce {
    /// Opens a transaction where none is.
    pub(super) fn begin(&mut self, producer: &mut dyn ferry_kafka::Producer) -> Result<()> {
        if self.open.is_none() {
            producer.begin_transaction().map_err(from_kafka)?;
            self.open = Some(Instant::now());
        }
        Ok(())
    }
}
