//! Connect's data as JSON with a JSON Schema, as Confluent's `JsonSchemaData` has it.

mod all_of;
mod class;
mod converter;
mod read;
mod schema;
mod to_connect;
mod tree;
mod write;

pub use converter::{JsonSchemaConverter, JsonSchemaFormat};
pub use read::Reader;
pub use schema::text;
pub use to_connect::{Documents, convert as to_connect};
pub use tree::Tree;
pub use write::value as write;

/// The keys of `JsonSchemaDataConfig`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `generalized.sum.type.support`
    pub sum_types: bool,
    /// `ignore.default.for.nullables`
    pub ignore_default: bool,
    /// `object.additional.properties`
    pub additional_properties: bool,
    /// `use.optional.for.nonrequired`
    pub optional_for_nonrequired: bool,
    /// `decimal.format=NUMERIC`
    pub numeric_decimals: bool,
    /// `flatten.singleton.unions`
    pub flatten_singletons: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sum_types: false,
            ignore_default: false,
            additional_properties: true,
            optional_for_nonrequired: false,
            numeric_decimals: false,
            flatten_singletons: true,
        }
    }
}
