//! Connect's data as Avro, as Confluent's `AvroData` has it.
//!
//! A Connect schema becomes an Avro schema once ([`from_connect`]), an Avro schema a Connect schema once
//! ([`to_connect`]); with both a plan is made that takes values to bytes ([`encode`]) or bytes to values in
//! the arena ([`decode`]) without looking at a schema again.

mod anything;
mod converter;
mod decode;
mod defaults;
mod encode;
mod from_connect;
mod input;
mod names;
mod read_plan;
mod resolve;
mod schema;
mod text;
mod to_connect;
mod write_plan;

pub use converter::{AvroConverter, AvroFormat};
pub use from_connect::convert as from_connect;
pub use read_plan::Plan as ReadPlan;
pub use resolve::incompatibility;
pub use schema::{Avro, Kind, Names};
pub use text::text;
pub use write_plan::Plan as WritePlan;

use ferry_sdk::Result;
use ferry_sdk::data::SchemaRef;

/// The keys of `AvroDataConfig`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `enhanced.avro.schema.support`
    pub enhanced: bool,
    /// `generalized.sum.type.support`
    pub sum_types: bool,
    /// `ignore.default.for.nullables`
    pub ignore_default: bool,
    /// `scrub.invalid.names`
    pub scrub: bool,
    /// `connect.meta.data`
    pub meta_data: bool,
    /// `discard.type.doc.default`
    pub discard_docs: bool,
    /// `allow.optional.map.keys`
    pub optional_map_keys: bool,
    /// `flatten.singleton.unions`
    pub flatten_singletons: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enhanced: false,
            sum_types: false,
            ignore_default: false,
            scrub: false,
            meta_data: true,
            discard_docs: false,
            optional_map_keys: false,
            flatten_singletons: true,
        }
    }
}

/// The Connect schema of `avro`, which has `version` in its subject; none for the schema of schemaless data
/// and for that of null alone.
pub fn to_connect(settings: &Settings, avro: &Avro, version: Option<i32>) -> Result<Option<SchemaRef>> {
    if avro == anything::schema() || avro.kind == Kind::Null {
        return Ok(None);
    }
    to_connect::convert(settings, avro, version).map(Some)
}

/// The start of a text for a message.
pub fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(200).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
