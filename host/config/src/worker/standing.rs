//! What becomes of Kafka's worker properties: those that Ferry has no use for are named once in the log.

use ferry_plugin_abi::config::ConfigKey;

use super::DEF;
use crate::clients::{self, ClientKind};
use crate::evaluate::{Given, evaluate};

const NO_REPORTERS: &str = "metrics reporters, which get it, are Java classes";
const RUSTLS: &str = "TLS is that of rustls and ring";
pub(super) const DISTRIBUTED: &str = "only distributed workers go by that";

/// Properties that nothing depends on here, and why.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("metric.reporters", "metrics reporters are Java classes; GET /metrics has what they would tell"),
    ("session.timeout.ms", DISTRIBUTED),
    ("rebalance.timeout.ms", DISTRIBUTED),
    ("heartbeat.interval.ms", DISTRIBUTED),
    ("worker.sync.timeout.ms", DISTRIBUTED),
    ("worker.unsync.backoff.ms", DISTRIBUTED),
    ("config.storage.topic", DISTRIBUTED),
    ("config.storage.replication.factor", DISTRIBUTED),
    ("status.storage.topic", DISTRIBUTED),
    ("status.storage.partitions", DISTRIBUTED),
    ("status.storage.replication.factor", DISTRIBUTED),
    ("connect.protocol", DISTRIBUTED),
    ("scheduled.rebalance.max.delay.ms", DISTRIBUTED),
    ("inter.worker.key.ttl.ms", DISTRIBUTED),
    ("inter.worker.key.generation.algorithm", DISTRIBUTED),
    ("inter.worker.key.size", DISTRIBUTED),
    ("inter.worker.signature.algorithm", DISTRIBUTED),
    ("inter.worker.verification.algorithms", DISTRIBUTED),
    // Kafka 4.4's.
    ("internal.topics.automatic.creation.enable", DISTRIBUTED),
    ("bootstrap.resolve.timeout.ms", "names are looked up for each connection"),
    ("metadata.cluster.check.enable", "brokers of another cluster are not looked for"),
];

/// The same for whole families.
const FAMILIES: &[(&str, &str)] = &[
    ("metrics.context.", NO_REPORTERS),
    ("config.storage.", DISTRIBUTED),
    ("status.storage.", DISTRIBUTED),
    ("inter.worker.", DISTRIBUTED),
];

/// Prefixes of the settings of https listeners.
pub(super) const HTTPS_PREFIXES: [&str; 2] = ["listeners.https.", "admin.listeners.https."];

/// What https listeners go by, with or without such a prefix.
pub(super) const HTTPS: [&str; 14] = [
    "ssl.keystore.type",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.key.password",
    "ssl.keystore.key",
    "ssl.keystore.certificate.chain",
    "ssl.truststore.type",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.certificates",
    "ssl.client.auth",
    "ssl.enabled.protocols",
    "ssl.cipher.suites",
    // Of the workers' own client; there is none in standalone, and names are right to be checked.
    "ssl.endpoint.identification.algorithm",
];

/// What becomes of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The worker goes by it.
    Honoured,
    /// Admin clients go by it, as they inherit what has no prefix.
    OfAdminClients,
    /// The worker goes by it where source tasks write exactly once.
    OfExactlyOnce,
    /// It is known, and changes nothing.
    WithoutEffect(&'static str),
    /// Nobody knows it.
    Unknown,
}

impl Standing {
    /// What becomes of the property of this name.
    pub(super) fn of(name: &str) -> Self {
        let named = |table: &[(&str, &'static str)]| {
            table.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
        };
        let family =
            || FAMILIES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, reason)| *reason);
        if let Some(tls) = HTTPS_PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) {
            Self::of_https(tls)
        } else if let Some(reason) = named(WITHOUT_EFFECT) {
            Self::WithoutEffect(reason)
        } else if DEF.key(name).is_some() {
            Self::Honoured
        } else if name == "group.id" || name.starts_with("offset.storage.") {
            Self::OfExactlyOnce
        } else if let Some(reason) = family() {
            Self::WithoutEffect(reason)
        } else if clients::def(ClientKind::Admin).key(name).is_some() {
            Self::OfAdminClients
        } else {
            Self::Unknown
        }
    }

    /// The same for what follows the prefix of https listeners.
    fn of_https(name: &str) -> Self {
        if HTTPS.contains(&name) {
            Self::Honoured
        } else if name.starts_with("ssl.") && clients::def(ClientKind::Admin).key(name).is_some() {
            Self::WithoutEffect(RUSTLS)
        } else {
            Self::Unknown
        }
    }
}

/// Whether a value is what holds without it.
pub(super) fn is_default(key: &ConfigKey, value: &str) -> bool {
    let (given, _) = evaluate(key, &key.name, Given::Text(value));
    key.default_value().is_some_and(|default| default == given)
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
