//! A producer of the embedded log: batches per partition, written by the sender's own thread.

use super::batch::BatchBuilder;
use super::partitioner;
use super::store::{Store, now_ms};
use super::topic::Topic;
use crate::config::Settings;
use crate::{Delivery, Error, ErrorKind, Producer, ProducerRecord, RecordMetadata, Result, SendError};
use std::sync::Arc;
use std::time::Duration;

pub(super) struct EmbeddedProducer {
    store: Arc<Store>,
    batch_bytes: usize,
    max_request: usize,
    max_block: Duration,
    transaction: Option<Transactional>,
    /// Few in practice; the last one used is tried first.
    open: Vec<OpenTopic>,
    last: usize,
    pending: usize,
    pending_bytes: usize,
    done: Vec<Delivery>,
    unsynced: bool,
}

/// Bytes waiting in the batches of all partitions together at which they are written.
const PENDING_BYTES: usize = 4 << 20;
/// Outcomes not polled at which no more records are taken.
const DONE_LIMIT: usize = 1 << 20;

struct Transactional {
    id: String,
    /// `None` before `init_transactions`.
    epoch: Option<u64>,
    active: bool,
    /// Why the open transaction cannot be committed.
    failed: Option<Error>,
}

struct OpenTopic {
    topic: Arc<Topic>,
    sticky: usize,
    batches: Vec<OpenBatch>,
}

struct OpenBatch {
    builder: BatchBuilder,
    /// Token and timestamp of each record.
    waiting: Vec<(u64, i64)>,
}

impl EmbeddedProducer {
    pub(super) fn new(store: Arc<Store>, settings: &Settings<'_>) -> Result<Self> {
        Ok(Self {
            store,
            batch_bytes: settings.number("batch.size", 256 << 10)?.clamp(1, 16 << 20) as usize,
            max_request: settings.number("max.request.size", 1 << 20)?.max(0) as usize,
            max_block: settings.duration("max.block.ms", Duration::from_secs(60))?,
            transaction: settings.get("transactional.id").map(|id| Transactional {
                id: id.to_owned(),
                epoch: None,
                active: false,
                failed: None,
            }),
            open: Vec::new(),
            last: 0,
            pending: 0,
            pending_bytes: 0,
            done: Vec::new(),
            unsynced: false,
        })
    }

    fn topic_index(&mut self, name: &str) -> Result<usize> {
        let is_it = |open: &OpenTopic| &*open.topic.name == name && !open.topic.is_deleted();
        if self.open.get(self.last).is_some_and(is_it) {
            return Ok(self.last);
        }
        if let Some(index) = self.open.iter().position(is_it) {
            self.last = index;
            return Ok(index);
        }
        // A deleted topic keeps its place until its records are answered.
        let topic = self.store.topic_or_create(name)?;
        let batches =
            topic.partitions.iter().map(|_| OpenBatch { builder: BatchBuilder::new(), waiting: Vec::new() });
        self.open.retain(|open| {
            !open.topic.is_deleted() || open.batches.iter().any(|batch| !batch.waiting.is_empty())
        });
        self.open.push(OpenTopic { batches: batches.collect(), topic, sticky: 0 });
        self.pending_bytes =
            self.open.iter().flat_map(|open| &open.batches).map(|batch| batch.builder.len()).sum();
        self.last = self.open.len() - 1;
        Ok(self.last)
    }

    /// Writes one batch and notes what became of its records.
    fn write(&mut self, index: usize, partition: usize) {
        let open = &mut self.open[index];
        let batch = &mut open.batches[partition];
        if batch.waiting.is_empty() {
            return;
        }
        let number = partition as i32;
        let written = match &self.transaction {
            None => self.store.append(&open.topic, number, &mut batch.builder, 0),
            Some(transaction) => match transaction.epoch {
                Some(epoch) => self.store.append_transactional(
                    &transaction.id,
                    epoch,
                    &open.topic,
                    number,
                    &mut batch.builder,
                ),
                None => Err(Error::new(ErrorKind::Invalid, "init_transactions has not been called")),
            },
        };
        match &written {
            Ok(_) => self.unsynced = true,
            Err(error) => note_failure(&mut self.transaction, error),
        }
        self.pending_bytes -= batch.builder.len();
        self.pending -= batch.waiting.len();
        let append_time = open.topic.settings.append_time.then(now_ms);
        self.done.extend(batch.waiting.drain(..).enumerate().map(|(position, (token, timestamp))| {
            Delivery {
                token,
                result: written.clone().map(|base| RecordMetadata {
                    partition: number,
                    offset: base + position as i64,
                    timestamp: Some(append_time.unwrap_or(timestamp)),
                }),
            }
        }));
        batch.builder.clear();
        self.pending_bytes += batch.builder.len();
        open.sticky = (open.sticky + 1) % open.batches.len();
    }

    fn write_all(&mut self) {
        if self.pending == 0 {
            return;
        }
        for index in 0..self.open.len() {
            for partition in 0..self.open[index].batches.len() {
                self.write(index, partition);
            }
        }
    }

    fn hand_out(&mut self, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.write_all();
        if self.unsynced {
            self.store.engine.sync_records()?;
            self.unsynced = false;
        }
        deliveries.append(&mut self.done);
        Ok(())
    }

    fn transactional(&mut self) -> Result<&mut Transactional> {
        self.transaction.as_mut().ok_or_else(|| {
            Error::new(ErrorKind::Config, "transactions need transactional.id in the producer's settings")
        })
    }

