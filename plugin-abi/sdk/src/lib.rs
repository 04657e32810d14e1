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
pub use ferry_plugin_abi::{Cause, Error, ErrorKind, Result, api, config, data};
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
