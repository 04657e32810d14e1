//! Somebody who listens to the records of a connector.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::Tap;
use crate::executor::lock;

/// Samples a second where nobody says how many.
pub const RATE: u32 = 10;
/// The most samples a second.
pub const MOST: u32 = 100;
/// Samples that wait for a slow client; those beyond are lost.
const WAITING: usize = 256;

/// What somebody wants to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapRequest {
    /// Only after this stage.
    pub stage: Option<String>,
    /// Only of this task.
    pub task: Option<u32>,
    /// Samples a second, 10 by default and 100 at most; of all stages, a record counts once.
    pub rate: Option<u32>,
    /// Events after which it ends.
    pub limit: Option<usize>,
}

/// A sample, ready to be sent: JSON.
pub(super) type Sample = Arc<str>;

pub(super) struct Listener {
    number: u64,
    pub(super) stage: Option<String>,
    task: Option<u32>,
    rate: u32,
    /// The running second and what it has left.
    second: Mutex<(Instant, u32)>,
    samples: Sender<Sample>,
}

impl Listener {
    pub(super) fn wants(&self, task: u32) -> bool {
        self.task.is_none_or(|wanted| wanted == task)
    }

    /// Whether one more may be shown now.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut second = lock(&self.second);
        if now.saturating_duration_since(second.0) >= Duration::from_secs(1) {
            *second = (now, self.rate);
        }
        let left = second.1 > 0;
        second.1 = second.1.saturating_sub(1);
        left
    }

    pub(super) fn tell(&self, sample: &Sample) {
        // Who is too slow, or gone, misses it.
        let _ = self.samples.try_send(sample.clone());
    }
}

/// The samples that one listener gets.
pub struct TapStream {
    tap: Arc<Tap>,
    number: u64,
    samples: Receiver<Sample>,
    left: Option<usize>,
}

impl TapStream {
    pub(super) fn open(tap: Arc<Tap>, request: TapRequest) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (number, rate) =
            (NEXT.fetch_add(1, Ordering::Relaxed), request.rate.unwrap_or(RATE).clamp(1, MOST));
        let (sender, samples) = mpsc::channel(WAITING);
        let listener = Arc::new(Listener {
            number,
            stage: request.stage,
            task: request.task,
            rate,
            second: Mutex::new((Instant::now(), rate)),
            samples: sender,
        });
        tap.change(|listeners| listeners.push(listener));
        Self { tap, number, samples, left: request.limit }
    }

    /// The next sample as JSON; `None`: that was all. May be dropped while it waits, and nothing is lost.
    pub async fn next(&mut self) -> Option<Arc<str>> {
        if self.left == Some(0) {
            return None;
        }
        let sample = self.samples.recv().await?;
        self.left = self.left.map(|left| left - 1);
        Some(sample)
    }
}

#[cfg(test)]
impl TapStream {
    /// What has been told and not been taken.
    pub(super) fn next_now(&mut self) -> Option<Arc<str>> {
        self.samples.try_recv().ok()
    }
}

impl Drop for TapStream {
    fn drop(&mut self) {
        self.tap.change(|listeners| listeners.retain(|listener| listener.number != self.number));
    }
}
