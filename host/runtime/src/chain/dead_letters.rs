//! The dead letter queue of a sink task (`DeadLetterQueueReporter`, KIP-298).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_kafka::{Client, Delivery, NewTopic, Producer, ProducerRecord, SendError, TopicPartition};
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::context_headers::ContextHeaders;
use super::{Failure, Original, Ticket};
use crate::clients::{QUEUE, ToAdminister, ToProduce};
use crate::crash;
use crate::errors::from_kafka;
use crate::executor::{Control, lock};
use crate::metrics::TaskMetrics;

/// What a dead letter queue is made of.
pub struct Parts {
    /// The statistics of the task whose failed records it gets.
    pub metrics: Arc<TaskMetrics>,
    /// Its topic.
    pub topic: String,
    /// For the topic's creation; -1 for the broker's default.
    pub replication_factor: i16,
    /// Whether headers tell what went wrong.
    pub context_headers: bool,
    /// Makes its clients.
    pub kafka: Arc<dyn Client>,
    /// Its producer.
    pub producer: ToProduce,
    /// The admin client that looks for its topic.
    pub admin: ToAdminister,
    /// Ends waits when the task is to stop.
    pub control: Arc<Control>,
}

/// Sends failed records to their topic, and knows which of them have not arrived yet. May be used from any
/// thread; one at a time gets on.
pub struct DeadLetters {
    parts: Parts,
    state: Mutex<Option<Sending>>,
}

struct Sending {
    producer: Box<dyn Producer>,
    next: Ticket,
    waiting: BTreeMap<Ticket, Waiting>,
    /// Awaited records that did not arrive.
    failed: BTreeMap<Ticket, Error>,
    deliveries: Vec<Delivery>,
}

struct Waiting {
    place: TopicPartition,
    offset: i64,
    awaited: bool,
}

/// How long the lock is held for one look at the broker's answers.
const STEP: Duration = Duration::from_millis(10);

impl DeadLetters {
    /// A queue that is not open yet.
    pub fn new(parts: Parts) -> Self {
        Self { parts, state: Mutex::new(None) }
    }

    /// Creates the topic where it is missing, with one partition, and makes the producer.
    ///
    /// # Errors
    /// The topic is missing and cannot be created, in Connect's words.
    pub fn open(&self) -> Result<()> {
        let Parts { topic, replication_factor, kafka, .. } = &self.parts;
        let failed = |error: ferry_kafka::Error| {
            let message = format!("Could not initialize dead letter queue with topic={topic}");
            from_kafka(error).context(ErrorKind::Fatal, message)
        };
        let admin = self.parts.admin.make(&**kafka).map_err(failed)?;
        if !admin.list_topics().map_err(failed)?.contains(topic) {
            tracing::error!("Topic {topic} doesn't exist. Will attempt to create topic.");
            let new = NewTopic {
                partitions: 1,
                replication_factor: *replication_factor,
                ..NewTopic::new(topic.as_str())
            };
            for result in admin.create_topics(&[new]).map_err(failed)? {
                match result {
                    Err(error) if error.kind() == ferry_kafka::ErrorKind::AlreadyExists => {}
                    result => result.map_err(failed)?,
                }
            }
        }
        let producer = self.parts.producer.make(&**kafka, QUEUE).map_err(from_kafka)?;
        *lock(&self.state) = Some(Sending {
            producer,
            next: 0,
            waiting: BTreeMap::new(),
            failed: BTreeMap::new(),
            deliveries: Vec::new(),
        });
        Ok(())
    }

    /// Sends `original` on its way, with what went wrong. `None`: it will not arrive, which was logged.
    pub(super) fn send(
        &self,
        failure: &Failure<'_>,
        original: Original<'_>,
        awaited: bool,
    ) -> Result<Option<Ticket>> {
        self.parts.metrics.errors.dead_letter();
        let context = self
            .parts
            .context_headers
            .then(|| ContextHeaders::new(&self.parts.metrics.id, failure, original));
        let mut headers: Vec<ferry_kafka::Header<'_>> = original.headers().collect();
        headers.extend(context.iter().flat_map(ContextHeaders::iter));
        let record = ProducerRecord {
            topic: &self.parts.topic,
            partition: None,
            timestamp: original.timestamp(),
            key: original.key(),
            value: original.value(),
            headers: &headers,
        };
        loop {
            let mut state = lock(&self.state);
            let Some(sending) = &mut *state else {
                return Err(Error::fatal("the dead letter queue is used before the task started"));
            };
            let ticket = sending.next;
            match sending.producer.send(&record, ticket) {
                Ok(()) => {
                    let place = TopicPartition::new(original.topic(), original.partition());
                    sending.waiting.insert(ticket, Waiting { place, offset: original.offset(), awaited });
                    sending.next += 1;
                    sending.look(Duration::ZERO, &self.parts)?;
                    crash::point("report");
                    return Ok(Some(ticket));
                }
                Err(SendError::Failed(error)) => {
                    self.parts.lost(&from_kafka(error));
                    return Ok(None);
                }
                Err(SendError::Full) => sending.look(STEP, &self.parts)?,
            }
            drop(state);
            if self.parts.control.stopping() {
                return Err(Error::retriable("stopped while the dead letter queue had no room"));
            }
        }
    }

