//! The part of a record that a `$Key` or `$Value` transform works on.

use ferry_sdk::data::{Record, Schema, ValueRef};

/// Key or value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The record's key.
    Key,
    /// The record's value.
    Value,
}

impl Operand {
    /// The name of the nested Java class.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "Key",
            Self::Value => "Value",
        }
    }
    /// Its schema and value.
    pub fn of<'a>(self, record: &Record<'a>) -> (Option<&'a Schema>, ValueRef<'a>) {
        match self {
            Self::Key => (record.key_schema(), record.key()),
            Self::Value => (record.value_schema(), record.value()),
        }
    }
    /// Replaces it.
    pub fn set<'a>(self, record: &mut Record<'a>, schema: Option<&'a Schema>, value: ValueRef<'a>) {
        match self {
            Self::Key => record.set_key(schema, value),
            Self::Value => record.set_value(schema, value),
        }
    }
}
