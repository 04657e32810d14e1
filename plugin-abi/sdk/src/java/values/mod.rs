//! `org.apache.kafka.connect.data.Values`: values as text, and what type a text most likely has.

mod parse;
mod temporal;
mod tokens;
mod write;

pub use parse::{Parsed, parse};
pub use temporal::append as append_date;
pub use write::append;
