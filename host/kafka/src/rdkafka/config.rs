//! Java client settings as librdkafka's.

use super::native::{Conf, ProducerClient, Refusal};
use super::security;
use crate::config::{Settings, is_secret};
use crate::{ClientConfig, Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::time::Duration;

/// Which client the settings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Producer,
    Consumer,
    Admin,
}

/// Settings that librdkafka takes, and those it does not have and we keep ourselves.
pub(super) struct Translated {
    /// librdkafka's names and values, all of them tried.
    pairs: BTreeMap<String, String>,
    /// `max.block.ms`.
    pub(super) max_block: Duration,
    /// `bootstrap.servers`
    pub(super) servers: String,
    /// `max.request.size` in bytes.
    pub(super) max_request: usize,
    /// Bytes that a batch may hold at most.
    pub(super) batch: usize,
    /// `max.poll.records`, where set.
    pub(super) max_poll_records: Option<usize>,
    /// `max.poll.interval.ms`.
    pub(super) max_poll_interval: Duration,
    /// `request.timeout.ms`.
    pub(super) request_timeout: Duration,
    /// `default.api.timeout.ms`.
    pub(super) api_timeout: Duration,
    /// `metadata.max.age.ms`.
    pub(super) metadata_max_age: Duration,
    /// `group.id`, where the user set one.
    pub(super) group: Option<String>,
    /// `enable.idempotence` is in force, without a `transactional.id`.
    pub(super) idempotent: bool,
    /// `isolation.level=read_committed`.
    pub(super) committed_only: bool,
    /// `auto.offset.reset` as an offset of librdkafka's; `None` for `none`.
    pub(super) reset: Option<i64>,
}

/// What librdkafka is told where the user sets nothing: the fastest that keeps Kafka's guarantees,
/// Java's defaults where the two clients differ, and little memory.
const DEFAULTS: &[(Role, &str, &str)] = &[
    (Role::Producer, "acks", "all"),
    (Role::Producer, "enable.idempotence", "true"),
    (Role::Producer, "max.in.flight.requests.per.connection", "5"),
    (Role::Producer, "batch.size", "1000000"),
    (Role::Producer, "batch.num.messages", "10000"),
    (Role::Producer, "linger.ms", "5"),
    (Role::Producer, "message.max.bytes", "1048576"),
    (Role::Producer, "delivery.timeout.ms", "120000"),
    // Bounded in records too: each costs about 250 bytes beside its own.
    (Role::Producer, "queue.buffering.max.kbytes", "32768"),
    (Role::Producer, "queue.buffering.max.messages", "60000"),
    // Java's hash of the key; records without one stick to a partition for a batch.
    (Role::Producer, "partitioner", "murmur2_random"),
    // Half a MiB of histograms for each client, for brokers that ask to be told how their clients fare.
    (Role::Producer, "enable.metrics.push", "false"),
    (Role::Consumer, "enable.metrics.push", "false"),
    (Role::Admin, "enable.metrics.push", "false"),
    (Role::Consumer, "isolation.level", "read_uncommitted"),
    (Role::Consumer, "allow.auto.create.topics", "true"),
    (Role::Consumer, "auto.offset.reset", "latest"),
    (Role::Consumer, "check.crcs", "true"),
    (Role::Consumer, "max.poll.interval.ms", "300000"),
    // Prefetched records cost about 400 bytes beside their own: little and refilled quickly
    // is as fast as librdkafka's 100,000 records and a second's pause.
    (Role::Consumer, "queued.max.messages.kbytes", "8192"),
    (Role::Consumer, "queued.min.messages", "20000"),
    (Role::Consumer, "fetch.queue.backoff.ms", "5"),
    (Role::Consumer, "fetch.max.bytes", "8388608"),
    (Role::Consumer, "max.partition.fetch.bytes", "1048576"),
];

/// Java names and librdkafka's for the same thing.
const RENAMED: &[(&str, &str)] = &[
    ("send.buffer.bytes", "socket.send.buffer.bytes"),
    ("receive.buffer.bytes", "socket.receive.buffer.bytes"),
    ("socket.connection.setup.timeout.max.ms", ""),
    ("fetch.max.wait.ms", "fetch.wait.max.ms"),
    ("max.request.size", "message.max.bytes"),
    ("exclude.internal.topics", ""),
    ("default.api.timeout.ms", ""),
    ("max.block.ms", ""),
    ("max.poll.records", ""),
    ("key.serializer", ""),
    ("value.serializer", ""),
    ("key.deserializer", ""),
    ("value.deserializer", ""),
];

