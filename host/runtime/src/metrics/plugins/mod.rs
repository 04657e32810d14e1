//! Metrics that plugins register themselves (`PluginMetrics`, KIP-877): MBeans of the type `plugins`.
//!
//! Each object of a plugin has a [`PluginScope`] with the tags that the worker gives it, which ends with the object.
//! What they register stands in one table, [`PluginSeries`], by the name and labels that Prometheus sees, so that
//! no series is there twice, whoever registers it.

mod ask;
mod name;
mod scope;

pub use scope::{Owner, PluginScope};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use ferry_plugin_abi::metrics::{MetricKind, MetricValueProvider, Windows};

use super::attributes::Kind;
use super::text::{Labels, Text};
use crate::executor::lock;
use ask::Calls;
use name::{MetricName, Series};

/// What is said of a metric that says nothing of itself.
const NO_DESCRIPTION: &str = "Registered by a plugin.";

/// All metrics of the plugins of a worker; from any thread.
#[derive(Debug, Default)]
pub struct PluginSeries {
    windows: Windows,
    scopes: AtomicU64,
    table: Mutex<BTreeMap<Series, Arc<Entry>>>,
}

/// A registered metric.
struct Entry {
    scope: u64,
    owner: Owner,
    name: MetricName,
    labels: Labels,
    kind: MetricKind,
    computed: bool,
    value: Arc<dyn MetricValueProvider>,
    calls: Mutex<Calls>,
    /// It was said that there is no value.
    failed: AtomicBool,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name)
    }
}

/// A metric when somebody looks.
struct Sample {
    family: String,
    kind: MetricKind,
    help: String,
    labels: Labels,
    value: Option<f64>,
}

impl PluginSeries {
    /// Of a worker with these windows.
    pub fn new(windows: Windows) -> Arc<Self> {
        Arc::new(Self { windows, ..Self::default() })
    }

    /// For an object of `owner`; `part` is the tag that tells it from others of its task.
    pub fn scope(self: &Arc<Self>, owner: Owner, part: Option<(&'static str, &str)>) -> Arc<PluginScope> {
        let number = self.scopes.fetch_add(1, Relaxed);
        Arc::new(PluginScope::new(self.clone(), number, owner, part))
    }

    /// Writes all of them; says how many there are.
    pub(super) fn write(&self, text: &mut Text) -> usize {
        let samples = self.samples();
        for family in samples.chunk_by(|a, b| a.family == b.family) {
            let counters = family.iter().all(|sample| sample.kind == MetricKind::Counter);
            let kind = if counters { Kind::Counter } else { Kind::Gauge };
            let values = family.iter().filter_map(|sample| Some((&sample.labels, sample.value?)));
            text.all(&family[0].family, kind, &family[0].help, values);
        }
        samples.len()
    }

    /// What there is and what it is, by family.
    fn samples(&self) -> Vec<Sample> {
        let mut asked = Vec::new();
        let mut samples: Vec<Sample> = Vec::new();
        for (series, entry) in lock(&self.table).iter() {
            // What is held in memory is read here: that is a few nanoseconds each.
            let value = if entry.computed {
                asked.push((samples.len(), entry.clone()));
                None
            } else {
                entry.answer()
            };
            let help = Some(entry.name.description.as_str()).filter(|help| !help.trim().is_empty());
            samples.push(Sample {
                family: series.family.clone(),
                kind: entry.kind,
                help: help.unwrap_or(NO_DESCRIPTION).to_owned(),
                labels: entry.labels.clone(),
                value,
            });
        }
        for (index, value) in ask::all(asked) {
            samples[index].value = Some(value);
        }
        samples
    }
}

impl Entry {
    /// Its value; why there is none is logged once.
    fn answer(&self) -> Option<f64> {
        match self.value.value() {
            Ok(value) => Some(value),
            Err(error) => {
                if !self.failed.swap(true, Relaxed) {
                    let _entered = self.owner.context().enter();
                    tracing::warn!(metric = %self.name, error = error.trace(), "a metric of a plugin has no value and is left out");
                }
                None
            }
        }
    }
}

/// Drops what may hold things of the plugin, whose destructors may do anything: where that keeps nobody up.
fn drop_aside(entries: Vec<Arc<Entry>>) {
    let (computed, held): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.computed);
    drop(held);
    if !computed.is_empty() {
        // Without a thread it is this one that drops them.
        let _ = std::thread::Builder::new().name("plugin-metrics".to_owned()).spawn(move || drop(computed));
    }
}

#[cfg(test)]
mod tests;
