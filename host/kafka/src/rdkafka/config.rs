//! Java client settings in librdkafka's words.

use super::error::client_error;
use super::security;
use crate::config::is_secret;
use crate::{ClientConfig, Error, ErrorKind, Result};
use ::rdkafka::config::{ClientConfig as Native, RDKafkaLogLevel};
use ::rdkafka::error::KafkaError;
use ::rdkafka::types::RDKafkaConfRes;
use std::collections::BTreeMap;

/// Which client the settings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Producer,
    Consumer,
    Admin,
}

/// Settings this crate acts on itself.
const OURS: [&str; 4] =
    ["max.block.ms", "max.poll.records", "default.api.timeout.ms", "exclude.internal.topics"];

/// Settings of the Java clients that mean nothing outside the JVM or have no counterpart.
const JAVA_ONLY: [&str; 42] = [
    "auto.include.jmx.reporter",
    "bootstrap.controllers",
    "config.providers",
    "interceptor.classes",
    "key.deserializer",
    "key.serializer",
    "log.level",
    "metadata.max.idle.ms",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "partitioner.adaptive.partitioning.enable",
    "partitioner.availability.timeout.ms",
    "partitioner.class",
    "sasl.client.callback.handler.class",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.login.connect.timeout.ms",
    "sasl.login.read.timeout.ms",
    "sasl.login.refresh.buffer.seconds",
    "sasl.login.refresh.min.period.seconds",
    "sasl.login.refresh.window.factor",
    "sasl.login.refresh.window.jitter",
    "sasl.login.retry.backoff.max.ms",
    "sasl.login.retry.backoff.ms",
    "sasl.kerberos.ticket.renew.jitter",
    "sasl.kerberos.ticket.renew.window.factor",
    "security.providers",
    "share.acknowledgement.mode",
    "socket.connection.setup.timeout.max.ms",
    "ssl.enabled.protocols",
    "ssl.engine.factory.class",
    "ssl.keymanager.algorithm",
    "ssl.protocol",
    "ssl.provider",
    "ssl.secure.random.implementation",
    "ssl.trustmanager.algorithm",
    "transaction.two.phase.commit.enable",
    "value.deserializer",
    "value.serializer",
    "throw.on.fetch.stable.offset.unsupported",
];

/// Settings that are Java's for one client and would only be warned about by librdkafka in another.
const PRODUCER_ONLY: [&str; 16] = [
    "acks",
    "batch.size",
    "buffer.memory",
    "compression.type",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.zstd.level",
    "delivery.timeout.ms",
    "enable.idempotence",
    "linger.ms",
    "max.in.flight.requests.per.connection",
    "max.request.size",
    "partitioner.ignore.keys",
    "retries",
    "transaction.timeout.ms",
    "transactional.id",
];
const CONSUMER_ONLY: [&str; 19] = [
    "allow.auto.create.topics",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "enable.auto.commit",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "max.poll.records",
    "partition.assignment.strategy",
    "session.timeout.ms",
];

/// The settings librdkafka gets for `user`'s ones: our defaults, then the user's, then what has to be so.
pub(super) fn native(role: Role, user: &ClientConfig) -> Result<Native> {
    let mut out: BTreeMap<String, String> = defaults(role);
    let mut dropped: Vec<&str> = Vec::new();
    for (name, value) in user.iter() {
        let value = value.trim();
        let foreign = match role {
            Role::Producer => CONSUMER_ONLY.contains(&name),
            Role::Consumer => PRODUCER_ONLY.contains(&name),
            Role::Admin => PRODUCER_ONLY.contains(&name) || CONSUMER_ONLY.contains(&name),
        };
        if OURS.contains(&name) || security::is_security(name) {
            continue;
        }
        if foreign || JAVA_ONLY.contains(&name) {
            dropped.push(name);
            continue;
        }
        translate(role, name, value, &mut out);
    }
    security::translate(user, &mut out)?;
    if role == Role::Producer {
        settle_idempotence(user, &mut out);
    }
    let mut native = Native::new();
    for (name, value) in &out {
        native.set(name, value);
    }
    native.set_log_level(RDKafkaLogLevel::Info);
    // librdkafka says itself which names it does not know.
    loop {
        match native.create_native_config() {
            Ok(_) => break,
            Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, name, _))
                if out.contains_key(&name) =>
            {
                if let Some((name, _)) = user.iter().find(|(user_name, _)| *user_name == name) {
                    dropped.push(name);
                }
                native.remove(&name);
            }
            Err(KafkaError::ClientConfig(_, why, name, value)) => {
                let value = if is_secret(&name) { "[hidden]".to_owned() } else { value };
                let why = if is_secret(&name) { String::new() } else { format!(": {why}") };
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("{name}={value} is not accepted by the Kafka client{why}"),
                ));
            }
            Err(error) => return Err(client_error(&error)),
        }
    }
    if !dropped.is_empty() {
        tracing::warn!(client = ?role, names = dropped.join(", "), "client settings without effect here were dropped");
    }
    Ok(native)
}

