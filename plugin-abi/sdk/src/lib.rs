//! Write a Ferry connector: one trait, one macro.

pub mod java;

pub use ferry_plugin_abi as abi;
pub use ferry_plugin_abi::{Cause, Error, ErrorKind, Result, api, config, data};
