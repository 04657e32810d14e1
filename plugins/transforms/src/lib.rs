//! Kafka Connect's transforms, under their Java class names.

mod insert_field;
mod operand;
mod regex_router;

pub use insert_field::InsertField;
pub use operand::Operand;
pub use regex_router::RegexRouter;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Transform};
use ferry_sdk::config::ConfigDef;

/// All classes of this crate.
pub fn classes() -> Vec<PluginClass> {
    let mut classes = Vec::new();
    for operand in [Operand::Key, Operand::Value] {
        classes.push(class(
            &format!("InsertField${}", operand.name()),
            "Insert field(s) using attributes from the record metadata or a configured static value.",
            insert_field::config_def(),
            move || InsertField::new(operand),
        ));
    }
    classes.push(class(
        "RegexRouter",
        "Update the record topic using the configured regular expression and replacement string.",
        regex_router::config_def(),
        RegexRouter::default,
    ));
    classes
}

fn class<T: Transform + 'static>(
    name: &str,
    documentation: &str,
    config: ConfigDef,
    make: impl Fn() -> T + Send + Sync + 'static,
) -> PluginClass {
    PluginClass {
        class: format!("org.apache.kafka.connect.transforms.{name}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config,
        factory: Factory::Transform(Arc::new(move || Ok(Box::new(make())))),
    }
}
