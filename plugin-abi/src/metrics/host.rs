//! The host's side of [`super::PluginMetrics`].

use std::sync::Arc;

use super::Windows;
use crate::Result;

/// How a number behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MetricKind {
    /// Goes up and down.
    Gauge = 0,
    /// Only grows while what it belongs to lives.
    Counter = 1,
}

/// Says what a metric is now (`MetricValueProvider`); from any thread, by several at once.
pub trait MetricValueProvider: Send + Sync {
    /// The value.
    ///
    /// # Errors
    /// It cannot be told: the plugin's code panicked.
    fn value(&self) -> Result<f64>;
}

/// A metric to be registered.
#[derive(Clone)]
pub struct Metric {
    /// Its name, without the plugin's own part in it.
    pub name: String,
    /// What it says, in a sentence.
    pub description: String,
    /// What tells it from others of that name, beside the tags of the plugin.
    pub tags: Vec<(String, String)>,
    /// How it behaves.
    pub kind: MetricKind,
    /// Whether the author's code runs to answer: such an answer may never come.
    pub computed: bool,
    /// Its value.
    pub value: Arc<dyn MetricValueProvider>,
}

/// Where the metrics of one object of a plugin are registered; from any thread. All of them end with the object.
pub trait MetricsHost: Send + Sync {
    /// What rates, averages and extremes are taken over.
    fn windows(&self) -> Windows;
    /// Shows a metric from now on.
    ///
    /// # Errors
    /// There is one of that name and those tags, a tag is the host's own, there are too many, or the object ended.
    fn add(&self, metric: Metric) -> Result<()>;
    /// Shows it no more.
    ///
    /// # Errors
    /// There is none of that name and those tags, or the object ended.
    fn remove(&self, name: &str, tags: &[(String, String)]) -> Result<()>;
}

/// Takes everything and shows it to nobody.
struct Unseen;

impl MetricsHost for Unseen {
    fn windows(&self) -> Windows {
        Windows::default()
    }
    fn add(&self, _: Metric) -> Result<()> {
        Ok(())
    }
    fn remove(&self, _: &str, _: &[(String, String)]) -> Result<()> {
        Ok(())
    }
}

/// For hosts that show no metrics: those before ABI 1.3, dry runs, tests.
pub fn unseen() -> Arc<dyn MetricsHost> {
    Arc::new(Unseen)
}
