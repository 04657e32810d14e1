//! Java's ways that users see: text of values, and regular expressions.

#[cfg(feature = "java-regex")]
mod regex;

pub use ferry_plugin_abi::data::java::*;
#[cfg(feature = "java-regex")]
pub use regex::Regex;
