//! Write a Ferry connector: one trait, one macro.
//!
//! ```
//! use ferry_sdk::prelude::*;
//!
//! /// Says hello.
//! #[derive(Config)]
//! struct Settings {
//!     /// Topic to write to.
//!     #[config(non_empty)]
//!     topic: String,
//!     /// Greetings per second.
//!     #[config(default = 1, range(1..=1000))]
//!     rate: u32,
//! }
//!
//! struct Hello(Settings);
//!
//! impl Source for Hello {
//!     type Config = Settings;
//!     fn start(settings: Settings, _: &SourceContext) -> Result<Self> {
//!         Ok(Self(settings))
//!     }
//!     fn poll(&mut self, ctx: &SourceContext, out: &mut Records<'_>) -> Result<()> {
//!         if !ctx.sleep(Duration::from_secs(1) / self.0.rate) {
//!             out.to(&self.0.topic).value("hello").send();
//!         }
//!         Ok(())
//!     }
//! }
//!
//! ferry_sdk::plugin! { source "org.example.HelloSource" => Hello }
//! # fn main() { assert_eq!(classes()[0].config.keys()[1].documentation, "Greetings per second."); }
//! ```
//!
//! Operators see what a plugin measures in `GET /metrics` ([`metrics`], KIP-877). A connector or task registers its
//! metrics with [`SourceContext::metrics`](api::SourceContext::metrics) or that of its own context; transforms,
//! predicates and converters are given them:
//!
//! ```
//! use ferry_sdk::prelude::*;
//!
//! /// Drops what it has been told to.
//! #[derive(Default)]
//! struct DropSmall {
//!     dropped: Counter,
//!     sizes: Sensor,
//! }
//!
//! impl Transform for DropSmall {
//!     fn configure(&mut self, _: &ConfigMap) -> Result<()> {
//!         Ok(())
//!     }
//!     fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
//!         self.dropped = metrics.counter("dropped-total", "Records that were too small.")?;
//!         self.sizes = metrics.sensor().avg("size-avg", "Mean size.")?.max("size-max", "Largest size.")?;
//!         Ok(())
//!     }
//!     fn apply<'a>(&mut self, record: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> {
//!         let size = record.value().as_str().map_or(0, str::len);
//!         self.sizes.record(size as f64);
//!         if size < 3 {
//!             self.dropped.increment();
//!             return Ok(Outcome::Drop);
//!         }
//!         Ok(Outcome::Keep)
//!     }
//! }
//!
//! ferry_sdk::plugin! { transform "org.example.DropSmall" => DropSmall { doc: "Drops small texts." } }
//! # fn main() {
//! # use ferry_sdk::api::Factory;
//! # let Factory::Transform(make) = &classes()[0].factory else { panic!() };
//! # let mut transform = make().unwrap();
//! # transform.with_plugin_metrics(&PluginMetrics::default()).unwrap();
//! # let scratch = ferry_sdk::data::Scratch::new();
//! # let mut small = Record::to("t").with_value(None, ValueRef::str("ab"));
//! # assert_eq!(transform.apply(&mut small, scratch.arena()), Ok(Outcome::Drop));
//! # }
//! ```
//!
//! Build the crate as a `cdylib` and put the `.so` into `plugin.path`. [`Source`] and [`Sink`] say what
//! is called when; [`mod@config`] what `derive(Config)` understands; events of `tracing` go to the worker's
//! log with the connector and the task; [`block_on`] runs an async client.

mod block_on;
pub mod java;
pub mod log;
mod plugin;
mod prelude_items;
mod records;
mod settings;
mod sink;
mod source;

pub use block_on::block_on;
pub use ferry_plugin_abi as abi;
pub use ferry_plugin_abi::{Cause, Error, ErrorKind, Result, api, config, data, metrics};
pub use ferry_sdk_macros::Config;
pub use records::{Draft, Emit, IntoData};
#[doc(hidden)]
pub use settings::place as __place;
pub use settings::{Config, Setting};
pub use sink::{Sink, SinkConnector, sink_class};
pub use source::{Source, SourceConnector, source_class};

/// The version of this crate, as plugins report it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// All that a connector usually needs.
pub mod prelude {
    pub use crate::prelude_items::*;
}
