//! Worker and connector configuration: text → typed settings, once, at the edge.

pub mod connector_file;
mod error;
pub mod java_order;
pub mod json;
mod map;
pub mod properties;
pub mod providers;
pub mod secret;

pub use error::{ConfigError, Result};
pub use map::ConfigMap;
