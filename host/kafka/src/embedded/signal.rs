//! Wakes a consumer that waits for records or for a change of its group.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

/// One consumer's bell. Ringing it costs one atomic load unless the consumer is about to sleep.
#[derive(Default)]
pub(super) struct Signal {
    armed: AtomicBool,
    rung: Mutex<bool>,
    condition: Condvar,
}

impl Signal {
    /// To be called before the last look for work: whatever happens later rings.
    pub(super) fn arm(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.armed.store(true, SeqCst);
    }

    /// Sleeps until rung or `timeout` is over.
    pub(super) fn wait(&self, timeout: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let _unused = self.condition.wait_timeout_while(rung, timeout, |rung| !*rung);
        self.armed.store(false, SeqCst);
    }

    pub(super) fn ring(&self) {
        if self.armed.load(SeqCst) {
            *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.condition.notify_all();
        }
    }
}

/// The bells to ring for one thing.
#[derive(Default)]
pub(super) struct Watchers(Mutex<Vec<Weak<Signal>>>);

impl Watchers {
    pub(super) fn add(&self, signal: &Arc<Signal>) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|watcher| watcher.strong_count() > 0);
        watchers.push(Arc::downgrade(signal));
    }

    pub(super) fn remove(&self, signal: &Arc<Signal>) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|watcher| watcher.strong_count() > 0 && watcher.as_ptr() != Arc::as_ptr(signal));
    }

    pub(super) fn ring(&self) {
        for watcher in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(signal) = watcher.upgrade() {
                signal.ring();
            }
        }
    }
}
