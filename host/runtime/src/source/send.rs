//! One record on its way to the producer, and what becomes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_kafka::{Delivery, ProducerRecord, SendError};
use ferry_plugin_abi::data::Record;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::guarantee::Guarantee;
use super::pending::Pending;
use super::pipeline::Pipeline;
use super::transaction::OFFSETS;
use crate::chain::{ErrorPolicy, Origin, StageName, Verdict, WORKER_SOURCE_TASK};
use crate::crash;
use crate::errors::from_kafka;
use crate::tap::{Observer, Stages, What};

/// How long to look for acknowledgements while there is no room.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// What became of one record.
pub(super) enum Sent {
    /// The producer has it, or it was left out.
    Done { dropped: bool },
    /// Nothing: the same again after a while.
    Later,
    /// Nothing: the task is being stopped.
    Stopped,
}

impl Pipeline {
    /// Transforms, converts and sends one record.
    #[inline]
    pub(super) fn send_one<O: Observer>(
        &mut self,
        record: &Record<'_>,
        token: u64,
        on_topic: &mut dyn FnMut(Arc<str>),
        observer: &mut O,
    ) -> Result<Sent> {
        let mut out = *record;
        observer.see(Stages::POLL, What::Record(record));
        let origin = Origin::Source(record);
        let verdict =
            self.chain.apply_seen(&mut out, self.scratch.arena(), &mut self.policy, &origin, observer)?;
        if verdict == Verdict::Skip {
            self.pending.skipped(token);
            return Ok(Sent::Done { dropped: true });
        }
        let Verdict::Go(bytes) = self.converters.to_bytes(&out, &mut self.policy, &origin)? else {
            self.pending.skipped(token);
            return Ok(Sent::Done { dropped: true });
        };
        observer.see(Stages::CONVERTER, What::Bytes(&out, &bytes));
        let to_send = ProducerRecord {
            topic: out.topic(),
            partition: out.partition(),
            timestamp: timestamp(out.timestamp())?,
            key: bytes.key,
            value: bytes.value,
            headers: &bytes.headers,
        };
        if let Guarantee::ExactlyOnce(once) = &mut self.guarantee {
            if once.offsets.topic() == to_send.topic {
                // Reading offsets would wait for the transaction, which would wait for the task.
                return Err(Error::fatal(
                    "Source tasks may not produce to their own offsets topics when exactly-once support is enabled",
                ));
            }
            once.begin(&mut *self.producer)?;
        }
        if let Some(creator) = &mut self.creator
            && let Err(error) = creator.ensure(to_send.topic)
        {
            return later(&to_send, error);
        }
        if !self.topics.iter().any(|t| **t == *to_send.topic) {
            let topic: Arc<str> = to_send.topic.into();
            self.topics.push(topic.clone());
            on_topic(topic);
        }
        let mut since = None;
        loop {
            match self.producer.send(&to_send, token) {
                Ok(()) => break,
                Err(SendError::Failed(error)) if error.is_retriable() => {
                    return later(&to_send, from_kafka(error));
                }
                Err(SendError::Failed(error)) => {
                    refused(&mut self.pending, &mut self.policy, &mut self.guarantee, token, error)?;
                    break;
                }
                Err(SendError::Full) => {
                    let since = *since.get_or_insert_with(Instant::now);
                    if self.control.stopping() {
                        // What was not sent is not done: its offsets are not stored.
                        return Ok(Sent::Stopped);
                    }
                    if since.elapsed() > self.producer.max_block() {
                        return Err(Error::fatal(format!(
                            "no room in the producer for a record of topic {} within max.block.ms",
                            to_send.topic
                        )));
                    }
                    self.producer.poll(LOOK, &mut self.deliveries).map_err(from_kafka)?;
                    settle(&mut self.deliveries, &mut self.pending, &mut self.policy, &mut self.guarantee)?;
                }
            }
        }
        crash::point("send");
        Ok(Sent::Done { dropped: false })
    }
}

/// A record that may pass later is not the end of the task.
fn later(record: &ProducerRecord<'_>, error: Error) -> Result<Sent> {
    if error.kind() != ErrorKind::Retriable {
        return Err(error);
    }
    let error = error.trace();
    tracing::warn!(
        topic = record.topic,
        partition = record.partition,
        error,
        "record not sent, trying again"
    );
    Ok(Sent::Later)
}

fn timestamp(millis: Option<i64>) -> Result<Option<i64>> {
    match millis {
        None | Some(-1) => Ok(None),
        Some(millis) if millis < 0 => Err(Error::fatal(format!("Invalid record timestamp {millis}"))
            .class("org.apache.kafka.common.InvalidRecordException")),
        millis => Ok(millis),
    }
}

/// Takes in what became of records.
pub(super) fn settle(
    deliveries: &mut Vec<Delivery>,
    pending: &mut Pending,
    policy: &mut ErrorPolicy,
    guarantee: &mut Guarantee,
) -> Result<()> {
    for delivery in deliveries.drain(..).filter(|delivery| delivery.token != OFFSETS) {
        crash::point("ack");
        match delivery.result {
            Ok(metadata) => pending.written(delivery.token, metadata.partition, metadata.offset),
            Err(error) => refused(pending, policy, guarantee, delivery.token, error)?,
        }
    }
    Ok(())
}

/// The broker or the client did not take a record. At least once the task goes on behind it where that is
/// tolerated; one that was refused for the company it was in comes again when the task is restarted.
fn refused(
    pending: &mut Pending,
    policy: &mut ErrorPolicy,
    guarantee: &mut Guarantee,
    token: u64,
    error: ferry_kafka::Error,
) -> Result<()> {
    let at_fault = error.kind() != ferry_kafka::ErrorKind::BatchTooLarge;
    let error = from_kafka(error);
    if let Guarantee::ExactlyOnce(once) = guarantee {
        // Its transaction cannot be committed: that is where the task hears of it.
        once.failed.get_or_insert(error);
        pending.skipped(token);
        return Ok(());
    }
    if !policy.tolerate_all || !at_fault {
        return Err(error.context(ErrorKind::Fatal, "Unrecoverable exception from producer send callback"));
    }
    if let Some((batch, index)) = pending.place(token) {
        let origin = Origin::Source(&batch.records()[index]);
        let _: Verdict<()> = policy.judge(StageName::KafkaProduce, WORKER_SOURCE_TASK, &origin, error)?;
    }
    pending.given_up(token);
    Ok(())
}
