//! Kafka Connect's transforms, under their Java class names.

mod buffer;
mod cast;
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
mod numbers;
mod part;
mod record_text;
mod regex_router;
mod replace_field;
mod schema;
mod schema_cache;
mod set_schema_metadata;
#[cfg(test)]
mod testing;
mod timestamp_converter;
mod timestamp_router;
mod validate;
mod value_to_key;

pub use cast::Cast;
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
pub use timestamp_converter::TimestampConverter;
pub use timestamp_router::TimestampRouter;
pub use value_to_key::ValueToKey;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Transform};
use ferry_sdk::config::ConfigDef;

/// All classes of this crate, in the order in which REST lists them.
pub fn classes() -> Vec<PluginClass> {
    let mut classes = Vec::new();
    let all = &mut classes;
    both(all, "Cast", "Makes fields, or the whole, values of another type", cast::config_def(), Cast::new);
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
    both(
        all,
        "TimestampConverter",
        "Turns dates and times into texts, numbers and Connect's own types",
        timestamp_converter::config_def(),
        TimestampConverter::new,
    );
    one(
        all,
        "TimestampRouter",
        "Sends records to a topic that has their time in its name",
        timestamp_router::config_def(),
        TimestampRouter::default,
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

#[cfg(test)]
mod tests {
    /// As `GET /connector-plugins?connectorsOnly=false` of Connect 4.3.1 lists them.
    #[test]
    fn all_of_connects_transforms_are_there() {
        let named: Vec<_> = super::classes().into_iter().map(|class| class.class).collect();
        let simple: Vec<_> = named
            .iter()
            .filter_map(|name| name.strip_prefix("org.apache.kafka.connect.transforms."))
            .collect();
        assert_eq!(
            simple,
            [
                "Cast$Key",
                "Cast$Value",
                "DropHeaders",
                "ExtractField$Key",
                "ExtractField$Value",
                "Filter",
                "Flatten$Key",
                "Flatten$Value",
                "HeaderFrom$Key",
                "HeaderFrom$Value",
                "HoistField$Key",
                "HoistField$Value",
                "InsertField$Key",
                "InsertField$Value",
                "InsertHeader",
                "MaskField$Key",
                "MaskField$Value",
                "RegexRouter",
                "ReplaceField$Key",
                "ReplaceField$Value",
                "SetSchemaMetadata$Key",
                "SetSchemaMetadata$Value",
                "TimestampConverter$Key",
                "TimestampConverter$Value",
                "TimestampRouter",
                "ValueToKey",
            ]
        );
    }
}
