//! From a polled batch to acknowledged records and stored offsets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_kafka::{Delivery, Producer, ProducerRecord, SendError};
use ferry_plugin_abi::api::Ack;
use ferry_plugin_abi::data::{Batch, Scratch, Value};
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::pending::Pending;
use crate::chain::{Chain, Converters, ErrorPolicy, Origin, StageName, Verdict};
use crate::crash;
use crate::errors::from_kafka;
use crate::executor::Control;
use crate::stores::OffsetStore;

/// The producing half of a source task. The task's thread holds its lock while it sends; between
/// polls that take long the supervisor takes it to store offsets.
pub struct Pipeline {
    pub(super) connector: Arc<str>,
    pub(super) chain: Chain,
    pub(super) converters: Converters,
    pub(super) policy: ErrorPolicy,
    pub(super) producer: Box<dyn Producer>,
    pub(super) offsets: Arc<dyn OffsetStore>,
    pub(super) control: Arc<Control>,
    pending: Pending,
    deliveries: Vec<Delivery>,
    scratch: Scratch,
    max_bytes: usize,
    /// Safe to store, not stored yet.
    unstored: Vec<(Value, Value)>,
    /// Offsets were stored and the task was not told yet.
    pub(super) commit_due: bool,
    flush_interval: Duration,
    next_flush: Instant,
    topics: Vec<Arc<str>>,
    /// Found by the supervisor, for the task's thread to fail with.
    failure: Option<Error>,
}

/// What a pipeline is made of.
pub struct Parts {
    /// The connector's name.
    pub connector: Arc<str>,
    /// Its transforms.
    pub chain: Chain,
    /// Its converters.
    pub converters: Converters,
    /// Its rules for errors.
    pub policy: ErrorPolicy,
    /// Its producer.
    pub producer: Box<dyn Producer>,
    /// Where its offsets go.
    pub offsets: Arc<dyn OffsetStore>,
    /// The task's control.
    pub control: Arc<Control>,
    /// Whether the task wants `commit_records`.
    pub keep_acks: bool,
    /// Memory of batches in flight, in bytes.
    pub max_bytes: usize,
    /// `offset.flush.interval.ms`
    pub flush_interval: Duration,
}

impl Pipeline {
    /// A pipeline with nothing in flight.
    pub fn new(parts: Parts) -> Self {
        Self {
            pending: Pending::new(parts.keep_acks),
            deliveries: Vec::new(),
            scratch: Scratch::new(),
            unstored: Vec::new(),
            commit_due: false,
            next_flush: Instant::now() + parts.flush_interval,
            topics: Vec::new(),
            failure: None,
            connector: parts.connector,
            chain: parts.chain,
            converters: parts.converters,
            policy: parts.policy,
            producer: parts.producer,
            offsets: parts.offsets,
            control: parts.control,
            max_bytes: parts.max_bytes,
            flush_interval: parts.flush_interval,
        }
    }

    /// Sends all records of `batch`. Waits while too much is in flight. `on_topic` hears of each topic
    /// once between two commits. A task that is being stopped keeps what it has sent and leaves the rest to the next run.
    pub fn send(&mut self, batch: Batch, on_topic: &mut dyn FnMut(Arc<str>)) -> Result<()> {
        self.make_room()?;
        let first = self.pending.submit(batch.clone());
        for (index, record) in batch.records().iter().enumerate() {
            let token = first + index as u64;
            let mut out = *record;
            let arena = self.scratch.arena();
            let origin = Origin::Source(record);
            if self.chain.apply(&mut out, arena, &mut self.policy, &origin)? == Verdict::Skip {
                self.pending.skipped(token);
                continue;
            }
            let Verdict::Go(bytes) = self.converters.to_bytes(&out, &mut self.policy, &origin)? else {
                self.pending.skipped(token);
                continue;
            };
            let to_send = ProducerRecord {
                topic: out.topic(),
                partition: out.partition(),
                timestamp: timestamp(out.timestamp())?,
                key: bytes.key,
                value: bytes.value,
                headers: &bytes.headers,
            };
            if !self.topics.iter().any(|t| **t == *out.topic()) {
                let topic: Arc<str> = out.topic().into();
                self.topics.push(topic.clone());
                on_topic(topic);
            }
            let waiting_since = Instant::now;
            let mut since = None;
            loop {
                match self.producer.send(&to_send, token) {
                    Ok(()) => break,
                    Err(SendError::Failed(error)) => {
                        refused(&mut self.pending, &self.policy, token, error)?;
                        break;
                    }
                    Err(SendError::Full) => {
                        let since = *since.get_or_insert_with(waiting_since);
                        if self.control.stopping() {
                            // What was not sent is not done: its offsets are not stored.
                            return Ok(());
                        }
                        if since.elapsed() > self.producer.max_block() {
                            return Err(Error::fatal(format!(
                                "no room in the producer for a record of topic {} within max.block.ms",
                                out.topic()
                            )));
                        }
                        self.producer
                            .poll(Duration::from_millis(20), &mut self.deliveries)
                            .map_err(from_kafka)?;
                        settle(&mut self.pending, &mut self.policy, &mut self.deliveries)?;
                    }
                }
            }
            crash::point("send");
        }
        self.scratch.reset();
        self.poll_deliveries(Duration::ZERO)
    }