fn defaults(role: Role) -> BTreeMap<String, String> {
    let common = [("client.dns.lookup", "use_all_dns_ips")];
    let own: &[(&str, &str)] = match role {
        // The fastest that keeps order and acks=all; the bounds on the queue keep the memory small.
        Role::Producer => &[
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("max.in.flight.requests.per.connection", "5"),
            ("batch.size", "1048576"),
            ("batch.num.messages", "100000"),
            ("linger.ms", "5"),
            ("queue.buffering.max.kbytes", "32768"),
            ("queue.buffering.max.messages", "100000"),
            ("message.max.bytes", "1048576"),
            ("partitioner", "murmur2_random"),
        ],
        // Java's defaults where librdkafka's differ; offsets are committed by the tasks alone.
        Role::Consumer => &[
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("isolation.level", "read_uncommitted"),
            ("allow.auto.create.topics", "true"),
            ("fetch.min.bytes", "1"),
            ("queued.min.messages", "100000"),
            ("queued.max.messages.kbytes", "16384"),
        ],
        Role::Admin => &[],
    };
    common.iter().chain(own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// One setting of the user in librdkafka's words.
fn translate(role: Role, name: &str, value: &str, out: &mut BTreeMap<String, String>) {
    let mut set = |name: &str, value: String| {
        out.insert(name.to_owned(), value);
    };
    match name {
        "buffer.memory" => set("queue.buffering.max.kbytes", scaled(value, 1024)),
        "max.request.size" => set("message.max.bytes", capped(value, 1_000, 1_000_000_000)),
        "compression.gzip.level" | "compression.lz4.level" | "compression.zstd.level" => {
            // Only the level of the codec in use counts; sorting put compression.type after these names.
            set(name, value.to_owned());
        }
        "compression.type" => {
            let level = out.remove(&format!("compression.{value}.level"));
            for codec in ["gzip", "lz4", "zstd"] {
                out.remove(&format!("compression.{codec}.level"));
            }
            if let Some(level) = level {
                out.insert("compression.level".to_owned(), level);
            }
            out.insert("compression.type".to_owned(), value.to_owned());
        }
        "partitioner.ignore.keys" if value.eq_ignore_ascii_case("true") => {
            set("partitioner", "random".to_owned())
        }
        "partitioner.ignore.keys" => {}
        "metadata.max.age.ms" => {
            set("topic.metadata.refresh.interval.ms", capped(value, 10, 3_600_000));
            set("metadata.max.age.ms", capped(value, 1, 86_400_000));
        }
        "request.timeout.ms" if role == Role::Producer => set(name, capped(value, 1, 900_000)),
        // librdkafka wants it a second above fetch.wait.max.ms.
        "request.timeout.ms" => set("socket.timeout.ms", capped(value, 1_600, 300_000)),
        "receive.buffer.bytes" => set("socket.receive.buffer.bytes", capped(value, 0, 100_000_000)),
        "send.buffer.bytes" => set("socket.send.buffer.bytes", capped(value, 0, 100_000_000)),
        "fetch.max.wait.ms" => set("fetch.wait.max.ms", capped(value, 0, 300_000)),
        "fetch.min.bytes" => set(name, capped(value, 1, 100_000_000)),
        "auto.offset.reset" if value == "none" => set(name, "error".to_owned()),
        "partition.assignment.strategy" => set(name, assignors(value)),
        "client.dns.lookup" if value == "default" => {}
        "retries" if role == Role::Producer => set(name, capped(value, 0, 2_147_483_647)),
        "retry.backoff.ms" => set(name, capped(value, 1, 300_000)),
        "retry.backoff.max.ms" => set(name, capped(value, 1, 300_000)),
        "delivery.timeout.ms" | "linger.ms" if value.parse::<i64>().is_ok() => {
            set(name, capped(value, 0, if name == "linger.ms" { 900_000 } else { 2_147_483_647 }))
        }
        "batch.size" => set(name, capped(value, 1, 2_147_483_647)),
        "connections.max.idle.ms" => set(name, capped(value, 0, 2_147_483_647)),
        "max.poll.interval.ms" => set(name, capped(value, 1, 86_400_000)),
        "reconnect.backoff.ms" | "reconnect.backoff.max.ms" => set(name, capped(value, 0, 3_600_000)),
        _ => set(name, value.to_owned()),
    }
}

/// A number within librdkafka's bounds, which are narrower than Java's; anything else as it is, so
/// that it is refused by name.
fn capped(value: &str, least: i64, most: i64) -> String {
    value.parse::<i64>().map_or_else(|_| value.to_owned(), |number| number.clamp(least, most).to_string())
}

fn scaled(value: &str, unit: i64) -> String {
    value
        .parse::<i64>()
        .map_or_else(|_| value.to_owned(), |number| (number / unit).clamp(1, 2_147_483_647).to_string())
}

/// Java's assignor classes by librdkafka's names. It cannot mix the eager and the cooperative
/// protocol, so that a list with both (Java's default) is read as the eager ones.
fn assignors(value: &str) -> String {
    let names: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .map(|name| match name.rsplit('.').next().unwrap_or(name) {
            "RangeAssignor" => "range",
            "RoundRobinAssignor" => "roundrobin",
            // The eager sticky assignor has no counterpart; range has its protocol.
            "StickyAssignor" => "range",
            "CooperativeStickyAssignor" => "cooperative-sticky",
            _ => name,
        })
        .collect();
    let eager: Vec<&str> = names.iter().copied().filter(|name| *name != "cooperative-sticky").collect();
    if eager.is_empty() { names.join(",") } else { eager.join(",") }
}

/// Where the user's settings cannot be had with idempotence, it gives way; order does not.
fn settle_idempotence(user: &ClientConfig, out: &mut BTreeMap<String, String>) {
    if user.get("enable.idempotence").is_none() && user.get("transactional.id").is_none() {
        let acks_all = matches!(out.get("acks").map(String::as_str), Some("all" | "-1"));
        let in_flight =
            out.get("max.in.flight.requests.per.connection").and_then(|value| value.parse::<i64>().ok());
        let retries = out.get("retries").is_none_or(|value| value != "0");
        if !(acks_all && retries && in_flight.is_some_and(|in_flight| in_flight <= 5)) {
            out.insert("enable.idempotence".to_owned(), "false".to_owned());
        }
    }
    let idempotent = out.get("enable.idempotence").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let told =
        user.get("max.in.flight.requests.per.connection").is_some() || user.get("max.in.flight").is_some();
    if !idempotent && !told {
        out.insert("max.in.flight.requests.per.connection".to_owned(), "1".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(role: Role, user: &[(&str, &str)]) -> Vec<String> {
        let native = native(role, &user.iter().copied().collect()).unwrap();
        let defaults = defaults(role);
        let map = native.config_map();
        let mut lines: Vec<String> = map
            .iter()
            .filter(|(name, value)| defaults.get(**name).map(String::as_str) != Some(**value))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.extend(
            defaults
                .keys()
                .filter(|name| !map.contains_key(name.as_str()))
                .map(|name| format!("{name} removed")),
        );
        lines
    }

    #[test]
    fn producer_names_are_translated() {
        let settings = [
            ("bootstrap.servers", "b:9092"),
            ("acks", "all"),
            ("buffer.memory", "33554432"),
            ("max.request.size", "2000000"),
            ("compression.type", "zstd"),
            ("compression.zstd.level", "5"),
            ("compression.gzip.level", "9"),
            ("delivery.timeout.ms", "2147483647"),
            ("max.block.ms", "9223372036854775807"),
            ("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer"),
            ("metadata.max.age.ms", "300000"),
            ("no.such.setting", "1"),
            ("socket.keepalive.enable", "true"),
        ];
        assert_eq!(
            shown(Role::Producer, &settings),
            [
                "bootstrap.servers=b:9092",
                "compression.level=5",
                "compression.type=zstd",
                "delivery.timeout.ms=2147483647",
                "message.max.bytes=2000000",
                "metadata.max.age.ms=300000",
                "socket.keepalive.enable=true",
                "topic.metadata.refresh.interval.ms=300000",
            ]
        );
    }

    #[test]
    fn idempotence_gives_way_to_what_the_user_sets() {
        assert_eq!(
            shown(Role::Producer, &[("acks", "1")]),
            ["acks=1", "enable.idempotence=false", "max.in.flight.requests.per.connection=1"]
        );
        assert_eq!(
            shown(Role::Producer, &[("max.in.flight.requests.per.connection", "10")]),
            ["enable.idempotence=false", "max.in.flight.requests.per.connection=10"]
        );
        assert_eq!(
            shown(Role::Producer, &[("max.in.flight.requests.per.connection", "1")]),
            ["max.in.flight.requests.per.connection=1"]
        );
    }

    #[test]
    fn consumer_names_are_translated() {
        let both = "org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        let settings = [
            ("auto.offset.reset", "none"),
            ("partition.assignment.strategy", both),
            ("fetch.max.wait.ms", "250"),
            ("max.poll.records", "500"),
            ("request.timeout.ms", "30000"),
        ];
        assert_eq!(
            shown(Role::Consumer, &settings),
            [
                "auto.offset.reset=error",
                "fetch.wait.max.ms=250",
                "partition.assignment.strategy=range",
                "socket.timeout.ms=30000",
            ]
        );
        assert_eq!(
            assignors("org.apache.kafka.clients.consumer.CooperativeStickyAssignor"),
            "cooperative-sticky"
        );
    }

    #[test]
    fn a_wrong_value_is_named_and_a_secret_is_not() {
        let refused = |name: &str, value: &str| {
            native(Role::Producer, &ClientConfig::new().with(name, value))
                .map(|_| ())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused("linger.ms", "soon"),
            "linger.ms=soon is not accepted by the Kafka client: Invalid value for configuration property \"linger.ms\""
        );
        let message = refused("sasl.jaas.config", "org.apache.kafka.Nonsense required password=\"hush\";");
        assert!(!message.contains("hush"), "{message}");
    }
}
