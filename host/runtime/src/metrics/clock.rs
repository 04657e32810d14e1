//! The time of all statistics of a worker.

use std::time::Instant;

/// Milliseconds since the worker began; never goes back.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    began: Instant,
    #[cfg(test)]
    manual: Option<std::sync::Arc<std::sync::atomic::AtomicI64>>,
}

impl Clock {
    /// Starts now.
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
            #[cfg(test)]
            manual: None,
        }
    }

    /// Shows what a test says.
    #[cfg(test)]
    pub(super) fn manual(time: std::sync::Arc<std::sync::atomic::AtomicI64>) -> Self {
        Self { manual: Some(time), ..Self::start() }
    }

    pub(super) fn now(&self) -> i64 {
        #[cfg(test)]
        if let Some(manual) = &self.manual {
            return manual.load(std::sync::atomic::Ordering::Relaxed);
        }
        self.began.elapsed().as_millis() as i64
    }
}
