//! Who hears of a record that failed: the log and the dead letter queue (`ErrorReporter`).

use std::sync::Arc;

use ferry_plugin_abi::{Error, Result};

use super::dead_letters::DeadLetters;
use super::{Origin, StageName, log_report};
use crate::executor::TaskId;
use crate::metrics::TaskMetrics;

/// One failed record.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Where.
    pub stage: StageName,
    /// In which class.
    pub class: &'a str,
    /// Why.
    pub error: &'a Error,
}

/// The number under which a dead letter queue knows a record that is on its way.
pub type Ticket = u64;

/// The reporters of one task; may be used from any thread.
#[derive(Clone)]
pub struct Reporters {
    /// The task's statistics.
    pub metrics: Arc<TaskMetrics>,
    /// `errors.log.enable`
    pub log: bool,
    /// `errors.log.include.messages`
    pub log_records: bool,
    /// `errors.deadletterqueue.topic.name`, of a sink.
    pub dead_letters: Option<Arc<DeadLetters>>,
}

impl Reporters {
    /// Tells nobody.
    pub fn silent(task: TaskId) -> Self {
        Self { metrics: TaskMetrics::unseen(task), log: false, log_records: false, dead_letters: None }
    }

    /// Makes ready what needs Kafka; Connect does it before the task starts.
    pub fn open(&self) -> Result<()> {
        self.dead_letters.as_ref().map_or(Ok(()), |queue| queue.open())
    }

    /// Tells of `failure`. `awaited`: somebody waits for the dead letter queue to have the record, and a
    /// record that does not get there is the end of the task; otherwise that is only logged, as in Connect.
    ///
    /// # Errors
    /// The task was told to stop before the dead letter queue had room for the record.
    pub fn report(
        &self,
        failure: &Failure<'_>,
        origin: &Origin<'_>,
        awaited: bool,
    ) -> Result<Option<Ticket>> {
        if self.log {
            self.metrics.errors.logged();
            tracing::error!(
                error = failure.error.trace(),
                "{}",
                log_report::sentence(&self.metrics.id, failure, origin, self.log_records)
            );
        }
        match (&self.dead_letters, origin) {
            (Some(queue), Origin::Sink(original)) => queue.send(failure, *original, awaited),
            _ => Ok(None),
        }
    }
}
