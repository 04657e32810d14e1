//! Finds, checks and loads plugins: from `plugin.path` to classes that look like built-in ones.
//!
//! ```text
//! places (files of plugin.path) → section (manifest, no code runs) → scanner (child process)
//!        → cache → catalog (names, aliases, versions) → registry ← runtime, REST
//!                                                          ↓ first use
//!                                                        image (dlopen of a copy, checks)
//! ```
//!
//! One bad file never stops a worker: it becomes a [`Refusal`], one sentence that says what was
//! found, what was wanted and what to do.

mod alias;
mod cache;
mod catalog;
mod discovery;
mod error;
mod image;
mod inspect;
pub mod list;
mod log;
mod places;
mod refusal;
mod registry;
mod scanner;
mod section;
pub mod version;
mod watch;

pub use discovery::Discovery;
pub use error::ResolveError;
pub use inspect::{Inspection, inspect_in_process};
pub use log::severity;
pub use refusal::{Reason, Refusal};
pub use registry::{Options, PluginInfo, PluginRegistry, Registry};
pub use scanner::Scanner;
