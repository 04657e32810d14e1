//! Tools that need configurations and plugins, and no worker: `ferry lint` and `ferry test`.
//!
//! What they say is what a worker says: validation, transforms, predicates and converters are those of
//! `ferry-runtime` and the plugins. Nothing is sent, stored or asked for over a network.

pub mod lint;
mod offline;
pub mod report;
pub mod text;
pub mod unit;
