//! Converters between Connect's data and bytes.

use crate::Result;
use crate::config::ConfigMap;
use crate::data::{Arena, Schema, ValueRef};
use crate::metrics::PluginMetrics;

/// What a converter is used for (`converter.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Record keys.
    Key = 0,
    /// Record values.
    Value = 1,
    /// Header values.
    Header = 2,
}

impl Role {
    /// The value of `converter.type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
            Self::Header => "header",
        }
    }
}

/// `Converter` and `HeaderConverter`. Called once per record: keep caches by schema pointer.
pub trait Converter: Send {
    /// Takes the configuration, prefix removed; called once, first.
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()>;
    /// Takes what its metrics are registered with; called once, after `configure` (`Monitorable`, KIP-877; since
    /// ABI 1.3). An error fails the task.
    fn with_plugin_metrics(&mut self, _metrics: &PluginMetrics) -> Result<()> {
        Ok(())
    }
    /// Appends the bytes of `value` to `out`. `Ok(false)`: no bytes at all (Kafka's null), `out` is
    /// as it was.
    fn from_connect(
        &mut self,
        topic: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool>;
    /// The schema and the value of `bytes`, which live as long as `arena`: point into them freely.
    fn to_connect<'a>(
        &mut self,
        topic: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)>;
}
