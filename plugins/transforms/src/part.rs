//! The half of a record that a transform works on, `X$Key` or `X$Value`, and what it has to be.

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
            class_name(value)
        ))),
    }
}

/// The same; `None` for null (`Requirements.requireMapOrNull`).
pub fn require_map_or_null<'a>(value: ValueRef<'a>, purpose: &str) -> Result<Option<&'a [Entry<'a>]>> {
    if value.is_null() { Ok(None) } else { require_map(value, purpose).map(Some) }
}

/// The fields of a struct (`Requirements.requireStruct`).
pub fn require_struct<'a>(value: ValueRef<'a>, purpose: &str) -> Result<&'a [ValueRef<'a>]> {
    match value.view() {
        View::Struct(fields) => Ok(fields),
        _ => Err(Error::data(format!(
            "Only Struct objects supported for [{purpose}], found: {}",
            class_name(value)
        ))),
    }
}

/// The same; `None` for null (`Requirements.requireStructOrNull`).
pub fn require_struct_or_null<'a>(value: ValueRef<'a>, purpose: &str) -> Result<Option<&'a [ValueRef<'a>]>> {
    if value.is_null() { Ok(None) } else { require_struct(value, purpose).map(Some) }
}

/// The key of an entry of a schemaless map, where Connect takes for granted that it is a text; null is one.
pub fn require_name<'a>(key: ValueRef<'a>) -> Result<Option<&'a str>> {
    match key.view() {
        View::Null => Ok(None),
        View::Str(name) => Ok(Some(name)),
        _ => Err(class_cast(key, "java.lang.String")),
    }
}

/// What the JVM says where the class of `value` is not the one that the code expects.
pub fn class_cast(value: ValueRef<'_>, expected: &str) -> Error {
    let class = class_name(value);
    let foreign = "org.apache.kafka.connect.data.Struct";
    let place = if class == foreign {
        format!(
            "{class} is in unnamed module of loader 'app'; {expected} is in module java.base of loader 'bootstrap'"
        )
    } else {
        format!("{class} and {expected} are in module java.base of loader 'bootstrap'")
    };
    Error::data(format!("class {class} cannot be cast to class {expected} ({place})"))
        .class("java.lang.ClassCastException")
}
