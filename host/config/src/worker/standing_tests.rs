//! Every property of Kafka 4.3.1's workers and connectors is accounted for, in the code and in `docs/properties.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ferry_plugin_abi::config::{ConfigDef, ConfigKeyInfo};
use serde::Deserialize;

use super::*;
use crate::connector::defs;

/// A key as the JVM's own definition has it.
#[derive(Deserialize)]
struct Property {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "present")]
    default: Option<Option<String>>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Written out of `StandaloneConfig`, `DistributedConfig` (what it has beyond that), `ConnectorConfig`,
/// `SinkConnectorConfig` and `SourceConnectorConfig`.
fn properties() -> BTreeMap<String, Vec<Property>> {
    serde_json::from_str(include_str!("../../golden/properties.json")).unwrap()
}

/// Our definition has the type and the default of Kafka's.
fn assert_same(def: &ConfigDef, property: &Property) {
    let Some(key) = def.key(&property.name) else { panic!("{} is not defined", property.name) };
    let info = ConfigKeyInfo::from(key);
    assert_eq!(info.kind, property.kind, "{}", property.name);
    assert_eq!(info.required, property.default.is_none(), "{}", property.name);
    assert_eq!(info.default_value, property.default.clone().flatten(), "{}", property.name);
}

#[test]
fn every_property_of_a_worker_is_accounted_for() {
    let all = properties();
    assert_eq!((all["standalone"].len(), all["distributed"].len()), (52, 82));
    for property in &all["standalone"] {
        match Standing::of(&property.name) {
            Standing::Unknown => panic!("{} is not accounted for", property.name),
            Standing::OfAdminClients => assert_same(clients::def(ClientKind::Admin), property),
            // Even what has no effect is checked as the JVM worker does, where it has a definition.
            Standing::WithoutEffect(_) if DEF.key(&property.name).is_none() => {}
            Standing::Honoured | Standing::OfExactlyOnce | Standing::WithoutEffect(_) => {
                assert_same(&DEF, property);
            }
        }
    }
    for property in &all["distributed"] {
        let standing = Standing::of(&property.name);
        assert_ne!(standing, Standing::Unknown, "{} is not accounted for", property.name);
    }
    // And no standing is left over from something that is gone.
    let known = |name: &str| all.values().flatten().any(|property| property.name == name);
    let later = [
        "internal.topics.automatic.creation.enable",
        "bootstrap.resolve.timeout.ms",
        "metadata.cluster.check.enable",
    ];
    for (name, _) in WITHOUT_EFFECT {
        assert!(known(name) || later.contains(name), "{name}");
    }
}

#[test]
fn every_property_of_a_connector_is_defined() {
    let all = properties();
    for property in &all["connector"] {
        assert_same(&defs::common(), property);
    }
    for (part, def) in [("sink", defs::sink()), ("source", defs::source())] {
        assert_eq!(def.keys().len(), all["connector"].len() + all[part].len());
        all[part].iter().for_each(|property| assert_same(&def, property));
    }
}

#[test]
fn settings_of_https_listeners_are_known_by_their_prefix() {
    let found = [
        "listeners.https.ssl.keystore.location",
        "admin.listeners.https.ssl.client.auth",
        "listeners.https.ssl.provider",
        "listeners.https.retries",
        "listeners.https.ssl.keystore.lokation",
        "ssl.keystore.location",
    ]
    .map(Standing::of);
    let expected = [
        Standing::Honoured,
        Standing::Honoured,
        Standing::WithoutEffect(RUSTLS),
        Standing::Unknown,
        Standing::Unknown,
        Standing::OfAdminClients,
    ];
    assert_eq!(found, expected);
    for name in HTTPS {
        assert!(DEF.key(name).is_some() || clients::def(ClientKind::Admin).key(name).is_some(), "{name}");
    }
}

/// The table of `docs/properties.md`. `FERRY_RECORD=1` writes it.
#[test]
fn the_documentation_says_the_same() {
    let all = properties();
    let mut text = String::from(
        "# Every property, and what becomes of it\n\nThe tables are written by a test of `host/config` out of the JVM \
         worker's own definitions (Kafka 4.3.1) and\nout of what Ferry does; `FERRY_RECORD=1 cargo test -p ferry-config` \
         writes them anew.\n",
    );
    let row = |text: &mut String, name: &str, default: &Option<Option<String>>, what: &str| {
        let default = match default {
            None => "required".to_owned(),
            Some(None) => "null".to_owned(),
            Some(Some(value)) if value.is_empty() => "empty".to_owned(),
            Some(Some(value)) => format!("`{value}`"),
        };
        writeln!(text, "| `{name}` | {default} | {what} |").unwrap();
    };
    for (part, title) in [
        ("standalone", "Worker"),
        ("distributed", "Worker, beyond `StandaloneConfig`"),
        ("ferry", "Worker, beyond Kafka"),
        ("connector", "Connector"),
        ("sink", "Sink"),
        ("ferry-sink", "Sink, beyond Kafka"),
        ("source", "Source"),
    ] {
        write!(text, "\n## {title}\n\n| property | default | |\n|---|---|---|\n").unwrap();
        for key in DEF.keys().iter().filter(|key| part == "ferry" && key.name.starts_with("ferry.")) {
            row(&mut text, &key.name, &Some(ConfigKeyInfo::from(key).default_value), &key.documentation);
        }
        for key in defs::sink_beyond_connect().keys().iter().filter(|_| part == "ferry-sink") {
            row(&mut text, &key.name, &Some(ConfigKeyInfo::from(key).default_value), &key.documentation);
        }
        for property in all.get(part).into_iter().flatten() {
            let what = match (part, Standing::of(&property.name)) {
                ("connector" | "sink" | "source", _) | (_, Standing::Honoured) => "honoured".to_owned(),
                (_, Standing::OfAdminClients) if HTTPS.contains(&property.name.as_str()) => {
                    "honoured by https listeners, where none has the prefix `listeners.https.`, and by admin clients"
                        .to_owned()
                }
                (_, Standing::OfAdminClients) => "honoured by admin clients, which inherit it".to_owned(),
                (_, Standing::OfExactlyOnce) => {
                    "honoured with `exactly.once.source.support=enabled`".to_owned()
                }
                (_, Standing::WithoutEffect(reason)) => format!("without effect: {reason}"),
                (_, Standing::Unknown) => "unknown".to_owned(),
            };
            row(&mut text, &property.name, &property.default, &what);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/properties.md");
    if std::env::var_os("FERRY_RECORD").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/properties.md is out of date: FERRY_RECORD=1 cargo test -p ferry-config");
}
