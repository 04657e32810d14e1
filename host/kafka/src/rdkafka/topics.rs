//! The topics that match a pattern, looked up by us: librdkafka's regular expressions are not Java's.

use super::native::Handle;
use crate::Result;
use crate::pattern::TopicPattern;
use std::time::{Duration, Instant};

/// How long a failed look-up waits for the next.
const RETRY: Duration = Duration::from_secs(1);

pub(super) struct TopicWatch {
    pattern: TopicPattern,
    every: Duration,
    next: Instant,
    found: Vec<String>,
}

impl TopicWatch {
    /// Looks every `every` (`metadata.max.age.ms`), as the Java client does.
    pub(super) fn new(pattern: TopicPattern, every: Duration) -> Self {
        Self { pattern, every: every.max(Duration::from_millis(10)), next: Instant::now(), found: Vec::new() }
    }

    /// Time until the next look-up.
    pub(super) fn due(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// The matching topics, where there are others than the last time.
    pub(super) fn changed(&mut self, handle: &Handle, timeout: Duration) -> Result<Option<Vec<String>>> {
        if !self.due().is_zero() {
            return Ok(None);
        }
        self.next = Instant::now() + RETRY.min(self.every);
        let all = handle.topics(timeout)?;
        self.next = Instant::now() + self.every;
        let mut found = all
            .into_iter()
            .map(|topic| topic.name)
            .filter(|name| self.pattern.matches(name))
            .collect::<Vec<_>>();
        found.sort();
        if found == self.found {
            return Ok(None);
        }
        self.found.clone_from(&found);
        Ok(Some(found))
    }
}
