//! Numbers that a plugin holds and the host reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::MetricValueProvider;
use crate::Result;

/// A number that goes up and down. Clones are the same number; setting it is one write to memory, from any thread.
/// The default is one that nobody sees: what a plugin holds before it is given its metrics.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// It is this from now on.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }
    /// It is so much more; less if `more` is below zero.
    pub fn add(&self, more: f64) {
        let add = |bits| Some((f64::from_bits(bits) + more).to_bits());
        // It always has something to add, and so never gives up.
        let _ = self.0.fetch_update(Relaxed, Relaxed, add);
    }
    /// What it is; 0 at first.
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// A number that only grows. Clones are the same number; adding to it is one step of the processor, from any thread.
/// The default is one that nobody sees.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }
    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }
    /// What it has come to; 0 at first.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl MetricValueProvider for Gauge {
    fn value(&self) -> Result<f64> {
        Ok(self.get())
    }
}

impl MetricValueProvider for Counter {
    fn value(&self) -> Result<f64> {
        Ok(self.get() as f64)
    }
}
