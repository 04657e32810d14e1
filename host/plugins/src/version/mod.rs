//! Versions and version ranges as Maven has them, because `*.plugin.version` is written in them.

mod comparable;
mod range;

pub use comparable::Version;
pub use range::{InvalidRange, VersionRange};
