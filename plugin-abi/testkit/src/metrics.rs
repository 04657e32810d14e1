//! Metrics of a plugin, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ferry_plugin_abi::metrics::{Metric, MetricsHost, Windows};
use ferry_plugin_abi::{Error, Result};

/// Keeps what is registered, to be looked at.
#[derive(Default)]
pub struct FakeMetrics(Mutex<BTreeMap<String, Metric>>);

/// `lag`, or `lag{table=orders}`.
fn key(name: &str, tags: &[(String, String)]) -> String {
    let tags: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if tags.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", tags.join(",")) }
}

impl FakeMetrics {
    /// What a metric is now; `None`: there is none of that name (`lag`, or with tags `lag{table=orders}`), or it
    /// panicked.
    pub fn value(&self, name: &str) -> Option<f64> {
        let metrics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        metrics.get(name)?.value.value().ok()
    }
    /// The names of all, in order.
    pub fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

impl MetricsHost for FakeMetrics {
    fn windows(&self) -> Windows {
        Windows::default()
    }
    fn add(&self, metric: Metric) -> Result<()> {
        let key = key(&metric.name, &metric.tags);
        let mut metrics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if metrics.contains_key(&key) {
            return Err(Error::fatal(format!("Metric {key} already exists")));
        }
        metrics.insert(key, metric);
        Ok(())
    }
    fn remove(&self, name: &str, tags: &[(String, String)]) -> Result<()> {
        let key = key(name, tags);
        let removed = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        removed.map(drop).ok_or_else(|| Error::fatal(format!("Unknown metric {key}")))
    }
}
