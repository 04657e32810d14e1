//! Transforms and predicates.

use crate::Result;
use crate::config::ConfigMap;
use crate::data::{Arena, Record};
use crate::metrics::PluginMetrics;

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It goes on.
    Keep,
    /// It is filtered out.
    Drop,
}

/// `Transformation`.
pub trait Transform: Send {
    /// Takes the configuration, prefix removed; called once, first.
    fn configure(&mut self, config: &ConfigMap) -> Result<()>;
    /// Takes what its metrics are registered with; called once, after `configure` (`Monitorable`, KIP-877; since
    /// ABI 1.3). An error fails the task.
    fn with_plugin_metrics(&mut self, _metrics: &PluginMetrics) -> Result<()> {
        Ok(())
    }
    /// Changes `record` in place. New values go to `arena`; what stays is not copied. After an error
    /// the record is as it was before, so change it last.
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome>;
}

/// `Predicate`.
pub trait Predicate: Send {
    /// Takes the configuration, prefix removed; called once, first.
    fn configure(&mut self, config: &ConfigMap) -> Result<()>;
    /// Takes what its metrics are registered with; called once, after `configure` (`Monitorable`, KIP-877; since
    /// ABI 1.3). An error fails the task.
    fn with_plugin_metrics(&mut self, _metrics: &PluginMetrics) -> Result<()> {
        Ok(())
    }
    /// Whether `record` is meant.
    fn test(&mut self, record: &Record<'_>) -> Result<bool>;
}
