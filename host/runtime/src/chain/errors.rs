//! Retry and tolerance of the errors of single records (KIP-298, `RetryWithToleranceOperator`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_plugin_abi::{Error, ErrorKind, Result};

use crate::executor::Control;

/// Where on its way a record failed (`Stage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageName {
    /// a transform or its predicate
    Transformation,
    /// the key converter
    KeyConverter,
    /// the value converter
    ValueConverter,
    /// the header converter
    HeaderConverter,
    /// the errant record reporter of a sink
    TaskPut,
    /// the broker refused the record
    KafkaProduce,
}

impl StageName {
    /// Connect's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::TaskPut => "TASK_PUT",
            Self::KafkaProduce => "KAFKA_PRODUCE",
        }
    }
}

/// What a record is known by in an error report.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// A source record: its partition and offset.
    Source(&'a ferry_plugin_abi::data::Record<'a>),
    /// A consumed record: topic, partition, offset, timestamp in milliseconds.
    Sink {
        /// Consumed from this topic.
        topic: &'a str,
        /// Consumed from this partition.
        partition: i32,
        /// Consumed at this offset.
        offset: i64,
    },
}

/// One failed attempt, for the log.
#[derive(Debug)]
pub struct Failure<'a> {
    /// Where.
    pub stage: StageName,
    /// In which class.
    pub class: &'a str,
    /// Why.
    pub error: &'a Error,
}

/// What to do with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict<T> {
    /// Go on with this.
    Go(T),
    /// Leave it out.
    Skip,
}

/// How a connector wants errors of single records treated (`errors.*`).
pub struct ErrorPolicy {
    /// `errors.tolerance=all`
    pub tolerate_all: bool,
    /// `errors.retry.timeout`; `None` = for ever.
    pub retry_timeout: Option<Duration>,
    /// `errors.retry.delay.max.ms`
    pub retry_delay_max: Duration,
    /// `errors.log.enable`
    pub log: bool,
    /// `errors.log.include.messages`
    pub log_records: bool,
    /// Wakes a retry when the task is to stop.
    pub control: Arc<Control>,
}

const FIRST_DELAY: Duration = Duration::from_millis(300);

impl ErrorPolicy {
    /// Runs `operation`, again while it fails with a retriable error and time remains. An error that is
    /// not tolerated is the task's end.
    #[inline]
    pub fn run<T>(
        &mut self,
        stage: StageName,
        class: &str,
        origin: &Origin<'_>,
        mut operation: impl FnMut() -> Result<T>,
    ) -> Result<Verdict<T>> {
        match operation() {
            Ok(value) => Ok(Verdict::Go(value)),
            Err(error) => self.failed(stage, class, origin, error, operation),
        }
    }

    #[cold]
    fn failed<T>(
        &mut self,
        stage: StageName,
        class: &str,
        origin: &Origin<'_>,
        mut error: Error,
        mut operation: impl FnMut() -> Result<T>,
    ) -> Result<Verdict<T>> {
        let deadline = self.retry_timeout.map(|timeout| Instant::now() + timeout);
        let mut delay = FIRST_DELAY;
        while error.kind() == ErrorKind::Retriable {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                break;
            }
            let wait = delay.min(self.retry_delay_max).min(left.unwrap_or(Duration::MAX));
            if self.control.wait(wait) {
                // Being stopped: neither done nor reported, the record comes again after the restart.
                return Err(
                    error.context(ErrorKind::Retriable, "stopped while an operation was being retried")
                );
            }
            match operation() {
                Ok(value) => return Ok(Verdict::Go(value)),
                Err(again) => error = again,
            }
            delay = delay.saturating_mul(2);
        }
        self.judge(stage, class, origin, error)
    }

    /// Reports `error` and says whether the task may go on without the record.
    pub fn judge<T>(
        &mut self,
        stage: StageName,
        class: &str,
        origin: &Origin<'_>,
        error: Error,
    ) -> Result<Verdict<T>> {
        if self.log {
            self.write_log(&Failure { stage, class, error: &error }, origin);
        }
        match error.kind() {
            ErrorKind::Panic => Err(error),
            _ if self.tolerate_all => Ok(Verdict::Skip),
            _ => Err(error.context(ErrorKind::Fatal, "Tolerance exceeded in error handler")),
        }
    }

    fn write_log(&self, failure: &Failure<'_>, origin: &Origin<'_>) {
        let record = self.log_records.then(|| match origin {
            Origin::Source(record) => format!("{record:?}"),
            Origin::Sink { topic, partition, offset } => {
                format!("{{topic='{topic}', partition={partition}, offset={offset}}}")
            }
        });
        tracing::error!(
            stage = failure.stage.name(),
            class = failure.class,
            record,
            error = failure.error.trace(),
            "error encountered in task"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_plugin_abi::data::Record;

    fn policy(tolerate_all: bool, retry_timeout: Option<Duration>) -> ErrorPolicy {
        ErrorPolicy {
            tolerate_all,
            retry_timeout,
            retry_delay_max: Duration::from_millis(1),
            log: false,
            log_records: false,
            control: Arc::new(Control::new(false)),
        }
    }

    fn run<T>(policy: &mut ErrorPolicy, operation: impl FnMut() -> Result<T>) -> Result<Verdict<T>> {
        let record = Record::to("t");
        policy.run(StageName::Transformation, "c", &Origin::Source(&record), operation)
    }

    #[test]
    fn an_error_ends_the_task_where_none_is_tolerated() {
        let error =
            run::<()>(&mut policy(false, Some(Duration::ZERO)), || Err(Error::data("bad"))).unwrap_err();
        assert_eq!(error.message(), "Tolerance exceeded in error handler");
        assert_eq!(error.causes()[0].message, "bad");
    }

    #[test]
    fn a_tolerated_error_skips_the_record() {
        let verdict = run::<()>(&mut policy(true, Some(Duration::ZERO)), || Err(Error::data("bad")));
        assert_eq!(verdict, Ok(Verdict::Skip));
    }

    #[test]
    fn a_panic_is_never_tolerated() {
        let panicked = || Err(Error::new(ErrorKind::Panic, "oh"));
        assert_eq!(run::<()>(&mut policy(true, None), panicked).unwrap_err().kind(), ErrorKind::Panic);
    }

    #[test]
    fn a_retriable_error_is_tried_again_and_no_other() {
        let mut tries = 0;
        let verdict = run(&mut policy(false, None), || {
            tries += 1;
            if tries < 4 { Err(Error::retriable("not yet")) } else { Ok(tries) }
        });
        assert_eq!(verdict, Ok(Verdict::Go(4)));
        let mut tries = 0;
        let verdict = run::<()>(&mut policy(true, None), || {
            tries += 1;
            Err(Error::data("bad"))
        });
        assert_eq!((verdict, tries), (Ok(Verdict::Skip), 1));
    }

    #[test]
    fn a_retry_gives_way_to_stop() {
        let mut policy = policy(true, None);
        policy.control.stop();
        let error = run::<()>(&mut policy, || Err(Error::retriable("down"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Retriable);
    }
}