impl Translated {
    /// Translates; a name that nobody knows is a warning, a value that librdkafka refuses an error.
    pub(super) fn new(config: &ClientConfig, role: Role) -> Result<Self> {
        let settings = Settings(config);
        let mut pairs = BTreeMap::new();
        let mut dropped = Vec::new();
        for (name, value) in config.iter() {
            let value = value.trim();
            if security::NAMES.contains(&name) || value.is_empty() {
                continue;
            }
            match renamed(name, value, role)? {
                Named::As(name, value) => {
                    pairs.insert(name, value);
                }
                Named::Kept => {}
                Named::Dropped => dropped.push(name.to_owned()),
            }
        }
        security::translate(&settings, &mut pairs)?;
        let names_default = |name: &str| {
            pairs.contains_key(name) || aliases(name).iter().any(|alias| pairs.contains_key(*alias))
        };
        let missing =
            DEFAULTS.iter().filter(|(of, name, _)| *of == role && !names_default(name)).collect::<Vec<_>>();
        for (_, name, value) in missing {
            pairs.insert((*name).to_owned(), (*value).to_owned());
        }
        bind(&settings, &mut pairs, role)?;
        pairs.insert("log.connection.close".into(), "false".into());

        let trial = Conf::new();
        let mut refused = Vec::new();
        for (name, value) in &pairs {
            match trial.set(name, value) {
                Ok(()) => {}
                Err(Refusal::Unknown) => refused.push(name.clone()),
                Err(Refusal::Value(_)) if is_secret(name) => {
                    return Err(Error::new(ErrorKind::Config, format!("the value of {name} is not usable")));
                }
                Err(Refusal::Value(reason)) => {
                    return Err(Error::new(
                        ErrorKind::Config,
                        format!("{name}={value} is refused: {reason}"),
                    ));
                }
            }
        }
        for name in refused {
            pairs.remove(&name);
            dropped.push(name);
        }
        if !dropped.is_empty() {
            tracing::warn!(client = ?role, settings = dropped.join(", "), "settings without a counterpart are ignored");
        }
        let reset = match pairs.get("auto.offset.reset").map(String::as_str) {
            Some("earliest" | "beginning" | "smallest") => Some(-2),
            Some("error") => None,
            _ => Some(-1),
        };
        let max_poll_records = match settings.get("max.poll.records") {
            None => None,
            Some(_) => {
                Some(usize::try_from(settings.number("max.poll.records", 500)?.max(1)).unwrap_or(usize::MAX))
            }
        };
        let number = |name: &str| pairs.get(name).and_then(|value| value.parse::<usize>().ok());
        let max_request = number("message.max.bytes").unwrap_or(1 << 20);
        Ok(Self {
            servers: settings.get("bootstrap.servers").unwrap_or_default().to_owned(),
            batch: number("batch.size").map_or(max_request, |batch| batch.min(max_request)),
            max_request,
            max_block: settings.duration("max.block.ms", Duration::from_secs(60))?,
            max_poll_records,
            max_poll_interval: Duration::from_millis(
                pairs.get("max.poll.interval.ms").and_then(|ms| ms.parse().ok()).unwrap_or(300_000),
            ),
            request_timeout: settings.duration("request.timeout.ms", Duration::from_secs(30))?,
            api_timeout: settings.duration("default.api.timeout.ms", Duration::from_secs(60))?,
            metadata_max_age: settings.duration("metadata.max.age.ms", Duration::from_secs(300))?,
            group: settings.get("group.id").map(str::to_owned),
            idempotent: pairs.get("enable.idempotence").is_some_and(|value| value == "true")
                && !pairs.contains_key("transactional.id"),
            committed_only: pairs.get("isolation.level").is_some_and(|level| level == "read_committed"),
            reset,
            pairs,
        })
    }

    /// librdkafka's configuration, made anew for each client.
    pub(super) fn conf(&self) -> Result<Conf> {
        self.conf_but(&[])
    }

    /// The same with other values of some settings, under librdkafka's names.
    pub(super) fn conf_but(&self, but: &[(&str, &str)]) -> Result<Conf> {
        let conf = Conf::new();
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in pairs.chain(but.iter().copied()) {
            if conf.set(name, value).is_err() {
                return Err(Error::new(ErrorKind::Config, format!("setting {name} is refused")));
            }
        }
        Ok(conf)
    }
}

impl Translated {
    /// A producing client with other values of some settings, under librdkafka's names.
    pub(super) fn producer(&self, but: &[(&str, &str)]) -> Result<ProducerClient> {
        ProducerClient::new(self.conf_but(but)?, self)
    }
}

