//! What the converters tell operators of the registry and of what they remember.

use ferry_sdk::Result;
use ferry_sdk::metrics::{Counter, Gauge, PluginMetrics, Sensor};

/// The metrics of a converter.
#[derive(Clone, Default)]
pub struct Metrics {
    /// Records whose schema had been converted before.
    pub hits: Counter,
    /// Records whose schema had to be converted first.
    pub misses: Counter,
    /// Schemas that are kept in their converted form.
    pub cached: Gauge,
    /// Times of requests, in milliseconds.
    pub requests: Sensor,
    /// Requests that failed.
    pub failures: Counter,
}

impl Metrics {
    /// Registered.
    pub fn register(metrics: &PluginMetrics) -> Result<Self> {
        let requests = metrics
            .sensor()
            .count("registry-requests-total", "Requests to the schema registry, repeated ones included.")?
            .count_rate("registry-request-rate", "Requests to the schema registry per second.")?
            .avg("registry-request-time-ms-avg", "Mean time of a request to the schema registry, in ms.")?
            .max(
                "registry-request-time-ms-max",
                "Longest time of a request to the schema registry, in ms.",
            )?;
        Ok(Self {
            hits: metrics
                .counter("schema-cache-hits-total", "Records whose schema had been converted before.")?,
            misses: metrics.counter(
                "schema-cache-misses-total",
                "Records whose schema had to be converted first, and asked for where it was to be read.",
            )?,
            cached: metrics.gauge("schemas-cached", "Schemas that are kept in their converted form.")?,
            requests,
            failures: metrics.counter(
                "registry-request-failures-total",
                "Requests to the schema registry without an answer, or with a refusal.",
            )?,
        })
    }
}
