//! Worker and connector configuration: text → typed settings, once, at the edge.

mod error;
pub mod java_order;
pub mod properties;
pub mod secret;

pub use error::{ConfigError, Result};