enum Named {
    /// librdkafka's name and value.
    As(String, String),
    /// Ours to keep.
    Kept,
    /// Nobody's.
    Dropped,
}

fn renamed(name: &str, value: &str, role: Role) -> Result<Named> {
    let as_is = |name: &str, value: &str| Ok(Named::As(name.to_owned(), value.to_owned()));
    if let Some((_, to)) = RENAMED.iter().find(|(from, _)| *from == name) {
        return if to.is_empty() { Ok(Named::Kept) } else { as_is(to, value) };
    }
    match name {
        "interceptor.classes"
        | "metric.reporters"
        | "partitioner.class"
        | "auto.include.jmx.reporter"
        | "security.providers"
        | "partitioner.ignore.keys"
        | "partitioner.adaptive.partitioning.enable"
        | "partitioner.availability.timeout.ms"
        | "config.providers"
        | "metadata.max.idle.ms"
        | "metadata.recovery.strategy" => Ok(Named::Dropped),
        _ if name.starts_with("metrics.") || name.starts_with("config.providers.") => Ok(Named::Dropped),
        // Offsets are committed by whoever owns the consumer.
        "enable.auto.commit" if value.eq_ignore_ascii_case("true") => Ok(Named::Dropped),
        "enable.auto.commit" => Ok(Named::Kept),
        "client.dns.lookup" if value == "default" => as_is(name, "use_all_dns_ips"),
        "auto.offset.reset" => match value.to_ascii_lowercase().as_str() {
            "none" => as_is(name, "error"),
            "earliest" | "latest" | "beginning" | "end" | "smallest" | "largest" | "error" => {
                as_is(name, value)
            }
            _ => Err(Error::new(
                ErrorKind::Config,
                format!("auto.offset.reset={value} is not earliest, latest or none"),
            )),
        },
        "partition.assignment.strategy" => as_is(name, &assignors(value)?),
        "isolation.level" | "compression.type" | "acks" => as_is(name, &value.to_ascii_lowercase()),
        "buffer.memory" => as_is("queue.buffering.max.kbytes", &scaled(name, value, 1024, 1, 2_147_483_647)?),
        "batch.size" => as_is(name, &scaled(name, value, 1, 1, 2_147_483_647)?),
        "linger.ms" => as_is(name, &scaled(name, value, 1, 0, 900_000)?),
        "delivery.timeout.ms" => as_is("message.timeout.ms", &scaled(name, value, 1, 1, 2_147_483_647)?),
        // Java's time limit of a request is the broker's while it waits for replicas, and the socket's.
        "request.timeout.ms" if role == Role::Producer => as_is(name, &scaled(name, value, 1, 1, 900_000)?),
        "request.timeout.ms" => as_is("socket.timeout.ms", &scaled(name, value, 1, 10, 300_000)?),
        "metadata.max.age.ms" => {
            as_is("topic.metadata.refresh.interval.ms", &scaled(name, value, 1, 10, 3_600_000)?)
        }
        "reconnect.backoff.ms" => as_is(name, &scaled(name, value, 1, 0, 3_600_000)?),
        "reconnect.backoff.max.ms" => as_is(name, &scaled(name, value, 1, 0, 3_600_000)?),
        "retry.backoff.ms" | "retry.backoff.max.ms" => as_is(name, &scaled(name, value, 1, 1, 300_000)?),
        "connections.max.idle.ms" => as_is(name, &scaled(name, value, 1, 0, 2_147_483_647)?),
        "max.poll.interval.ms" => as_is(name, &scaled(name, value, 1, 1, 86_400_000)?),
        "fetch.min.bytes" => as_is(name, &scaled(name, value, 1, 1, 100_000_000)?),
        "fetch.max.bytes" => as_is(name, &scaled(name, value, 1, 512, 2_147_483_135)?),
        "send.buffer.bytes" | "receive.buffer.bytes" => as_is(name, &scaled(name, value, 1, 0, 100_000_000)?),
        _ => as_is(name, value),
    }
}

/// A number divided by `unit` and held within librdkafka's range, which is often narrower than Java's.
fn scaled(name: &str, value: &str, unit: i64, least: i64, most: i64) -> Result<String> {
    let number = value
        .parse::<i64>()
        .map_err(|_| Error::new(ErrorKind::Config, format!("{name}={value} is not a whole number")))?;
    Ok((number / unit).clamp(least, most).to_string())
}

