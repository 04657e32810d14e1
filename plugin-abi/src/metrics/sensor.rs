//! Statistics of values that a plugin records.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::stats::Sampled;
use super::{MetricKind, MetricValueProvider, PluginMetrics, Windows};
use crate::Result;

/// Takes in values and shows statistics of them (`Sensor`), each a metric of its own. Clones are the same sensor;
/// recording takes a lock of its own for some nanoseconds, from any thread. The default is one that nobody sees.
///
/// Rates, averages and extremes are over the last windows of the worker (`metrics.sample.window.ms` ×
/// `metrics.num.samples`); an average or extreme of nothing is `NaN`.
#[derive(Clone)]
pub struct Sensor {
    metrics: PluginMetrics,
    state: Arc<State>,
}

struct State {
    began: Instant,
    windows: Windows,
    sums: Mutex<Sums>,
}

/// In Kafka each statistic has samples of its own: a rate begins one when it is first asked, the others do not.
#[derive(Default)]
struct Sums {
    values: Sampled,
    pace: Sampled,
    total: f64,
    count: u64,
}

#[derive(Clone, Copy)]
enum Stat {
    Avg,
    Max,
    Min,
    Rate,
    CountRate,
    Total,
    Count,
}

impl Default for Sensor {
    fn default() -> Self {
        Self::new(PluginMetrics::default())
    }
}

impl Sensor {
    pub(super) fn new(metrics: PluginMetrics) -> Self {
        let windows = metrics.windows();
        let state = State { began: Instant::now(), windows, sums: Mutex::default() };
        Self { metrics, state: Arc::new(state) }
    }

    /// Takes in a value. Where there is a total it should not be below zero.
    pub fn record(&self, value: f64) {
        self.state.with(|sums, windows, now| {
            sums.values.record(windows, value, now);
            sums.pace.record(windows, value, now);
            sums.total += value;
            sums.count += 1;
        });
    }

    /// Shows the mean of the values (`Avg`).
    ///
    /// # Errors
    /// As of [`PluginMetrics::gauge`]; so have all below.
    pub fn avg(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::Avg, MetricKind::Gauge, name, description)
    }
    /// Shows the largest value (`Max`).
    pub fn max(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::Max, MetricKind::Gauge, name, description)
    }
    /// Shows the smallest value (`Min`).
    pub fn min(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::Min, MetricKind::Gauge, name, description)
    }
    /// Shows the sum of the values per second (`Rate`).
    pub fn rate(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::Rate, MetricKind::Gauge, name, description)
    }
    /// Shows how many values there are per second (`Rate` of a `WindowedCount`).
    pub fn count_rate(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::CountRate, MetricKind::Gauge, name, description)
    }
    /// Shows the sum of all values since the beginning (`CumulativeSum`).
    pub fn total(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::Total, MetricKind::Counter, name, description)
    }
    /// Shows how many values there were since the beginning (`CumulativeCount`).
    pub fn count(self, name: &str, description: &str) -> Result<Self> {
        self.show(Stat::Count, MetricKind::Counter, name, description)
    }

    fn show(self, stat: Stat, kind: MetricKind, name: &str, description: &str) -> Result<Self> {
        let view = View { state: self.state.clone(), stat };
        self.metrics.add(name, description, kind, false, Arc::new(view))?;
        Ok(self)
    }
}

impl State {
    fn with<R>(&self, use_it: impl FnOnce(&mut Sums, Windows, i64) -> R) -> R {
        let now = self.began.elapsed().as_millis() as i64;
        // Nothing panics while it is held.
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        use_it(&mut sums, self.windows, now)
    }
}

/// One statistic of a sensor.
struct View {
    state: Arc<State>,
    stat: Stat,
}

impl MetricValueProvider for View {
    fn value(&self) -> Result<f64> {
        Ok(self.state.with(|sums, windows, now| match self.stat {
            Stat::Avg => sums.values.avg(windows, now),
            Stat::Max => sums.values.max(windows, now),
            Stat::Min => sums.values.min(windows, now),
            Stat::Rate => sums.pace.rate(windows, now),
            Stat::CountRate => sums.pace.event_rate(windows, now),
            Stat::Total => sums.total,
            Stat::Count => sums.count as f64,
        }))
    }
}
