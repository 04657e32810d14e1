//! Kafka Connect's predicates, under their Java class names.

mod topic_name_matches;

pub use topic_name_matches::TopicNameMatches;

use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass, Predicate};

/// All classes of this crate.
pub fn classes() -> Vec<PluginClass> {
    vec![PluginClass {
        class: "org.apache.kafka.connect.transforms.predicates.TopicNameMatches".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: "Records whose topic matches a regular expression".to_owned(),
        config: topic_name_matches::config_def(),
        factory: Factory::Predicate(Arc::new(|| {
            Ok(Box::new(TopicNameMatches::default()) as Box<dyn Predicate>)
        })),
    }]
}
