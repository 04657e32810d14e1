//! What the JVM's clients accept: `ProducerConfig`, `ConsumerConfig` and `AdminClientConfig` of Kafka 4.3.1.
//!
//! The table was written out of the classes themselves; a setting that several clients describe in the same
//! words is in it once.

use std::sync::LazyLock;

use ferry_plugin_abi::config::{ConfigDef, ConfigKey, ConfigType, DefaultValue, Importance};
use serde::{Deserialize, Deserializer};

use super::ClientKind;

/// A line of the table.
#[derive(Deserialize)]
struct Row {
    /// First letters of the clients that have the setting.
    clients: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    importance: String,
    documentation: String,
    #[serde(default = "required", deserialize_with = "present")]
    default: DefaultValue,
    /// Kafka's internal settings have one without a name.
    group: Option<String>,
}

fn required() -> DefaultValue {
    DefaultValue::Required
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DefaultValue, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map_or(DefaultValue::Null, DefaultValue::Text))
}

impl Row {
    fn key(&self) -> ConfigKey {
        let importance = match self.importance.as_str() {
            "HIGH" => Importance::High,
            "MEDIUM" => Importance::Medium,
            _ => Importance::Low,
        };
        // No validators: Connect checks the types of overrides and leaves the rest to the client.
        ConfigKey {
            default: self.default.clone(),
            group: self.group.clone(),
            ..ConfigKey::new(
                &self.name,
                ConfigType::from_name(&self.kind).unwrap_or(ConfigType::String),
                importance,
                &self.documentation,
            )
        }
    }
}

static DEFS: LazyLock<[ConfigDef; 3]> = LazyLock::new(|| {
    // The table is part of the program and read by the tests below.
    let rows: Vec<Row> = serde_json::from_str(include_str!("definitions.json")).unwrap_or_default();
    ['P', 'C', 'A']
        .map(|client| rows.iter().filter(|row| row.clients.contains(client)).map(Row::key).collect())
});

/// The settings of a client.
pub fn def(client: ClientKind) -> &'static ConfigDef {
    &DEFS[client as usize]
}

#[cfg(test)]
mod tests {
    use ferry_plugin_abi::config::ConfigKeyInfo;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let counts = [ClientKind::Producer, ClientKind::Consumer, ClientKind::Admin]
            .map(|kind| def(kind).keys().len());
        assert_eq!(counts, [113, 116, 91]);
        for key in DEFS.iter().flat_map(ConfigDef::keys) {
            // Kafka says nothing of what is its own business.
            assert!(key.name.starts_with("internal.") || !key.documentation.is_empty(), "{}", key.name);
            // A default that is no value of its type would be shown as none.
            let shown = ConfigKeyInfo::from(key).default_value;
            assert_eq!(shown.is_some(), matches!(key.default, DefaultValue::Text(_)), "{}", key.name);
        }
    }

    #[test]
    fn clients_differ_where_kafka_does() {
        let default = |kind, name| def(kind).key(name).map(|key| key.default.clone());
        let text = |text: &str| Some(DefaultValue::Text(text.to_owned()));
        assert_eq!(default(ClientKind::Producer, "acks"), text("all"));
        assert_eq!(default(ClientKind::Consumer, "acks"), None);
        assert_eq!(default(ClientKind::Consumer, "group.id"), Some(DefaultValue::Null));
        assert_eq!(default(ClientKind::Consumer, "key.deserializer"), Some(DefaultValue::Required));
        assert_eq!(default(ClientKind::Admin, "retries"), text("2147483647"));
        assert_eq!(def(ClientKind::Producer).key("linger.ms").map(|key| key.kind), Some(ConfigType::Long));
    }
}
