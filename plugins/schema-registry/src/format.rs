//! What is special to Avro and to JSON Schema, as [`crate::converter`] wants it.

use ferry_sdk::Result;
use ferry_sdk::config::{Config, ConfigDef};
use ferry_sdk::data::{Arena, Schema, ValueRef};

use crate::registry::{Registered, Sentences};

/// What is special to one format.
pub trait Format: Default + Send + 'static {
    /// The registry's word for it.
    const KIND: &'static str;
    /// Whether two of its schemas can be compared.
    const COMPARES: bool;
    /// The schema that a Connect schema becomes.
    type Own: Own;
    /// How to write values of one schema.
    type Writer: Send;
    /// How to read what was written under one id.
    type Reader: Send;

    /// Its keys.
    fn definition() -> ConfigDef;
    /// Takes the parsed keys.
    fn configure(&mut self, config: &Config) -> Result<()>;
    /// The sentences of its errors.
    fn writing(topic: &str) -> Sentences;
    /// The sentences of its errors.
    fn reading(topic: &str, id: i32) -> Sentences;
    /// What was asked for, in front of the schema's text.
    fn asked(question: Question) -> &'static str;
    /// Whether null has bytes; an error where null is no value.
    fn writes_null(&self, schema: Option<&Schema>) -> Result<bool>;
    /// The schema to register.
    fn own(&self, schema: Option<&Schema>) -> Result<Self::Own>;
    /// Writes values of `schema` as `target` says.
    fn writer(&self, schema: Option<&Schema>, own: &Self::Own, target: &Self::Own) -> Result<Self::Writer>;
    /// A schema of the registry.
    fn parse(&self, schema: &Registered) -> Result<Self::Own>;
    /// Appends the bytes of `value`; `false` if it is null after all.
    fn write(
        &mut self,
        writer: &Self::Writer,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool>;
    /// Reads what `writer` wrote as `reader`, which is that of `version`.
    fn reader(&self, writer: &Self::Own, reader: &Self::Own, version: i32) -> Result<Self::Reader>;
    /// The value of `bytes`.
    fn read<'a>(
        &mut self,
        reader: &Self::Reader,
        bytes: &'a [u8],
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)>;
}

/// A schema of a format.
pub trait Own: Send {
    /// Its text.
    fn text(&self) -> &str;
    /// The name of its record, for subjects.
    fn record(&self) -> Option<String>;
    /// Why it cannot read what `writer` writes.
    fn incompatibility(&self, writer: &Self) -> Option<String>;
}

/// What a writer may ask the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// To register a schema.
    Register,
    /// Which id a schema has.
    Lookup,
    /// The newest schema.
    Latest,
    /// The schema of `use.schema.id`.
    ById,
}

/// `SchemaId.toString`
pub fn schema_id(kind: &str, id: i32) -> String {
    format!("SchemaId{{schemaType='{kind}', id={id}, guid='null', messageIndexes=null}}")
}
