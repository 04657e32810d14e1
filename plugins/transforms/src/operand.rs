//! The part of a record that a `$Key` or `$Value` transform works on, and copies of its schema.

use ferry_sdk::data::{Record, Schema, SchemaBuilder, ValueRef};

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

/// Name, version, doc and parameters of `schema`; neither its optionality nor its default
/// (`SchemaUtil.copySchemaBasics`).
pub fn copy_basics(schema: &Schema, mut builder: SchemaBuilder) -> SchemaBuilder {
    if let Some(name) = schema.name() {
        builder = builder.name(name);
    }
    if let Some(version) = schema.version() {
        builder = builder.version(version);
    }
    if let Some(doc) = schema.doc() {
        builder = builder.doc(doc);
    }
    schema.parameters().fold(builder, |builder, (name, value)| builder.parameter(name, value))
}
