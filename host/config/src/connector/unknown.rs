//! Settings of a connector that nobody knows: most are typing errors.

use ferry_plugin_abi::config::{ConfigDef, ConfigMap};

use super::{ConnectorKind, defs};
use crate::clients::{self, ClientKind};
use crate::remark::{Remark, RemarkKind};
use crate::suggest::nearest;

/// Prefixes under which any key is somebody else's: a transform's, a converter's, a topic's.
const OPEN_PREFIXES: [&str; 6] = [
    "transforms.",
    "predicates.",
    "topic.creation.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
];

/// One remark for each setting that neither the framework nor the connector, which defines `own`, knows. Where a
/// connector defines nothing, only what looks like a mistyped name of the framework is named.
pub fn unknown_settings(kind: ConnectorKind, own: &ConfigDef, config: &ConfigMap) -> Vec<Remark> {
    let (framework, beyond) = match kind {
        ConnectorKind::Source => (defs::source(), ConfigDef::new()),
        ConnectorKind::Sink => (defs::sink(), defs::sink_beyond_connect()),
    };
    let known =
        || framework.keys().iter().chain(beyond.keys()).chain(own.keys()).map(|key| key.name.as_str());
    let mut remarks = Vec::new();
    for (key, _) in config.iter().filter(|(key, _)| !known().any(|name| name == *key)) {
        let client = [ClientKind::Producer, ClientKind::Consumer, ClientKind::Admin]
            .into_iter()
            .find_map(|client| Some((client, key.strip_prefix(client.override_prefix())?)));
        if let Some((client, setting)) = client {
            let names = || clients::def(client).keys().iter().map(|key| key.name.as_str());
            if !names().any(|name| name == setting) {
                let meant =
                    nearest(setting, names(), 3).map(|meant| client.override_prefix().to_owned() + meant);
                remarks.push(unknown(key, "is no setting of Kafka's client").meaning(meant));
            }
        } else if key.starts_with("config.providers") {
            let text = "has no effect: config providers are the worker's to define";
            remarks.push(Remark::new(RemarkKind::WithoutEffect, key, text));
        } else if !OPEN_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
            let meant = nearest(key, known(), 3);
            if meant.is_some() || !own.keys().is_empty() {
                let meant = meant.map(str::to_owned);
                remarks.push(unknown(key, "is no setting of this connector").meaning(meant));
            }
        }
    }
    remarks
}

fn unknown(key: &str, text: &str) -> Remark {
    Remark::new(RemarkKind::Unknown, key, text)
}

#[cfg(test)]
mod tests {
    use ferry_plugin_abi::config::{ConfigKey, ConfigType, Importance};

    use super::*;

    fn sentences(kind: ConnectorKind, own: &ConfigDef, config: &ConfigMap) -> Vec<String> {
        unknown_settings(kind, own, config).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_what_nobody_knows_and_what_may_be_meant() {
        let own =
            ConfigDef::new().define(ConfigKey::new("batch.size", ConfigType::Int, Importance::Low, "x"));
        let keys = [
            "name",
            "batch.size",
            "batch.sizes",
            "task.max",
            "topics.regexp",
            "colour",
            "transforms.a.type",
            "producer.override.acks",
            "producer.override.ack",
            "admin.override.my.own",
            "config.providers.x.class",
            "ferry.errors.put.bisect",
            "ferry.errors.put.bisects",
        ];
        let config: ConfigMap = keys.iter().map(|key| (*key, "1")).collect();
        let expected = [
            "batch.sizes is no setting of this connector; did you mean batch.size?",
            "task.max is no setting of this connector; did you mean tasks.max?",
            "topics.regexp is no setting of this connector; did you mean topics.regex?",
            "colour is no setting of this connector",
            "producer.override.ack is no setting of Kafka's client; did you mean producer.override.acks?",
            "admin.override.my.own is no setting of Kafka's client",
            "config.providers.x.class has no effect: config providers are the worker's to define",
            "ferry.errors.put.bisects is no setting of this connector; did you mean ferry.errors.put.bisect?",
        ];
        assert_eq!(sentences(ConnectorKind::Sink, &own, &config), expected);
        let nothing = ConfigDef::new();
        let config = ConfigMap::from([("colour", "red"), ("task.max", "1")]);
        let expected = ["task.max is no setting of this connector; did you mean tasks.max?"];
        assert_eq!(sentences(ConnectorKind::Source, &nothing, &config), expected);
    }
}
