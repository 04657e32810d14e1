//! When a sink task commits, and what (`WorkerSinkTask.commitOffsets`).

use std::time::{Duration, Instant};

use ferry_kafka::TopicPartition;
use ferry_plugin_abi::{ErrorKind, Result};

use super::SinkLoop;
use super::partitions::{from_plugin, plugin_partition};
use crate::crash;
use crate::errors::from_kafka;
use crate::executor::lock;

/// The clock of commits: one is under way at a time, and answers of older ones do not count.
pub(super) struct Commits {
    interval: Duration,
    timeout: Duration,
    next: Instant,
    /// Number of the last commit.
    last: u64,
    /// Numbers of those that have not been answered, oldest first.
    unanswered: std::collections::VecDeque<u64>,
    /// When the one that counts was started.
    since: Option<Instant>,
    /// When the task was last asked what is durable.
    asked: Instant,
}

impl Commits {
    /// `offset.flush.interval.ms` and `offset.flush.timeout.ms`
    pub(super) fn new(interval: Duration, timeout: Duration) -> Self {
        Self {
            interval,
            timeout,
            next: Instant::now() + interval,
            last: 0,
            unanswered: std::collections::VecDeque::new(),
            since: None,
            asked: Instant::now(),
        }
    }

    /// How long one commit may take, and what has to be flushed before the last.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The task asked for one, or is short of memory.
    pub(super) fn request(&mut self) {
        self.next = Instant::now();
    }

    /// Whether it is time for the next; gives one up that takes too long.
    fn is_due(&mut self) -> bool {
        if self.since.is_some_and(|since| since.elapsed() >= self.timeout) {
            tracing::warn!(number = self.last, "Commit of offsets timed out");
            self.since = None;
        }
        self.since.is_none() && Instant::now() >= self.next
    }

    /// Time until the next; zero while an answer to one is missing, which comes with a poll.
    pub(super) fn patience(&self) -> Duration {
        match self.unanswered.is_empty() {
            true => self.next.saturating_duration_since(Instant::now()),
            false => Duration::ZERO,
        }
    }

    fn started(&mut self) {
        self.last += 1;
        self.next = Instant::now() + self.interval;
    }

    fn sent(&mut self) {
        self.unanswered.push_back(self.last);
        self.since = Some(Instant::now());
    }

    /// The oldest was answered: whether it is the one that counts.
    fn answered(&mut self) -> bool {
        let number = self.unanswered.pop_front();
        if number != Some(self.last) {
            tracing::debug!(number, last = self.last, "received an out of order answer to a commit");
            return false;
        }
        self.since = None;
        true
    }
}

impl SinkLoop {
    /// Takes in answers, and commits when it is time.
    pub(super) fn commit_when_due(&mut self) -> Result<()> {
        self.take_answers();
        if let Some(queue) = &self.parts.policy.reporters.dead_letters {
            queue.poll()?;
        }
        if self.commits.is_due() { self.commit_now() } else { Ok(()) }
    }

    pub(super) fn commit_now(&mut self) -> Result<()> {
        self.commits.started();
        // Topics that were reset meanwhile are told of again.
        self.topics.clear();
        let Some(offsets) = self.ask_what_is_durable(None)? else { return Ok(()) };
        let sent = lock(&self.parts.intake).consumer()?.commit(&offsets, false);
        match sent {
            Ok(()) => self.commits.sent(),
            Err(error) => {
                tracing::error!(error = %error, "Commit of offsets threw an unexpected exception");
                self.commit_ended(false);
            }
        }
        crash::point("sink-commit");
        Ok(())
    }

    fn take_answers(&mut self) {
        let mut done = Vec::new();
        lock(&self.parts.intake).poll_commits(&mut done);
        for commit in done {
            if !self.commits.answered() {
                self.metrics().commit_skipped();
                continue;
            }
            self.commit_ended(commit.result.is_ok());
            match commit.result {
                Ok(()) => {
                    self.offsets.committed(&commit.offsets);
                    self.metrics().active(self.offsets.active());
                }
                Err(error) => {
                    tracing::error!(error = %error, "Commit of offsets threw an unexpected exception");
                }
            }
        }
    }

    /// Waits for the broker; for partitions that are given up.
    pub(super) fn commit_last(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        self.commits.started();
        let committed = lock(&self.parts.intake).consumer()?.commit(offsets, true);
        self.commit_ended(committed.is_ok());
        match committed {
            Ok(()) => self.offsets.committed(offsets),
            Err(error) => tracing::warn!(error = %error, "the last commit of partitions failed"),
        }
        crash::point("sink-commit");
        Ok(())
    }

