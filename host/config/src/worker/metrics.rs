//! How a worker measures.

use std::time::Duration;

use ferry_plugin_abi::config::Config;

/// Windows of statistics, as Kafka has them, and those of Kafka clients.
///
/// `metrics.recording.level` is checked and makes no difference: all of Connect's metrics are of the level INFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsConfig {
    /// The time of one sample (`metrics.sample.window.ms`).
    pub window: Duration,
    /// Samples that count (`metrics.num.samples`).
    pub samples: usize,
    /// How often Kafka clients tell their statistics; `None`: never.
    pub clients: Option<Duration>,
}

impl MetricsConfig {
    pub(super) fn new(config: &Config) -> Self {
        let millis =
            |key| config.long(key).and_then(|millis| millis.try_into().ok()).map(Duration::from_millis);
        let window = millis("metrics.sample.window.ms").unwrap_or_default();
        let clients = millis("ferry.metrics.client.interval.ms").unwrap_or(window);
        Self {
            window,
            samples: config.int("metrics.num.samples").and_then(|n| n.try_into().ok()).unwrap_or(1),
            clients: (!clients.is_zero()).then_some(clients),
        }
    }
}
