//! Java's ways that users see: text of values, dates, logical types, and regular expressions.

mod date_format;
pub mod logical;
#[cfg(feature = "java-regex")]
mod regex;
#[cfg(feature = "java-values")]
pub mod values;

pub use date_format::SimpleDateFormat;
pub use ferry_plugin_abi::data::java::*;
#[cfg(feature = "java-regex")]
pub use regex::Regex;
