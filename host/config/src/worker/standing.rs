//! What becomes of Kafka's worker properties that Ferry has no use for: refused where they would be missed,
//! else named once in the log.

use ferry_plugin_abi::config::{ConfigKey, ConfigMap};

use super::DEF;
use crate::clients::{self, ClientKind};
use crate::error::{ConfigError, Result};
use crate::evaluate::{Given, evaluate};

/// Properties that would be missed if they were ignored, and why they cannot be honoured. Empty they are fine.
const REFUSED: [(&str, &str); 4] = [
    (
        "rest.extension.classes",
        "REST extensions are Java classes, which cannot be loaded; what they protect or add belongs into a proxy before \
         the worker",
    ),
    (
        "access.control.allow.origin",
        "REST answers without CORS headers; let a proxy before the worker add them",
    ),
    (
        "response.http.headers.config",
        "REST adds no headers to its answers; let a proxy before the worker add them",
    ),
    ("admin.listeners", "there are no admin endpoints yet; leave it out, or empty"),
];

const NO_REPORTERS: &str = "metrics reporters, which get it, are Java classes";
const NO_HTTPS: &str = "REST is served over http only";
pub(super) const DISTRIBUTED: &str = "only distributed workers go by that";

/// Properties that nothing depends on here, and why.
const WITHOUT_EFFECT: [(&str, &str); 24] = [
    ("metric.reporters", "metrics reporters are Java classes; GET /metrics has what they would tell"),
    ("ssl.client.auth", NO_HTTPS),
    ("access.control.allow.methods", "REST answers without CORS headers"),
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
    ("rest.advertised.listener", "the only scheme there is is http"),
];

/// The same for whole families.
const FAMILIES: [(&str, &str); 6] = [
    ("metrics.context.", NO_REPORTERS),
    ("listeners.https.", NO_HTTPS),
    ("admin.listeners.https.", NO_HTTPS),
    ("config.storage.", DISTRIBUTED),
    ("status.storage.", DISTRIBUTED),
    ("inter.worker.", DISTRIBUTED),
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
    /// The worker does not start with it.
    Refused(&'static str),
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
        if let Some(reason) = named(&REFUSED) {
            Self::Refused(reason)
        } else if let Some(reason) = named(&WITHOUT_EFFECT) {
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
}

/// Refuses what would be missed.
pub(super) fn check(raw: &ConfigMap) -> Result<()> {
    for (name, reason) in REFUSED {
        if let Some(value) = raw.get(name).map(str::trim).filter(|value| !value.is_empty()) {
            return Err(ConfigError::invalid(name, value, reason));
        }
    }
    Ok(())
}

/// Whether a value is what holds without it.
pub(super) fn is_default(key: &ConfigKey, value: &str) -> bool {
    let (given, _) = evaluate(key, &key.name, Given::Text(value));
    key.default_value().is_some_and(|default| default == given)
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
