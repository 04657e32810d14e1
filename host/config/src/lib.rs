//! Worker and connector configuration: text → typed settings, once, at the edge.

pub mod clients;
pub mod connector;
pub mod connector_file;
mod error;
mod evaluate;
pub mod java_order;
pub mod json;
mod pattern;
pub mod properties;
pub mod providers;
mod remark;
pub mod secret;
pub mod suggest;
pub mod validate;
pub mod worker;

pub use connector::{ConnectorConfig, ConnectorKind};
pub use error::{ConfigError, Result};
pub use evaluate::complaints;
pub use ferry_plugin_abi::config::ConfigMap;
pub use remark::{Remark, RemarkKind};
pub use worker::{AdminListeners, Listener, RestConfig, WorkerConfig};
