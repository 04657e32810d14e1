//! Kafka Connect's transforms, under their Java class names.

mod insert_field;
mod part;
mod regex_router;

pub use insert_field::InsertField;
pub use part::Part;
pub use regex_router::RegexRouter;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Transform};
use ferry_sdk::config::ConfigDef;

/// All classes of this crate.
pub fn classes() -> Vec<PluginClass> {
    const INSERT_FIELD: &str = "Adds topic, partition, offset, timestamp or a fixed text to each record";
    vec![
        class("InsertField$Key", INSERT_FIELD, insert_field::config_def(), || InsertField::new(Part::Key)),
        class("InsertField$Value", INSERT_FIELD, insert_field::config_def(), || {
            InsertField::new(Part::Value)
        }),
        class(
            "RegexRouter",
            "Sends records to the topic that a regular expression makes of theirs",
            regex_router::config_def(),
            RegexRouter::default,
        ),
    ]
}

fn class<T: Transform + 'static>(
    name: &str,
    documentation: &str,
    config: ConfigDef,
    make: fn() -> T,
) -> PluginClass {
    PluginClass {
        class: format!("org.apache.kafka.connect.transforms.{name}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config,
        factory: Factory::Transform(Arc::new(move || Ok(Box::new(make()) as Box<dyn Transform>))),
    }
}
