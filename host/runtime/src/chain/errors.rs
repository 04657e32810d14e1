//! Retry and tolerance of the errors of single records (KIP-298, `RetryWithToleranceOperator`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::{Failure, Origin, Reporters, StageName};
use crate::executor::Control;
use crate::metrics::ErrorMetrics;

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
    /// Who hears of failed records.
    pub reporters: Reporters,
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
            self.metrics().failed();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                break;
            }
            if self.control.wait(self.pause(delay).min(left.unwrap_or(Duration::MAX))) {
                // Being stopped: neither done nor reported, the record comes again after the restart.
                return Err(
                    error.context(ErrorKind::Retriable, "stopped while an operation was being retried")
                );
            }
            self.metrics().retried();
            match operation() {
                Ok(value) => return Ok(Verdict::Go(value)),
                Err(again) => error = again,
            }
            delay = delay.saturating_mul(2);
        }
        self.judge(stage, class, origin, error)
    }

    fn metrics(&self) -> &ErrorMetrics {
        &self.reporters.metrics.errors
    }

    /// The wait before the next attempt: `delay`, or where that is more than `errors.retry.delay.max.ms` a random
    /// part of the latter, so that tasks that failed together do not come back together.
    fn pause(&self, delay: Duration) -> Duration {
        if delay <= self.retry_delay_max {
            return delay;
        }
        self.retry_delay_max.mul_f64(fraction())
    }

    /// Reports `error` and says whether the task may go on without the record. The reporters hear of it in
    /// either case, so that the record which ends a task can be found.
    pub fn judge<T>(
        &mut self,
        stage: StageName,
        class: &str,
        origin: &Origin<'_>,
        error: Error,
    ) -> Result<Verdict<T>> {
        if error.kind() == ErrorKind::Panic {
            return Err(error);
        }
        match stage {
            StageName::KafkaProduce => self.metrics().refused_late(self.tolerate_all),
            _ => self.metrics().gave_up(self.tolerate_all),
        }
        self.reporters.report(&Failure { stage, class, error: &error }, origin, false)?;
        if self.tolerate_all {
            return Ok(Verdict::Skip);
        }
        Err(error.context(ErrorKind::Fatal, "Tolerance exceeded in error handler"))
    }
}

/// A number from 0 to below 1 that two tasks are unlikely to share: std's hasher is seeded at random.
fn fraction() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let bits = RandomState::new().hash_one(Instant::now());
    f64::from((bits >> 32) as u32) / f64::from(u32::MAX).next_up()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::TaskId;
    use ferry_plugin_abi::data::Record;

    fn policy(tolerate_all: bool, retry_timeout: Option<Duration>) -> ErrorPolicy {
        ErrorPolicy {
            tolerate_all,
            retry_timeout,
            retry_delay_max: Duration::from_millis(1),
            reporters: Reporters::silent(TaskId { connector: "c".into(), task: 0 }),
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
    fn a_retriable_error_ends_the_task_too_when_its_time_is_over() {
        let error = run::<()>(&mut policy(false, Some(Duration::ZERO)), || Err(Error::retriable("down")))
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Fatal, "Tolerance exceeded in error handler")
        );
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
    fn waits_double_up_to_the_longest_then_are_random_below_it() {
        let mut policy = policy(true, None);
        policy.retry_delay_max = Duration::from_millis(600);
        assert_eq!(policy.pause(FIRST_DELAY), Duration::from_millis(300));
        assert_eq!(policy.pause(2 * FIRST_DELAY), Duration::from_millis(600));
        let waits: Vec<_> = (0..8).map(|_| policy.pause(4 * FIRST_DELAY)).collect();
        assert!(waits.iter().all(|wait| *wait < Duration::from_millis(600)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }

    #[test]
    fn a_retry_gives_way_to_stop() {
        let mut policy = policy(true, None);
        policy.control.stop();
        let error = run::<()>(&mut policy, || Err(Error::retriable("down"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Retriable);
    }
}
