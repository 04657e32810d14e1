//! The half of a record that a transform works on: `X$Key` or `X$Value`.

use ferry_sdk::data::java::class_name;
use ferry_sdk::data::{Entry, Record, Schema, ValueRef, View};
use ferry_sdk::{Error, Result};

/// Key or value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl Part {
    /// Schema and value of this half.
    pub fn of<'a>(self, record: &Record<'a>) -> (Option<&'a Schema>, ValueRef<'a>) {
        match self {
            Self::Key => (record.key_schema(), record.key()),
            Self::Value => (record.value_schema(), record.value()),
        }
    }

    /// Replaces this half.
    pub fn set<'a>(self, record: &mut Record<'a>, schema: Option<&'a Schema>, value: ValueRef<'a>) {
        match self {
            Self::Key => record.set_key(schema, value),
            Self::Value => record.set_value(schema, value),
        }
    }
}

/// The entries of a schemaless map (`Requirements.requireMap`).
pub fn require_map<'a>(value: ValueRef<'a>, purpose: &str) -> Result<&'a [Entry<'a>]> {
    match value.view() {
        View::Map(entries) => Ok(entries),
        _ => Err(Error::data(format!(
            "Only Map objects supported in absence of schema for [{purpose}], found: {}",
            class_or_null(value)
        ))),
    }
}

/// The fields of a struct (`Requirements.requireStruct`).
pub fn require_struct<'a>(value: ValueRef<'a>, purpose: &str) -> Result<&'a [ValueRef<'a>]> {
    match value.view() {
        View::Struct(fields) => Ok(fields),
        _ => Err(Error::data(format!(
            "Only Struct objects supported for [{purpose}], found: {}",
            class_or_null(value)
        ))),
    }
}

fn class_or_null(value: ValueRef<'_>) -> &'static str {
    if value.is_null() { "null" } else { class_name(value) }
}
