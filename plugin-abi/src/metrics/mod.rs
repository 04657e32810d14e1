//! Metrics that plugins register (KIP-877): [`PluginMetrics`] is what an author uses, [`MetricsHost`] what a host
//! offers.
//!
//! A plugin changes what it measures in its own memory, from any thread, and the host reads it when somebody looks:
//! nothing crosses the boundary per record.

mod handles;
mod host;
mod plugin;
mod sensor;
pub mod stats;

pub use handles::{Counter, Gauge};
pub use host::{Metric, MetricKind, MetricValueProvider, MetricsHost, unseen};
pub use plugin::PluginMetrics;
pub use sensor::Sensor;
pub use stats::Windows;

#[cfg(test)]
mod tests;
