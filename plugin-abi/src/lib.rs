//! All that a Ferry plugin and the host share: data model, configuration, the traits of every
//! plugin kind, and the boundary between them.

pub mod api;
pub mod config;
pub mod data;
pub mod error;
pub mod raw;

pub use error::{Cause, Error, ErrorKind, Result};
