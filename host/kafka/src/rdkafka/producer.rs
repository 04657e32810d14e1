//! A producer over librdkafka: its queue, its batches, our tokens.

use super::config::{Role, native};
use super::context::Connection;
use super::error::{client_error, code_error, kind};
use crate::config::Settings;
use crate::{
    ClientConfig, Delivery, Error, ErrorKind, Producer, ProducerRecord, RecordMetadata, Result, SendError,
};
use ::rdkafka::client::ClientContext;
use ::rdkafka::config::RDKafkaLogLevel;
use ::rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use ::rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use ::rdkafka::producer::{
    BaseProducer, BaseRecord, NoCustomPartitioner, Producer as _, ProducerContext, PurgeConfig,
};
use ::rdkafka::util::Timeout;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long one look for deliveries may take; librdkafka's wrapper does not return earlier.
const SLICE: Duration = Duration::from_millis(1);

pub(super) struct KafkaProducer {
    inner: BaseProducer<Outcomes>,
    max_block: Duration,
    in_flight: usize,
}

/// Collects deliveries while the producer is polled, on the polling thread.
#[derive(Default)]
struct Outcomes {
    connection: Connection,
    done: Mutex<Vec<Delivery>>,
}

impl ClientContext for Outcomes {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        Connection::on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.connection.on_error(&error, reason);
    }
}

impl ProducerContext<NoCustomPartitioner> for Outcomes {
    // The caller's token, carried in librdkafka's per-message pointer.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, token: usize) {
        let result = match result {
            Ok(message) => Ok(RecordMetadata {
                partition: message.partition(),
                offset: message.offset(),
                timestamp: message.timestamp().to_millis(),
            }),
            Err((error, message)) => Err(client_error(error).context(format_args!(
                "topic {} partition {}",
                message.topic(),
                message.partition()
            ))),
        };
        self.done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Delivery { token: token as u64, result });
    }
}

impl KafkaProducer {
    pub(super) fn new(config: &ClientConfig) -> Result<Self> {
        let native = native(Role::Producer, config)?;
        let inner = native.create_with_context(Outcomes::default()).map_err(|error| client_error(&error))?;
        let max_block = Settings(config).duration("max.block.ms", Duration::from_secs(60))?;
        Ok(Self { inner, max_block, in_flight: 0 })
    }

    fn outcomes(&self) -> &Arc<Outcomes> {
        self.inner.client().context()
    }

    /// Serves what librdkafka has ready; says how many deliveries that were.
    fn serve(&mut self, deliveries: &mut Vec<Delivery>) -> usize {
        let before = deliveries.len();
        loop {
            self.inner.poll(Timeout::After(Duration::ZERO));
            let mut done = self.outcomes().done.lock().unwrap_or_else(PoisonError::into_inner);
            if done.is_empty() {
                break;
            }
            deliveries.append(&mut done);
        }
        let count = deliveries.len() - before;
        self.in_flight -= count;
        count
    }

    fn fatal(&self) -> Result<()> {
        self.outcomes().connection.fatal().map_or(Ok(()), Err)
    }

    fn remaining(start: Instant, timeout: Duration) -> Timeout {
        Timeout::After(timeout.saturating_sub(start.elapsed()).min(Duration::from_secs(3600)))
    }
}

impl Producer for KafkaProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        let mut out = BaseRecord::<[u8], [u8], usize>::with_opaque_to(record.topic, token as usize);
        out.partition = record.partition;
        out.timestamp = record.timestamp;
        out.key = record.key;
        out.payload = record.value;
        if !record.headers.is_empty() {
            let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
            for (key, value) in record.headers {
                headers = headers.insert(Header { key, value: *value });
            }
            out.headers = Some(headers);
        }
        match self.inner.send(out) {
            Ok(()) => {
                self.in_flight += 1;
                Ok(())
            }
            Err((KafkaError::MessageProduction(Code::QueueFull), _)) => Err(SendError::Full),
            Err((error, _)) => {
                let error = match error {
                    KafkaError::MessageProduction(Code::Fatal) => self
                        .inner
                        .client()
                        .fatal_error()
                        .map_or_else(|| code_error(Code::Fatal), |(code, reason)| fatal_error(code, reason)),
                    error => client_error(&error),
                };
                Err(SendError::Failed(error.context(format_args!("topic {}", record.topic))))
            }
        }
    }

    fn poll(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let start = Instant::now();
        while self.serve(deliveries) == 0 && self.in_flight > 0 && start.elapsed() < timeout {
            self.fatal()?;
            self.inner.poll(Timeout::After(SLICE.min(timeout)));
        }
        self.fatal()
    }

    fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let start = Instant::now();
        while self.in_flight > 0 {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                self.serve(deliveries);
                if self.in_flight == 0 {
                    break;
                }
                return Err(Error::new(
                    ErrorKind::TimedOut,
                    format!(
                        "{} records were not delivered within {} ms",
                        self.in_flight,
                        timeout.as_millis()
                    ),
                ));
            }
            self.poll(left, deliveries)?;
        }
        self.fatal()
    }

    fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn max_block(&self) -> Duration {
        self.max_block
    }

    fn init_transactions(&mut self, timeout: Duration) -> Result<()> {
        self.inner
            .init_transactions(Self::remaining(Instant::now(), timeout))
            .map_err(|error| client_error(&error))
    }

    fn begin_transaction(&mut self) -> Result<()> {
        self.inner.begin_transaction().map_err(|error| client_error(&error))
    }

    fn commit_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let start = Instant::now();
        self.flush(timeout, deliveries)?;
        self.inner.commit_transaction(Self::remaining(start, timeout)).map_err(|error| client_error(&error))
    }

    fn abort_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let start = Instant::now();
        self.inner.purge(PurgeConfig::default().queue());
        self.flush(timeout, deliveries)?;
        self.inner.abort_transaction(Self::remaining(start, timeout)).map_err(|error| client_error(&error))
    }
}

fn fatal_error(code: Code, reason: String) -> Error {
    let kind = match kind(code) {
        ErrorKind::Fenced => ErrorKind::Fenced,
        _ => ErrorKind::Fatal,
    };
    Error::new(kind, reason)
}