    fn make_room(&mut self) -> Result<()> {
        while self.pending.bytes() > self.max_bytes && !self.control.stopping() {
            self.poll_deliveries(Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// Takes in what the broker has acknowledged; waits up to `timeout` for something.
    pub fn poll_deliveries(&mut self, timeout: Duration) -> Result<()> {
        self.producer.poll(timeout, &mut self.deliveries).map_err(from_kafka)?;
        settle(&mut self.pending, &mut self.policy, &mut self.deliveries)
    }

    /// Takes in acknowledgements and stores offsets when it is time.
    pub fn upkeep(&mut self) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.poll_deliveries(Duration::ZERO)?;
        if Instant::now() >= self.next_flush
            && let Err(error) = self.flush_offsets()
        {
            tracing::error!(error = error.trace(), "offsets not stored, trying again at the next interval");
        }
        Ok(())
    }

    /// [`Pipeline::upkeep`] on the supervisor's thread: a failure waits for the task's own.
    pub fn upkeep_aside(&mut self) {
        if let Err(error) = self.upkeep() {
            self.failure = Some(error);
        }
    }

    /// Stores the offsets of all that is acknowledged. A failure keeps them for the next time.
    pub fn flush_offsets(&mut self) -> Result<()> {
        self.next_flush = Instant::now() + self.flush_interval;
        for (partition, offset) in self.pending.committable() {
            match self.unstored.iter_mut().find(|(p, _)| *p == partition) {
                Some((_, old)) => *old = offset,
                None => self.unstored.push((partition, offset)),
            }
        }
        if !self.unstored.is_empty() && !self.control.abandoned() {
            crash::point("offset-write");
            let offsets: Vec<_> = self.unstored.iter().map(|(p, o)| (p.clone(), Some(o.clone()))).collect();
            self.offsets.put(&self.connector, &offsets)?;
            self.unstored.clear();
        }
        self.commit_due = true;
        // Topics that were reset meanwhile are told of again.
        self.topics.clear();
        crash::point("commit");
        Ok(())
    }

    /// Batches that are done with, for `commit_records`.
    pub fn take_finished(&mut self) -> Vec<(Batch, Vec<Ack>)> {
        self.pending.take_finished()
    }

    /// Waits up to `timeout` for what is in flight, then stores the offsets of what arrived.
    pub fn finish(&mut self, timeout: Duration) -> Result<()> {
        let flushed = self.producer.flush(timeout, &mut self.deliveries).map_err(from_kafka);
        let settled = settle(&mut self.pending, &mut self.policy, &mut self.deliveries);
        let stored = self.flush_offsets();
        flushed.and(settled).and(stored)
    }
}

fn timestamp(millis: Option<i64>) -> Result<Option<i64>> {
    match millis {
        None | Some(-1) => Ok(None),
        Some(millis) if millis < 0 => Err(Error::fatal(format!("Invalid record timestamp {millis}"))
            .class("org.apache.kafka.common.InvalidRecordException")),
        millis => Ok(millis),
    }
}

fn settle(pending: &mut Pending, policy: &mut ErrorPolicy, deliveries: &mut Vec<Delivery>) -> Result<()> {
    for delivery in deliveries.drain(..) {
        crash::point("ack");
        match delivery.result {
            Ok(metadata) => pending.written(delivery.token, metadata.partition, metadata.offset),
            Err(error) => refused(pending, policy, delivery.token, error)?,
        }
    }
    Ok(())
}

/// The broker or the client did not take a record.
fn refused(pending: &mut Pending, policy: &ErrorPolicy, token: u64, error: ferry_kafka::Error) -> Result<()> {
    let error = from_kafka(error);
    if !policy.tolerate_all {
        return Err(error.context(ErrorKind::Fatal, "Unrecoverable exception from producer send callback"));
    }
    let stage = StageName::KafkaProduce.name();
    tracing::error!(stage, topic = pending.topic(token), error = %error, "record not produced, error tolerated");
    pending.skipped(token);
    Ok(())
}