/// Java class names of assignors as librdkafka's names.
fn assignors(value: &str) -> Result<String> {
    let mut names = Vec::new();
    for class in value.split(',').map(str::trim).filter(|class| !class.is_empty()) {
        let short = class.rsplit('.').next().unwrap_or(class);
        names.push(match short {
            "RangeAssignor" | "range" => "range",
            "RoundRobinAssignor" | "roundrobin" => "roundrobin",
            "CooperativeStickyAssignor" | "cooperative-sticky" => "cooperative-sticky",
            _ => {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "partition.assignment.strategy={class} is not available: use RangeAssignor, \
                         RoundRobinAssignor or CooperativeStickyAssignor"
                    ),
                ));
            }
        });
    }
    // Java's default list; librdkafka refuses to mix the two protocols, so the eager one stays.
    if names.contains(&"cooperative-sticky") && names.iter().any(|name| *name != "cooperative-sticky") {
        names.retain(|name| *name != "cooperative-sticky");
    }
    Ok(names.join(","))
}

/// Other names of librdkafka's own for a setting.
fn aliases(name: &str) -> &'static [&'static str] {
    match name {
        "acks" => &["request.required.acks"],
        "linger.ms" => &["queue.buffering.max.ms"],
        "delivery.timeout.ms" => &["message.timeout.ms"],
        "max.in.flight.requests.per.connection" => &["max.in.flight"],
        "max.partition.fetch.bytes" => &["fetch.message.max.bytes"],
        _ => &[],
    }
}

/// Settings that have to agree with each other.
fn bind(settings: &Settings<'_>, pairs: &mut BTreeMap<String, String>, role: Role) -> Result<()> {
    let number = |pairs: &BTreeMap<String, String>, name: &str, default: i64| {
        pairs.get(name).and_then(|value| value.parse::<i64>().ok()).unwrap_or(default)
    };
    match role {
        Role::Producer => {
            if pairs.contains_key("transactional.id") {
                // librdkafka demands what Java leaves to chance: no record outlives its transaction.
                let limit = number(pairs, "transaction.timeout.ms", 60_000);
                let name = if pairs.contains_key("message.timeout.ms") {
                    "message.timeout.ms"
                } else {
                    "delivery.timeout.ms"
                };
                if number(pairs, name, 120_000) > limit {
                    pairs.insert(name.into(), limit.to_string());
                }
            }
            let idempotent = pairs.get("enable.idempotence").is_some_and(|value| value == "true");
            let in_flight = number(pairs, "max.in.flight.requests.per.connection", 5);
            if settings.get("enable.idempotence").is_none() && !pairs.contains_key("transactional.id") {
                // As in Java: what the user sets turns the default off.
                let acks = pairs.get("acks").or_else(|| pairs.get("request.required.acks"));
                let all = acks.is_none_or(|acks| acks == "all" || acks == "-1");
                let retries = number(pairs, "retries", 1);
                if idempotent && (in_flight > 5 || !all || retries == 0) {
                    pairs.insert("enable.idempotence".into(), "false".into());
                }
            }
        }
        Role::Consumer => {
            pairs.insert("enable.auto.commit".into(), "false".into());
            pairs.insert("enable.auto.offset.store".into(), "false".into());
            // librdkafka assigns nothing without a group, not even by hand.
            pairs.entry("group.id".into()).or_insert_with(|| "ferry-without-a-group".into());
            // A fetch must fit into the queue and hold a record.
            let per_partition = number(pairs, "max.partition.fetch.bytes", 1_048_576);
            if settings.get("fetch.max.bytes").is_none()
                && per_partition > number(pairs, "fetch.max.bytes", 0)
            {
                pairs.insert("fetch.max.bytes".into(), per_partition.to_string());
            }
            let session = number(pairs, "session.timeout.ms", 45_000);
            if number(pairs, "max.poll.interval.ms", 300_000) < session {
                pairs.insert("max.poll.interval.ms".into(), session.to_string());
            }
            let fetch = number(pairs, "fetch.max.bytes", 8_388_608);
            // librdkafka wants room for one message in a fetch; the broker sends a larger one all the same.
            if fetch < number(pairs, "message.max.bytes", 1_000_000) {
                pairs.insert("message.max.bytes".into(), fetch.max(1000).to_string());
            }
            if number(pairs, "receive.message.max.bytes", 100_000_000) < fetch + 512 {
                pairs.insert("receive.message.max.bytes".into(), (fetch + 512).to_string());
            }
        }
        Role::Admin => {}
    }
    let low = number(pairs, "reconnect.backoff.ms", 50);
    let high = number(pairs, "reconnect.backoff.max.ms", 1000);
    pairs.insert("reconnect.backoff.ms".into(), low.min(high.max(low)).to_string());
    pairs.insert("reconnect.backoff.max.ms".into(), high.max(low).to_string());
    Ok(())
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
