//! Harness and contract suite for plugin authors.
//!
//! [`SourceHarness`] and [`SinkHarness`] drive a connector and a task as a worker does, in this process
//! and with a [`FakeHost`] instead of Kafka. [`contract!`] runs the delivery contract over a
//! connector, each check twice: with the classes linked into the test, and through the library that cargo
//! built, loaded as a worker loads it. Both must behave the same.

mod bound;
pub mod contract;
mod host;
mod library;
mod metrics;
mod sink;
mod source;

pub use host::{FakeHost, LogLine};
pub use library::{built, load};
pub use metrics::FakeMetrics;
pub use sink::SinkHarness;
pub use source::{Origin, SourceHarness};

use std::time::Duration;

/// How soon a call must return after its task was told to stop, on a machine that gives it the time it needs.
pub const STOP_BOUND: Duration = Duration::from_secs(2);
/// How long a check waits for something that has to happen at some time.
pub const PATIENCE: Duration = Duration::from_secs(120);