    /// Whether records are on their way.
    pub fn is_busy(&self) -> bool {
        lock(&self.state).as_ref().is_some_and(|sending| !sending.waiting.is_empty())
    }

    /// Takes in what the broker has said; call it now and then.
    pub fn poll(&self) -> Result<()> {
        self.look(Duration::ZERO)
    }

    fn look(&self, timeout: Duration) -> Result<()> {
        match &mut *lock(&self.state) {
            Some(sending) => sending.look(timeout, &self.parts),
            None => Ok(()),
        }
    }

    /// Whether the record of `ticket` has arrived, after waiting up to `timeout` for it.
    ///
    /// # Errors
    /// It will not.
    pub fn wait(&self, ticket: Ticket, timeout: Duration) -> Result<bool> {
        let start = Instant::now();
        loop {
            let left = timeout.saturating_sub(start.elapsed());
            self.look(left.min(STEP))?;
            match &*lock(&self.state) {
                Some(sending) => {
                    if let Some(error) = sending.failed.get(&ticket) {
                        return Err(error.clone());
                    }
                    if !sending.waiting.contains_key(&ticket) {
                        return Ok(true);
                    }
                }
                None => return Ok(false),
            }
            if left.is_zero() {
                return Ok(false);
            }
        }
    }

    /// Waits up to `timeout` for all that is on its way.
    pub fn flush(&self, timeout: Duration) -> Result<()> {
        let start = Instant::now();
        loop {
            let left = timeout.saturating_sub(start.elapsed());
            self.look(left.min(STEP))?;
            let done = lock(&self.state).as_ref().is_none_or(|sending| sending.waiting.is_empty());
            if done || left.is_zero() || self.parts.control.abandoned() {
                return Ok(());
            }
        }
    }

    /// The first offset of each partition whose record has not arrived: nothing from there on may be committed.
    ///
    /// # Errors
    /// An awaited record did not arrive (`WorkerErrantRecordReporter.awaitFutures`).
    pub fn held(&self) -> Result<BTreeMap<TopicPartition, i64>> {
        let mut held = BTreeMap::new();
        let state = lock(&self.state);
        let Some(sending) = &*state else { return Ok(held) };
        if let Some(error) = sending.failed.values().next() {
            tracing::error!(
                error = error.trace(),
                "Encountered an error while awaiting an errant record future's completion."
            );
            let message = format!(
                "java.util.concurrent.ExecutionException: {}: {}",
                error.java_class(),
                error.message()
            );
            return Err(error.clone().context(ErrorKind::Fatal, message));
        }
        for waiting in sending.waiting.values().filter(|waiting| waiting.offset >= 0) {
            let first = held.entry(waiting.place.clone()).or_insert(waiting.offset);
            *first = waiting.offset.min(*first);
        }
        Ok(held)
    }

    /// Forgets the records of partitions that somebody else has: nothing waits for them any more.
    pub fn forget(&self, lost: &[TopicPartition]) {
        if let Some(sending) = &mut *lock(&self.state) {
            sending.waiting.retain(|_, waiting| !lost.contains(&waiting.place));
        }
    }
}

impl Sending {
    fn look(&mut self, timeout: Duration, parts: &Parts) -> Result<()> {
        self.producer.poll(timeout, &mut self.deliveries).map_err(from_kafka)?;
        for Delivery { token, result } in self.deliveries.drain(..) {
            let waiting = self.waiting.remove(&token);
            if let Err(error) = result {
                // Refused for the company it was in: it comes again when the task is restarted.
                let comes_again = error.kind() == ferry_kafka::ErrorKind::BatchTooLarge;
                let error = from_kafka(error);
                parts.lost(&error);
                if waiting.is_some_and(|waiting| waiting.awaited || comes_again) {
                    self.failed.insert(token, error);
                }
            }
        }
        Ok(())
    }
}

impl Parts {
    fn lost(&self, error: &Error) {
        self.metrics.errors.dead_letter_lost();
        let topic = &self.topic;
        tracing::error!(
            error = error.trace(),
            "Could not produce message to dead letter queue. topic={topic}"
        );
    }
}
