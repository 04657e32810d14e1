//! What a line becomes: text, a JSON value, a row of named fields.

use ferry_sdk::data::{Arena, ValueRef};

mod csv;
mod json;

pub use csv::{Csv, header};
pub use json::Json;

/// Turns the text of a line into a value.
pub trait Convert {
    /// Whether values are texts and have the schema of a text.
    const TEXT: bool = false;
    /// The value; `None` for a line that is none; an error says what is wrong with the row.
    fn convert<'a>(&self, text: &'a str, arena: &'a Arena) -> Result<Option<ValueRef<'a>>, String>;
}

/// A line is its text.
pub struct Text;

impl Convert for Text {
    const TEXT: bool = true;
    #[inline]
    fn convert<'a>(&self, text: &'a str, _arena: &'a Arena) -> Result<Option<ValueRef<'a>>, String> {
        Ok(Some(ValueRef::str(text)))
    }
}
