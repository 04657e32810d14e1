//! A broker that takes everything and keeps nothing (`bootstrap.servers=null:`): what a pipeline
//! costs without Kafka.

use std::time::Duration;

use crate::{
    Admin, Client, ClientConfig, Consumer, Delivery, Error, ErrorKind, Producer, ProducerRecord,
    RecordMetadata, Result, SendError,
};

/// Makes producers that acknowledge at once and forget. Has no consumers and no admin.
#[derive(Debug, Default)]
pub struct NullClient;

impl Client for NullClient {
    fn producer(&self, _config: &ClientConfig) -> Result<Box<dyn Producer>> {
        Ok(Box::new(NullProducer::default()))
    }
    fn consumer(&self, _config: &ClientConfig) -> Result<Box<dyn Consumer>> {
        Err(unsupported())
    }
    fn admin(&self, _config: &ClientConfig) -> Result<Box<dyn Admin>> {
        Err(unsupported())
    }
}

fn unsupported() -> Error {
    Error::new(
        ErrorKind::Config,
        "bootstrap.servers=null: keeps nothing, so nothing can be read: it is for measuring sources",
    )
}

#[derive(Default)]
struct NullProducer {
    sent: Vec<u64>,
    /// The last record: a real producer copies it, so this one does.
    copied: Vec<u8>,
}

impl Producer for NullProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        self.copied.clear();
        self.copied.extend_from_slice(record.key.unwrap_or_default());
        self.copied.extend_from_slice(record.value.unwrap_or_default());
        self.sent.push(token);
        Ok(())
    }
    fn poll(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        let metadata = RecordMetadata { partition: 0, offset: 0, timestamp: None };
        deliveries.extend(self.sent.drain(..).map(|token| Delivery { token, result: Ok(metadata) }));
        Ok(())
    }
    fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.poll(timeout, deliveries)
    }
    fn in_flight(&self) -> usize {
        self.sent.len()
    }
    fn max_block(&self) -> Duration {
        Duration::MAX
    }
    fn init_transactions(&mut self, _timeout: Duration) -> Result<()> {
        Ok(())
    }
    fn begin_transaction(&mut self) -> Result<()> {
        Ok(())
    }
    fn commit_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.poll(timeout, deliveries)
    }
    fn abort_transaction(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        self.poll(timeout, deliveries)
    }
}
