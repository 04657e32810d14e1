//! What an author registers metrics with.

use std::sync::Arc;

use super::{
    Counter, Gauge, Metric, MetricKind, MetricValueProvider, MetricsHost, Sensor, Windows, host::unseen,
};
use crate::Result;
use crate::guard::Answering;

/// Registers metrics of one object of a plugin: a connector, a task, a transform, a predicate or a converter
/// (`PluginMetrics`, KIP-877). Operators see them among the worker's own, as MBeans of the type `plugins` with the
/// tags of the object: `GET /metrics` shows `lag-bytes` of a task as
/// `kafka_connect_plugins_lag_bytes{connector="c",task="0"}`.
///
/// Metrics may be registered and removed at any time, from any thread; all that are left end with the object,
/// however it ends. What is registered after that is refused. Names are like Kafka's: lower case with hyphens, the
/// unit or `total`, `rate`, `avg` at the end.
///
/// ```
/// # use ferry_plugin_abi::Result;
/// # use ferry_plugin_abi::metrics::PluginMetrics;
/// # fn start(metrics: &PluginMetrics) -> Result<()> {
/// let lag = metrics.gauge("lag-bytes", "Bytes that are not read yet.")?;
/// let files = metrics.counter("files-read-total", "Files read to their end.")?;
/// let requests = metrics.sensor().avg("request-time-ms-avg", "Mean time of a request, in ms.")?;
/// lag.set(17.0);
/// files.increment();
/// requests.record(1.5);
/// # Ok(())
/// # }
/// # start(&PluginMetrics::default()).unwrap();
/// ```
///
/// A host older than ABI 1.3 shows none of them; everything works there all the same.
#[derive(Clone)]
pub struct PluginMetrics {
    host: Arc<dyn MetricsHost>,
    tags: Arc<[(String, String)]>,
}

impl Default for PluginMetrics {
    /// Metrics that nobody sees.
    fn default() -> Self {
        Self::new(unseen())
    }
}

impl PluginMetrics {
    /// Wraps the host's side.
    pub fn new(host: Arc<dyn MetricsHost>) -> Self {
        Self { host, tags: Arc::new([]) }
    }

    /// The host's side.
    pub fn host(&self) -> &Arc<dyn MetricsHost> {
        &self.host
    }

    /// The same, for metrics that have these tags besides: `metrics.tagged([("table", "orders")])`. Tags are labels
    /// in `GET /metrics`, one series for each value: remove what has become of no interest.
    #[must_use]
    pub fn tagged<K: Into<String>, V: Into<String>>(&self, tags: impl IntoIterator<Item = (K, V)>) -> Self {
        let more = tags.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self { host: self.host.clone(), tags: self.tags.iter().cloned().chain(more).collect() }
    }

    /// A number that goes up and down, set by the plugin.
    ///
    /// # Errors
    /// The object has a metric of this name and these tags, or as many as it may have (1,000); name, description and
    /// tags are longer than 4,096 bytes; a tag is one that the worker sets (`connector`, `task`, …); or the object
    /// has ended.
    pub fn gauge(&self, name: &str, description: &str) -> Result<Gauge> {
        let gauge = Gauge::default();
        self.add(name, description, MetricKind::Gauge, false, Arc::new(gauge.clone()))?;
        Ok(gauge)
    }

    /// A number that the plugin computes when somebody looks. `value` runs on a thread of the worker, maybe several
    /// times at once, and should not wait: an answer that takes longer than a second is left out, and the metric
    /// is absent until the call returns. After a panic it is not asked again.
    ///
    /// # Errors
    /// See [`PluginMetrics::gauge`].
    pub fn gauge_of(
        &self,
        name: &str,
        description: &str,
        value: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Result<()> {
        let value = Arc::new(Answering::new(&format!("metric {name}"), value));
        self.add(name, description, MetricKind::Gauge, true, value)
    }

    /// A number that only grows, from zero.
    ///
    /// # Errors
    /// See [`PluginMetrics::gauge`].
    pub fn counter(&self, name: &str, description: &str) -> Result<Counter> {
        let counter = Counter::default();
        self.add(name, description, MetricKind::Counter, false, Arc::new(counter.clone()))?;
        Ok(counter)
    }

    /// Statistics of values that are recorded; say which: `metrics.sensor().avg("…", "…")?.max("…", "…")?`.
    pub fn sensor(&self) -> Sensor {
        Sensor::new(self.clone())
    }

    /// Shows a metric with the tags of this object no more.
    ///
    /// # Errors
    /// There is none of this name, or the object has ended.
    pub fn remove(&self, name: &str) -> Result<()> {
        self.host.remove(name, &self.tags)
    }

    pub(super) fn windows(&self) -> Windows {
        self.host.windows()
    }

    pub(super) fn add(
        &self,
        name: &str,
        description: &str,
        kind: MetricKind,
        computed: bool,
        value: Arc<dyn MetricValueProvider>,
    ) -> Result<()> {
        let (name, description) = (name.to_owned(), description.to_owned());
        self.host.add(Metric { name, description, tags: self.tags.to_vec(), kind, computed, value })
    }
}

impl std::fmt::Debug for PluginMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginMetrics").field("tags", &self.tags).finish_non_exhaustive()
    }
}
