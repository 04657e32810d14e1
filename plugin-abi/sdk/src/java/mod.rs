//! Java's ways that users see: text of values, and regular expressions.

mod date_format;
#[cfg(feature = "java-regex")]
mod regex;
#[cfg(feature = "java-values")]
pub mod values;

pub use date_format::SimpleDateFormat;
pub use ferry_plugin_abi::data::java::*;
#[cfg(feature = "java-regex")]
pub use regex::Regex;
