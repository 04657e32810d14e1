//! Kafka clients as users configure them: what each of them accepts, and who may override it.

mod definitions;
pub(crate) mod policy;

pub use definitions::def;
pub use policy::OverridePolicy;

use ferry_plugin_abi::config::ConfigMap;

use crate::connector::ConnectorKind;

/// A client of a connector's task (mirrors `ConnectorClientConfigRequest.ClientType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// Of a source, or of a dead letter queue.
    Producer,
    /// Of a sink.
    Consumer,
    /// Creates topics.
    Admin,
}

impl ClientKind {
    /// The prefix under which a connector overrides settings of this client.
    pub fn override_prefix(self) -> &'static str {
        match self {
            Self::Producer => "producer.override.",
            Self::Consumer => "consumer.override.",
            Self::Admin => "admin.override.",
        }
    }
}

/// The clients that a connector's tasks use and that its overrides therefore count for, in the order in which
/// validation shows them. `config` has its references resolved.
pub fn used_by(kind: ConnectorKind, config: &ConfigMap) -> Vec<ClientKind> {
    let given = |key: &str| config.get(key).is_some_and(|value| !value.trim().is_empty());
    let creates_topics = || config.iter().any(|(key, _)| key.starts_with("topic.creation."));
    match kind {
        ConnectorKind::Source if creates_topics() => vec![ClientKind::Producer, ClientKind::Admin],
        ConnectorKind::Source => vec![ClientKind::Producer],
        ConnectorKind::Sink if given("errors.deadletterqueue.topic.name") => {
            vec![ClientKind::Producer, ClientKind::Consumer, ClientKind::Admin]
        }
        ConnectorKind::Sink => vec![ClientKind::Consumer],
    }
}
