//! A producer to a cluster (`KafkaProducer` of the Java client).

use super::config::Translated;
use super::native::{ProducerClient, Sender, TransactionCall};
use crate::{Delivery, Error, ErrorKind, Producer, ProducerRecord, Result, SendError};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) struct KafkaProducer {
    sender: Sender,
    in_flight: usize,
    max_block: Duration,
    /// `max.request.size` in bytes.
    max_request: usize,
    /// How often to knock yet; see [`KafkaProducer::knock`].
    knocks: u8,
}

/// The longest that one knock waits.
pub(super) const KNOCK: Duration = Duration::from_millis(200);

impl KafkaProducer {
    pub(super) fn new(settings: &Translated) -> Result<Self> {
        Self::alone(settings, &[])
    }

    /// The same with other values of librdkafka's settings.
    pub(super) fn alone(settings: &Translated, but: &[(&str, &str)]) -> Result<Self> {
        Ok(Self {
            sender: Sender::new(Arc::new(settings.producer(but)?)),
            in_flight: 0,
            max_block: settings.max_block,
            max_request: settings.max_request,
            knocks: if settings.idempotent { 2 } else { 0 },
        })
    }

    /// Gets the first record out half a second earlier.
    ///
    /// librdkafka asks for its producer id when the bootstrap connection answers, closes that very
    /// connection, and tries again on a timer of 500 ms or whenever a broker describes the cluster: so
    /// ask for that, once of the bootstrap connection and once of the broker that takes its place.
    fn knock(&mut self) {
        while self.knocks > 0 && self.in_flight > 0 {
            self.knocks -= 1;
            self.client().handle().knock(KNOCK);
        }
    }

    fn client(&self) -> &ProducerClient {
        self.sender.client()
    }

    fn take(&mut self, deliveries: &mut Vec<Delivery>) -> usize {
        let count = self.client().take(deliveries);
        self.in_flight -= count;
        count
    }

    /// What makes this producer unusable.
    fn check(&mut self) -> Result<()> {
        match self.client().take_warning() {
            None => Ok(()),
            Some(warning) => match (self.client().handle().fatal(), warning.kind()) {
                (Some(fatal), _) => Err(fatal),
                (None, ErrorKind::Authentication) => Err(warning),
                // Passing: librdkafka goes on trying until delivery.timeout.ms.
                (None, _) => Ok(()),
            },
        }
    }
}

/// The size of a record; refuses what is larger than `max.request.size`, in the JVM client's words.
pub(super) fn check_size(record: &ProducerRecord<'_>, most: usize) -> std::result::Result<usize, SendError> {
    let size = record.size_upper_bound();
    if size <= most {
        return Ok(size);
    }
    Err(SendError::Failed(Error::new(
        ErrorKind::TooLarge,
        format!(
            "The message is {size} bytes when serialized which is larger than {most}, which is the value of the \
             max.request.size configuration."
        ),
    )))
}

/// A flush that did not come to its end.
pub(super) fn unfinished(in_flight: usize, timeout: Duration) -> Error {
    let message = format!("{in_flight} records are not acknowledged after {} ms", timeout.as_millis());
    Error::new(ErrorKind::TimedOut, message)
}

impl Producer for KafkaProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        check_size(record, self.max_request)?;
        self.sender.send(record, token)?;
        self.in_flight += 1;
        Ok(())
    }

    fn poll(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.knock();
        // Callbacks of the connection are served even where nothing is in flight.
        self.client().poll(Duration::ZERO);
        if !timeout.is_zero() && self.in_flight > 0 && !self.client().has_deliveries() {
            let start = Instant::now();
            loop {
                let left = timeout.saturating_sub(start.elapsed());
                match self.sender.is_held() {
                    true => self.client().flush(left),
                    false => self.client().poll(left),
                }
                if self.client().has_deliveries() || left.is_zero() {
                    break;
                }
            }
        }
        self.take(deliveries);
        self.check()
    }

    fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let start = Instant::now();
        self.knock();
        loop {
            let left = timeout.saturating_sub(start.elapsed());
            // Short steps, so that an unusable producer is noticed.
            self.client().flush(left.min(Duration::from_millis(500)));
            self.take(deliveries);
            self.check()?;
            if self.in_flight == 0 {
                return Ok(());
            }
            if left.is_zero() {
                return Err(unfinished(self.in_flight, timeout));
            }
        }
    }

    fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn max_block(&self) -> Duration {
        self.max_block
    }

    fn init_transactions(&mut self, timeout: Duration) -> Result<()> {
        self.client().transaction(TransactionCall::Init, timeout)
    }

    fn begin_transaction(&mut self) -> Result<()> {
        self.client().transaction(TransactionCall::Begin, Duration::ZERO)
    }

    fn commit_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let outcome = self.client().transaction(TransactionCall::Commit, timeout);
        self.take(deliveries);
        outcome
    }

    fn abort_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let outcome = self.client().transaction(TransactionCall::Abort, timeout);
        self.take(deliveries);
        outcome
    }
}
