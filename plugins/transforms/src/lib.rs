//! Kafka Connect's transforms, under their Java class names.

mod buffer;
mod drop_headers;
mod extract_field;
mod field;
mod field_path;
mod filter;
mod flatten;
mod hash_map;
mod header;
mod header_from;
mod hoist_field;
mod insert_field;
mod insert_header;
mod keys;
mod mask_field;
mod part;
mod regex_router;
mod replace_field;
mod schema;
mod schema_cache;
mod set_schema_metadata;
#[cfg(test)]
mod testing;
mod validate;
mod value_to_key;

pub use drop_headers::DropHeaders;
pub use extract_field::ExtractField;
pub use filter::Filter;
pub use flatten::Flatten;
pub use header_from::HeaderFrom;
pub use hoist_field::HoistField;
pub use insert_field::InsertField;
pub use insert_header::InsertHeader;
pub use mask_field::MaskField;
pub use part::Part;
pub use regex_router::RegexRouter;
pub use replace_field::ReplaceField;
pub use set_schema_metadata::SetSchemaMetadata;
pub use value_to_key::ValueToKey;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Transform};
use ferry_sdk::config::ConfigDef;

/// All classes of this crate, in the order in which REST lists them.
pub fn classes() -> Vec<PluginClass> {
    let mut classes = Vec::new();
    let all = &mut classes;
    one(
        all,
        "DropHeaders",
        "Takes headers off each record",
        drop_headers::config_def(),
        DropHeaders::default,
    );
    both(
        all,
        "ExtractField",
        "Puts one field in the place of the whole",
        extract_field::config_def(),
        ExtractField::new,
    );
    one(all, "Filter", "Drops every record that its predicate lets in", ConfigDef::new(), || Filter);
    both(all, "Flatten", "Puts nested fields side by side", flatten::config_def(), Flatten::new);
    both(all, "HeaderFrom", "Moves or copies fields to headers", header_from::config_def(), HeaderFrom::new);
    both(all, "HoistField", "Makes the whole a field of its own", hoist_field::config_def(), HoistField::new);
    both(
        all,
        "InsertField",
        "Adds topic, partition, offset, timestamp or a fixed text to each record",
        insert_field::config_def(),
        InsertField::new,
    );
    one(
        all,
        "InsertHeader",
        "Adds a header with a fixed value",
        insert_header::config_def(),
        InsertHeader::default,
    );
    both(all, "MaskField", "Hides the values of fields", mask_field::config_def(), MaskField::new);
    one(
        all,
        "RegexRouter",
        "Sends records to the topic that a regular expression makes of theirs",
        regex_router::config_def(),
        RegexRouter::default,
    );
    both(
        all,
        "ReplaceField",
        "Leaves fields out and renames them",
        replace_field::config_def(),
        ReplaceField::new,
    );
    both(
        all,
        "SetSchemaMetadata",
        "Gives a struct's schema another name or version",
        set_schema_metadata::config_def(),
        SetSchemaMetadata::new,
    );
    one(
        all,
        "ValueToKey",
        "Makes the key of fields of the value",
        value_to_key::config_def(),
        ValueToKey::default,
    );
    classes
}

/// Adds a class.
fn one<T: Transform + 'static>(
    classes: &mut Vec<PluginClass>,
    name: &str,
    documentation: &str,
    config: ConfigDef,
    make: impl Fn() -> T + Send + Sync + 'static,
) {
    classes.push(PluginClass {
        class: format!("org.apache.kafka.connect.transforms.{name}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config,
        factory: Factory::Transform(Arc::new(move || Ok(Box::new(make()) as Box<dyn Transform>))),
    });
}

/// Adds a class for keys and one for values.
fn both<T: Transform + 'static>(
    classes: &mut Vec<PluginClass>,
    name: &str,
    documentation: &str,
    config: ConfigDef,
    make: fn(Part) -> T,
) {
    one(classes, &format!("{name}$Key"), documentation, config.clone(), move || make(Part::Key));
    one(classes, &format!("{name}$Value"), documentation, config, move || make(Part::Value));
}
