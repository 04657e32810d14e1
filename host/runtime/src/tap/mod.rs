//! A look at the records that flow, after each stage of their way: `GET /connectors/{c}/tap`.
//!
//! Nobody listening costs a task one relaxed load per batch: the loops exist twice, and the one that looks is not
//! the one that runs. Somebody listening gets samples, so many a second, and loses those that it is too slow for;
//! the task waits for nobody.

mod listener;
mod observer;
mod render;

pub use listener::{TapRequest, TapStream};
pub use observer::{Observer, Sampler, Stages, Unseen, What};
pub use render::{Limits, Rendering};

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use ferry_config::providers::Secrets;

use crate::executor::{TaskId, lock};
use listener::Listener;

/// Who listens to a connector's records.
#[derive(Default)]
pub struct Tap {
    /// Whether anybody does: all that a task looks at.
    on: AtomicBool,
    listeners: Mutex<Vec<Arc<Listener>>>,
}

impl Tap {
    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Listener>>)) {
        let mut listeners = lock(&self.listeners);
        change(&mut listeners);
        self.on.store(!listeners.is_empty(), Ordering::Relaxed);
    }
}

/// The taps of all connectors that have tasks or listeners.
#[derive(Default)]
pub struct Taps {
    taps: Mutex<HashMap<String, Weak<Tap>>>,
    ended: AtomicBool,
}

impl Taps {
    fn of(&self, connector: &str) -> Arc<Tap> {
        let mut taps = lock(&self.taps);
        if let Some(tap) = taps.get(connector).and_then(Weak::upgrade) {
            return tap;
        }
        taps.retain(|_, tap| tap.strong_count() > 0);
        let tap = Arc::<Tap>::default();
        taps.insert(connector.to_owned(), Arc::downgrade(&tap));
        tap
    }

    /// What a task looks at; `secrets` are kept out of what is shown.
    pub fn task(&self, id: &TaskId, secrets: Arc<Secrets>) -> TaskTap {
        TaskTap { tap: self.of(&id.connector), task: id.task, secrets }
    }

    /// Listens to a connector.
    pub fn listen(&self, connector: &str, request: TapRequest) -> TapStream {
        let stream = TapStream::open(self.of(connector), request);
        if self.ended.load(Ordering::Acquire) {
            self.end(connector);
        }
        stream
    }

    /// The connector is gone: its listeners hear no more.
    pub fn end(&self, connector: &str) {
        let tap = lock(&self.taps).get(connector).and_then(Weak::upgrade);
        if let Some(tap) = tap {
            tap.change(Vec::clear);
        }
    }

    /// The worker ends.
    pub fn end_all(&self) {
        self.ended.store(true, Ordering::Release);
        let taps: Vec<_> = lock(&self.taps).values().filter_map(Weak::upgrade).collect();
        taps.iter().for_each(|tap| tap.change(Vec::clear));
    }
}

/// A task's view of its connector's tap.
pub struct TaskTap {
    tap: Arc<Tap>,
    task: u32,
    secrets: Arc<Secrets>,
}

impl TaskTap {
    /// One that nobody can listen to.
    pub fn none() -> Self {
        Self { tap: Arc::default(), task: 0, secrets: Arc::default() }
    }

    /// Begins a batch; `None`: nobody listens. `first`: what the first stage is called.
    #[inline]
    pub fn begin(&self, first: &'static str) -> Option<Sampler> {
        if !self.tap.on.load(Ordering::Relaxed) {
            return None;
        }
        let listeners =
            lock(&self.tap.listeners).iter().filter(|one| one.wants(self.task)).cloned().collect();
        Some(Sampler::new(listeners, self.task, first, self.secrets.clone()))
    }
}

#[cfg(test)]
mod tests;
