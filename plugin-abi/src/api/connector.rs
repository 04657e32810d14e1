//! Connectors: they turn one configuration into those of their tasks.

use super::ConnectorContext;
use crate::config::{ConfigMap, ConfigValueInfo};
use crate::data::Value;
use crate::{Error, Result};

/// What a source promises for a configuration (KIP-618).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExactlyOnceSupport {
    /// Its offsets are exact: no record is read twice.
    Supported,
    /// Some record may be read twice.
    Unsupported,
}

/// Whether a source can say where transactions end (KIP-618).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionBoundarySupport {
    /// It can.
    Supported,
    /// It cannot.
    Unsupported,
}

/// `SourceConnector` and `SinkConnector`.
pub trait Connector: Send {
    /// Begins; called once, before [`Connector::task_configs`].
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()>;
    /// The configurations of at most `max_tasks` tasks.
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>>;
    /// Ends; the object is dropped afterwards.
    fn stop(&mut self) -> Result<()> {
        Ok(())
    }
    /// Complaints beyond what the [`crate::config::ConfigDef`] says; called without `start`.
    fn validate(&mut self, _config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        Ok(Vec::new())
    }
    /// A source's promise; `None` where it makes none.
    fn exactly_once_support(&mut self, _config: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        Ok(None)
    }
    /// Whether this source can say where transactions end.
    fn transaction_boundary_support(&mut self, _config: &ConfigMap) -> Result<TransactionBoundarySupport> {
        Ok(TransactionBoundarySupport::Unsupported)
    }
    /// The user asks for other offsets (KIP-875): pairs of partition and offset, `None` = reset.
    /// `Ok(true)`: all done; `Ok(false)`: only what Connect keeps is altered; called without `start`.
    fn alter_offsets(&mut self, _config: &ConfigMap, _offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        Err(Error::fatal("this connector does not support external modification of offsets")
            .class("java.lang.UnsupportedOperationException"))
    }
}
