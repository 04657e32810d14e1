//! Kafka Connect's predicates, under their Java class names.

mod topic_name_matches;

pub use topic_name_matches::TopicNameMatches;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Predicate};
use ferry_sdk::config::ConfigDef;

/// All classes of this crate.
pub fn classes() -> Vec<PluginClass> {
    vec![class::<TopicNameMatches>(
        "TopicNameMatches",
        "A predicate which is true for records with a topic name that matches the configured regular expression.",
        topic_name_matches::config_def(),
    )]
}

fn class<P: Predicate + Default + 'static>(
    name: &str,
    documentation: &str,
    config: ConfigDef,
) -> PluginClass {
    PluginClass {
        class: format!("org.apache.kafka.connect.transforms.predicates.{name}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config,
        factory: Factory::Predicate(Arc::new(|| Ok(Box::<P>::default()))),
    }
}
