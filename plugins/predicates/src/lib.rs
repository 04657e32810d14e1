//! Kafka Connect's predicates, under their Java class names.

mod has_header_key;
mod record_is_tombstone;
mod topic_name_matches;

pub use has_header_key::HasHeaderKey;
pub use record_is_tombstone::RecordIsTombstone;
pub use topic_name_matches::TopicNameMatches;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Predicate};
use ferry_sdk::config::ConfigDef;

/// All classes of this crate, in the order in which REST lists them.
pub fn classes() -> Vec<PluginClass> {
    vec![
        class(
            "HasHeaderKey",
            "Records with a header of that name",
            has_header_key::config_def(),
            HasHeaderKey::default,
        ),
        class("RecordIsTombstone", "Records whose value is null", ConfigDef::new(), || RecordIsTombstone),
        class(
            "TopicNameMatches",
            "Records whose topic matches a regular expression",
            topic_name_matches::config_def(),
            TopicNameMatches::default,
        ),
    ]
}

fn class<P: Predicate + 'static>(
    name: &str,
    documentation: &str,
    config: ConfigDef,
    make: fn() -> P,
) -> PluginClass {
    PluginClass {
        class: format!("org.apache.kafka.connect.transforms.predicates.{name}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config,
        factory: Factory::Predicate(Arc::new(move || Ok(Box::new(make()) as Box<dyn Predicate>))),
    }
}
