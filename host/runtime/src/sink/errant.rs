//! Records that a sink task itself finds bad (`WorkerErrantRecordReporter`, KIP-610).

use std::sync::Mutex;
use std::time::Duration;

use ferry_plugin_abi::data::{Arena, Header, Record, Scratch, ValueRef};
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::Lent;
use crate::chain::{Converters, Failure, Origin, Original, Reporters, SINK_TASK, StageName, Ticket};
use crate::executor::lock;

/// The reporter behind a sink task's context; may be used from any thread of the plugin, also after `put`.
pub struct ErrantReporter {
    reporters: Reporters,
    /// `errors.tolerance=all`
    tolerate_all: bool,
    /// For records that the task made itself; its own, so that it never waits for the loop's.
    converters: Mutex<Converters>,
    lent: Lent,
    /// The first error reported where none is tolerated.
    failure: Mutex<Option<Error>>,
}

impl ErrantReporter {
    /// The reporter of one task, which is given the batches of `lent`.
    pub fn new(reporters: Reporters, tolerate_all: bool, converters: Converters, lent: Lent) -> Self {
        Self { reporters, tolerate_all, converters: Mutex::new(converters), lent, failure: Mutex::new(None) }
    }

    /// Reports `record`: as it was consumed where it comes from a batch that the task was given, else as the
    /// task's converters write it. The ticket is for [`ErrantReporter::wait`].
    ///
    /// # Errors
    /// `errors.tolerance=none`, after the record was reported; or it could not be written.
    pub fn report(&self, record: &Record<'_>, error: &Error) -> Result<Option<Ticket>> {
        let failure = Failure { stage: StageName::TaskPut, class: SINK_TASK, error };
        self.reporters.metrics.errors.refused_late(self.tolerate_all);
        let send = |original: Original<'_>| self.reporters.report(&failure, &Origin::Sink(original), true);
        let ticket = match self.lent.with_original(record, send) {
            Some(sent) => sent?,
            None => {
                let scratch = Scratch::new();
                let made = self.write(record, scratch.arena())?;
                send(Original::of(&made))?
            }
        };
        if self.tolerate_all {
            return Ok(ticket);
        }
        lock(&self.failure).get_or_insert_with(|| error.clone());
        Err(beyond_tolerance(error))
    }

    fn write<'a>(&self, record: &Record<'a>, arena: &'a Arena) -> Result<Record<'a>> {
        let bytes = |bytes: Option<&[u8]>| bytes.map_or(ValueRef::NULL, |b| ValueRef::bytes(arena.bytes(b)));
        let mut converters = lock(&self.converters);
        let written = converters.to_bytes_or_fail(record)?;
        let headers: Vec<_> = written
            .headers
            .iter()
            .map(|(name, value)| Header::new(arena.str(name), None, bytes(*value)))
            .collect();
        let mut made = Record::to(record.topic())
            .with_key(None, bytes(written.key))
            .with_value(None, bytes(written.value))
            .with_headers(arena.headers(&headers))
            .from_kafka(
                record.topic(),
                record.partition().unwrap_or(-1),
                record.kafka_offset().unwrap_or(-1),
                record.timestamp_type(),
            );
        made.set_timestamp(record.timestamp());
        Ok(made)
    }

    /// Whether the reported record has reached the dead letter queue, after waiting up to `timeout` for it.
    ///
    /// # Errors
    /// It never will.
    pub fn wait(&self, ticket: Ticket, timeout: Duration) -> Result<bool> {
        self.reporters.dead_letters.as_ref().map_or(Ok(true), |queue| queue.wait(ticket, timeout))
    }

    /// The end of a task that swallowed what [`ErrantReporter::report`] answered (`maybeThrowAsyncError`).
    pub fn check(&self) -> Result<()> {
        lock(&self.failure).as_ref().map_or(Ok(()), |error| Err(beyond_tolerance(error)))
    }
}

fn beyond_tolerance(error: &Error) -> Error {
    error.clone().context(ErrorKind::Fatal, "Tolerance exceeded in error handler")
}
