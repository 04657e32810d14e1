//! All that a Ferry plugin and the host share: data model, configuration, the traits of every
//! plugin kind, and the boundary between them.

pub mod api;
pub mod config;
pub mod data;
pub mod error;
mod guard;
pub mod handshake;
pub mod manifest;
pub mod metrics;
#[doc(hidden)]
pub mod plugin;
pub mod raw;
mod vtable;

pub use vtable::image;

pub use error::{Cause, Error, ErrorKind, Result};

/// The version of this crate: that of the boundary, with a patch number.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
