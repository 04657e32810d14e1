//! What Java prints: `toString` of every value of the data model, and what goes with it.
//!
//! `StringConverter`, `FileStreamSink`, header texts and error messages all show Java's forms; they
//! share this module so that they cannot differ.

mod date;
mod decimal;
mod float;
mod map_order;
mod regex;
mod text;
mod utf8;

pub use date::{civil_from_days, days_from_civil};
pub use decimal::{BigDecimal, append_decimal, decimal_complaint, digit, parse_decimal};
pub use float::{append_f32, append_f64};
pub use map_order::{hash_code, hash_map_order, string_hash};
pub use regex::{check_regex, translate_regex};
pub use text::{append, append_i64, class_name, to_string};
pub use utf8::decode;
