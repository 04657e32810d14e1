//! Worker and connector configuration: text → typed settings, once, at the edge.

pub mod connector_file;
mod error;
pub mod java_order;
pub mod json;
pub mod properties;
pub mod providers;
pub mod secret;
mod suggest;
pub mod worker;

pub use error::{ConfigError, Result};
pub use ferry_plugin_abi::config::ConfigMap;
pub use worker::WorkerConfig;