    /// Asks the task (`preCommit`); `None`: there is nothing to commit. `closing` partitions only, where given,
    /// after waiting for their reported records. A task that cannot say goes back to what is committed, unless its
    /// partitions are being given up.
    pub(super) fn ask_what_is_durable(
        &mut self,
        closing: Option<&[TopicPartition]>,
    ) -> Result<Option<Vec<(TopicPartition, i64)>>> {
        let queue = self.parts.policy.reporters.dead_letters.clone();
        if let (Some(queue), Some(_)) = (&queue, closing) {
            queue.flush(self.commits.timeout())?;
        }
        let held = || queue.as_ref().map_or(Ok(Default::default()), |queue| queue.held());
        let asked = self.offsets.put_offsets(closing, &held()?);
        if asked.is_empty() || self.parts.control.abandoned() {
            return Ok(None);
        }
        crash::point("pre-commit");
        self.commits.asked = Instant::now();
        self.metrics().commit_began();
        let offsets: Vec<_> = asked.iter().map(|(p, o)| (plugin_partition(p), *o)).collect();
        let task = &mut self.parts.task;
        let durable = match self.parts.control.calling("pre_commit", || task.pre_commit(&offsets)) {
            Ok(durable) => durable,
            Err(error) if error.kind() == ErrorKind::Panic => return Err(error),
            Err(error) if closing.is_some() => {
                self.commit_ended(false);
                tracing::warn!(error = error.trace(), "Offset commit failed during close");
                return Ok(None);
            }
            Err(error) => {
                self.commit_ended(false);
                tracing::error!(
                    error = error.trace(),
                    "Offset commit failed, rewinding to last committed offsets"
                );
                return self.rewind_to_committed(&asked).map(|()| None);
            }
        };
        let durable = durable.into_iter().map(|(p, o)| (from_plugin(p), o)).collect();
        let offsets = self.offsets.committable(durable, &asked, &held()?);
        if offsets.is_empty() {
            // Nothing new to commit is a commit that went well, as in Connect.
            self.commit_ended(true);
            return Ok(None);
        }
        Ok(Some(offsets))
    }

    fn commit_ended(&self, success: bool) {
        self.metrics().commit_ended(self.commits.asked.elapsed(), success);
    }

    fn rewind_to_committed(&mut self, asked: &[(TopicPartition, i64)]) -> Result<()> {
        let partitions: Vec<_> = asked.iter().map(|(p, _)| p.clone()).collect();
        let mut intake = lock(&self.parts.intake);
        let consumer = intake.consumer()?;
        let (known, unknown): (Vec<_>, Vec<_>) =
            partitions.into_iter().partition(|p| self.offsets.last_committed(p).is_some());
        let mut back: Vec<_> =
            known.into_iter().map(|p| (self.offsets.last_committed(&p).unwrap_or(0), p)).collect();
        if !unknown.is_empty() {
            // Nothing was committed since they came: the group's offsets are those they started from.
            let committed = consumer.committed(&unknown).map_err(from_kafka)?;
            let beginning = consumer.beginning_offsets(&unknown).map_err(from_kafka)?;
            let start = committed.into_iter().zip(beginning).map(|(c, first)| c.unwrap_or(first));
            back.extend(start.zip(unknown));
        }
        for (offset, partition) in back {
            consumer.seek(&partition, offset).map_err(from_kafka)?;
            self.offsets.rewind(&partition, offset);
        }
        // What was consumed beyond that comes again too.
        self.delivery = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_commit_at_a_time_until_it_is_answered_or_late() {
        let mut commits = Commits::new(Duration::from_secs(60), Duration::ZERO);
        assert!(!commits.is_due());
        commits.request();
        assert!(commits.is_due());
        commits.started();
        commits.sent();
        commits.request();
        // Late at once with a timeout of zero.
        assert!(commits.is_due());
        commits.started();
        commits.sent();
        assert!(!commits.answered(), "the answer to the first comes too late");
        assert!(commits.answered());
    }

    #[test]
    fn a_commit_under_way_delays_the_next() {
        let mut commits = Commits::new(Duration::ZERO, Duration::from_secs(60));
        commits.started();
        commits.sent();
        assert!(!commits.is_due());
        assert!(commits.answered());
        assert!(commits.is_due());
    }
}
