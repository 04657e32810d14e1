//! What became of a task's records that failed (`ErrorHandlingMetrics`).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use crate::herder::millis;

/// Counts of one task; from any thread. Nothing is counted for a record that is fine.
#[derive(Debug, Default)]
pub struct ErrorMetrics {
    failures: AtomicU64,
    errors: AtomicU64,
    skipped: AtomicU64,
    retries: AtomicU64,
    logged: AtomicU64,
    dead_letters: AtomicU64,
    dead_letters_lost: AtomicU64,
    last: AtomicU64,
}

impl ErrorMetrics {
    /// An attempt failed.
    pub fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
    }
    /// An operation is tried again.
    pub fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }
    /// The last attempt failed: a record is `skipped`, or the task ends with it.
    pub fn gave_up(&self, skipped: bool) {
        self.errors.fetch_add(1, Relaxed);
        self.skipped.fetch_add(skipped.into(), Relaxed);
        self.refused();
    }
    /// A record was refused behind the last stage: by the broker, or by the sink task itself. Connect counts it
    /// as a failure and, only where the task ends with it, as an error.
    pub fn refused_late(&self, tolerated: bool) {
        self.errors.fetch_add((!tolerated).into(), Relaxed);
        self.refused();
    }
    fn refused(&self) {
        self.failures.fetch_add(1, Relaxed);
        self.last.store(millis(SystemTime::now()), Relaxed);
    }
    /// An error was written to the log.
    pub fn logged(&self) {
        self.logged.fetch_add(1, Relaxed);
    }
    /// A record is for the dead letter queue.
    pub fn dead_letter(&self) {
        self.dead_letters.fetch_add(1, Relaxed);
    }
    /// It did not arrive there.
    pub fn dead_letter_lost(&self) {
        self.dead_letters_lost.fetch_add(1, Relaxed);
    }

    /// In the order of [`super::attributes::ERRORS`].
    pub(super) fn measure(&self) -> [f64; 8] {
        [
            &self.failures,
            &self.errors,
            &self.skipped,
            &self.retries,
            &self.logged,
            &self.dead_letters,
            &self.dead_letters_lost,
            &self.last,
        ]
        .map(|count| count.load(Relaxed) as f64)
    }
}
