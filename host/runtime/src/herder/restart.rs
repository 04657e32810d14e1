//! When a failed task or connector is started again by itself.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

use ferry_config::worker::RestartPolicy;
use ferry_plugin_abi::{Error, ErrorKind};

/// The part of a wait by which it may be longer or shorter.
const JITTER: f64 = 0.2;

/// A number from 0 to 1 that nobody foresees; good enough to part those who would do the same at once.
pub(super) fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1u64 << 53) as f64
}

/// The restarts of one task, or of a connector.
#[derive(Clone, Debug, Default)]
pub(super) struct Restarts {
    /// Those since it last ran well.
    attempts: u32,
    started: Option<Instant>,
    /// Names the restart that is due; a manual one makes it void.
    pub(super) ticket: u64,
}

/// Whether no restart can help: the configuration is wrong, or the worker may not do it.
pub(super) fn permanent(error: &Error) -> bool {
    // Fenced: another worker runs this task; starting it here again would shut that one out in turn.
    let denied = |class: &str| {
        [
            "AuthorizationException",
            "AuthenticationException",
            "ProducerFencedException",
            "TooManyTasksException",
        ]
        .iter()
        .any(|end| class.ends_with(end))
    };
    error.kind() == ErrorKind::Config
        || denied(error.java_class())
        || error
            .causes()
            .iter()
            .any(|cause| denied(&cause.class) || cause.class.ends_with(".ConfigException"))
}

impl Restarts {
    /// It was started.
    pub(super) fn started(&mut self, now: Instant) {
        self.started = Some(now);
        self.ticket += 1;
    }

    /// The user started it: what was, counts no more.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
        self.ticket += 1;
    }

    /// It failed: how many restarts there were, and the wait before the next, if there is one. `chance` is from 0
    /// to 1: what failed for the same reason shall not come back in step.
    pub(super) fn failed(
        &mut self,
        policy: &RestartPolicy,
        error: &Error,
        now: Instant,
        chance: f64,
    ) -> Option<(u32, Duration)> {
        if !policy.enabled || permanent(error) {
            return None;
        }
        // What ran longer than the longest wait has made progress.
        if self.started.is_some_and(|started| now.duration_since(started) >= policy.max) {
            self.attempts = 0;
        }
        if policy.max_attempts.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let before = self.attempts;
        let wait = policy
            .initial
            .saturating_mul(1u32.checked_shl(before.min(31)).unwrap_or(u32::MAX))
            .min(policy.max)
            .mul_f64(1.0 + JITTER * (2.0 * chance - 1.0))
            .min(policy.max);
        self.attempts += 1;
        self.ticket += 1;
        Some((before, wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RestartPolicy = RestartPolicy {
        enabled: true,
        initial: Duration::from_secs(1),
        max: Duration::from_secs(10),
        max_attempts: None,
    };

    fn waits(policy: &RestartPolicy, runs: &[u64]) -> Vec<Option<(u32, u64)>> {
        waits_by_chance(policy, runs, 0.5)
    }

    fn waits_by_chance(policy: &RestartPolicy, runs: &[u64], chance: f64) -> Vec<Option<(u32, u64)>> {
        let mut restarts = Restarts::default();
        let mut now = Instant::now();
        let failure = Error::fatal("x");
        let mut fail = |run: &u64| {
            restarts.started(now);
            now += Duration::from_secs(*run);
            restarts.failed(policy, &failure, now, chance).map(|(attempts, wait)| (attempts, wait.as_secs()))
        };
        runs.iter().map(&mut fail).collect()
    }

    #[test]
    fn waits_longer_each_time_up_to_a_ceiling_and_begins_anew_after_a_good_run() {
        let expected = [(0, 1), (1, 2), (2, 4), (3, 8), (4, 10), (5, 10), (0, 1)].map(Some);
        assert_eq!(waits(&POLICY, &[0, 0, 0, 0, 0, 0, 10]), expected);
    }

    #[test]
    fn waits_differ_by_chance_and_never_exceed_the_ceiling() {
        let policy = RestartPolicy { initial: Duration::from_secs(5), ..POLICY };
        assert_eq!(waits_by_chance(&policy, &[0, 0], 0.0), [Some((0, 4)), Some((1, 8))]);
        assert_eq!(waits_by_chance(&policy, &[0, 0], 1.0), [Some((0, 6)), Some((1, 10))]);
        let chances: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)), "{chances:?}");
        assert!(chances.iter().any(|chance| *chance != chances[0]), "{chances:?}");
    }

    #[test]
    fn ends_after_so_many_attempts() {
        let policy = RestartPolicy { max_attempts: Some(2), ..POLICY };
        assert_eq!(waits(&policy, &[0, 0, 0, 0]), [Some((0, 1)), Some((1, 2)), None, None]);
        let off = RestartPolicy { enabled: false, ..POLICY };
        assert_eq!(waits(&off, &[0]), [None]);
    }

    #[test]
    fn does_not_repeat_what_cannot_get_better() {
        let denied = Error::fatal("x").class("org.apache.kafka.common.errors.TopicAuthorizationException");
        let fenced = Error::fatal("x").class("org.apache.kafka.common.errors.ProducerFencedException");
        let found = [
            permanent(&Error::config("x")),
            permanent(&denied),
            permanent(&Error::fatal("y").caused_by(denied.clone())),
            permanent(&Error::fatal("y").caused_by(Error::config("x"))),
            permanent(&Error::fatal("y").caused_by(fenced)),
            permanent(&Error::fatal("x")),
            permanent(&Error::retriable("x")),
            permanent(&Error::data("x")),
        ];
        assert_eq!(found, [true, true, true, true, true, false, false, false]);
    }
}