    fn registered(&mut self) -> Result<(String, u64)> {
        let transaction = self.transactional()?;
        match transaction.epoch {
            Some(epoch) => Ok((transaction.id.clone(), epoch)),
            None => Err(Error::new(ErrorKind::Invalid, "init_transactions has not been called")),
        }
    }
}

impl Producer for EmbeddedProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        if self.transaction.as_ref().is_some_and(|transaction| !transaction.active) {
            return Err(SendError::Failed(Error::new(
                ErrorKind::Invalid,
                "a transactional producer has to begin a transaction before it sends",
            )));
        }
        if self.done.len() >= DONE_LIMIT {
            return Err(SendError::Full);
        }
        let index = self.topic_index(record.topic).map_err(SendError::Failed)?;
        let open = &mut self.open[index];
        let partition = match (record.partition, record.key) {
            (Some(partition), _) => {
                open.topic.partition(partition).map_err(SendError::Failed)?;
                partition.unsigned_abs() as usize
            }
            (None, Some(key)) => partitioner::keyed(key, open.batches.len()),
            (None, None) => open.sticky,
        };
        let size = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        let size = size
            + record
                .headers
                .iter()
                .map(|(name, value)| name.len() + value.map_or(0, <[u8]>::len))
                .sum::<usize>();
        if size > self.max_request {
            return Err(SendError::Failed(too_large(record, size, "max.request.size", self.max_request)));
        }
        let refused = if size > open.topic.settings.max_message_bytes {
            Some(too_large(
                record,
                size,
                "the topic's max.message.bytes",
                open.topic.settings.max_message_bytes,
            ))
        } else if open.topic.settings.compact && record.key.is_none() {
            Some(Error::new(
                ErrorKind::Invalid,
                format!(
                    "topic {} is compacted (cleanup.policy): a record without a key cannot be written to it",
                    record.topic
                ),
            ))
        } else {
            None
        };
        if let Some(error) = refused {
            note_failure(&mut self.transaction, &error);
            self.done.push(Delivery { token, result: Err(error) });
            return Ok(());
        }
        let timestamp = match record.timestamp {
            Some(timestamp) if !open.topic.settings.append_time => timestamp,
            _ => now_ms(),
        };
        let batch = &mut open.batches[partition];
        let before = batch.builder.len();
        batch.builder.push(record, timestamp);
        batch.waiting.push((token, timestamp));
        self.pending_bytes += batch.builder.len() - before;
        self.pending += 1;
        if batch.builder.len() >= self.batch_bytes {
            self.write(index, partition);
        } else if self.pending_bytes >= PENDING_BYTES {
            self.write_all();
        }
        Ok(())
    }

    fn poll(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.hand_out(deliveries)
    }

    fn flush(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.hand_out(deliveries)
    }

    fn in_flight(&self) -> usize {
        self.pending + self.done.len()
    }

    fn max_block(&self) -> Duration {
        self.max_block
    }

    fn init_transactions(&mut self, _timeout: Duration) -> Result<()> {
        let id = self.transactional()?.id.clone();
        let epoch = self.store.register_producer(&id)?;
        self.transactional()?.epoch = Some(epoch);
        Ok(())
    }

    fn begin_transaction(&mut self) -> Result<()> {
        let (id, epoch) = self.registered()?;
        self.store.begin(&id, epoch)?;
        let transaction = self.transactional()?;
        transaction.active = true;
        transaction.failed = None;
        Ok(())
    }

    fn commit_transaction(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let (id, epoch) = self.registered()?;
        self.write_all();
        self.hand_out(deliveries)?;
        if let Some(error) = &self.transactional()?.failed {
            return Err(match error.kind() {
                ErrorKind::Fenced | ErrorKind::Fatal => error.clone(),
                _ => Error::new(
                    ErrorKind::AbortTransaction,
                    format!("a record of the transaction failed: {error}"),
                ),
            });
        }
        self.store.commit_transaction(&id, epoch)?;
        self.transactional()?.active = false;
        Ok(())
    }

    fn abort_transaction(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let (id, epoch) = self.registered()?;
        for open in &mut self.open {
            for batch in &mut open.batches {
                self.pending_bytes -= batch.builder.len();
                batch.builder.clear();
                self.pending_bytes += batch.builder.len();
                self.pending -= batch.waiting.len();
                self.done.extend(batch.waiting.drain(..).map(|(token, _)| Delivery {
                    token,
                    result: Err(Error::new(ErrorKind::AbortTransaction, "the transaction was aborted")),
                }));
            }
        }
        self.hand_out(deliveries)?;
        self.store.abort_transaction(&id, epoch)?;
        self.transactional()?.active = false;
        Ok(())
    }
}

impl Drop for EmbeddedProducer {
    fn drop(&mut self) {
        // A broker would end it after transaction.timeout.ms; here nobody else does.
        if let Some(Transactional { id, epoch: Some(epoch), active: true, .. }) = &self.transaction
            && let Err(error) = self.store.abort_transaction(id, *epoch)
        {
            tracing::debug!(transactional_id = id, %error, "transaction of a closed producer was not aborted");
        }
    }
}

fn note_failure(transaction: &mut Option<Transactional>, error: &Error) {
    if let Some(transaction) = transaction.as_mut().filter(|transaction| transaction.active) {
        transaction.failed.get_or_insert_with(|| error.clone());
    }
}

fn too_large(record: &ProducerRecord<'_>, size: usize, limit_name: &str, limit: usize) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("a record of topic {} has {size} bytes, more than {limit_name} = {limit}", record.topic),
    )
}
