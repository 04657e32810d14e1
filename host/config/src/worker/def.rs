//! What a standalone worker understands, as Kafka's `StandaloneConfig` defines it, and Ferry's own keys.

use std::sync::LazyLock;

use ferry_plugin_abi::config::ConfigType::{Boolean, Class, Int, List, Long, String};
use ferry_plugin_abi::config::Importance::{High, Low, Medium};
use ferry_plugin_abi::config::{ConfigDef, ConfigKey, ConfigType, Importance, Validator};

/// The keys in Kafka's order: it is the order in which errors are found.
pub static DEF: LazyLock<ConfigDef> = LazyLock::new(|| kafka().into_iter().chain(own()).collect());

fn key(name: &str, kind: ConfigType, importance: Importance, doc: &str) -> ConfigKey {
    ConfigKey::new(name, kind, importance, doc)
}

fn at_least(min: f64) -> Validator {
    Validator::Range { min: Some(min), max: None }
}

fn one_of(names: &[&str]) -> Validator {
    Validator::OneOf(names.iter().map(|&name| name.to_owned()).collect())
}

fn one_of_any_case(names: &[&str]) -> Validator {
    Validator::OneOfIgnoreCase(names.iter().map(|&name| name.to_owned()).collect())
}

#[rustfmt::skip]
fn kafka() -> Vec<ConfigKey> {
    vec![
        key("bootstrap.servers", List, High, "Kafka brokers as host:port, or embedded:DIR for a log in that directory."),
        key("client.dns.lookup", String, Medium, "How broker names are looked up.").or("use_all_dns_ips")
            .valid(one_of(&["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"])),
        key("key.converter", Class, High, "Converter of record keys for connectors that name none."),
        key("key.converter.plugin.version", String, Low, "Version of the key converter.").or_null(),
        key("value.converter", Class, High, "Converter of record values for connectors that name none."),
        key("value.converter.plugin.version", String, Low, "Version of the value converter.").or_null(),
        key("task.shutdown.graceful.timeout.ms", Long, Low, "Time for all tasks together to stop.").or("5000"),
        key("offset.flush.interval.ms", Long, Low, "Interval at which offsets are committed.").or("60000"),
        key("offset.flush.timeout.ms", Long, Low, "Time for records to be flushed before a commit is given up.").or("5000"),
        key("plugin.path", List, Low, "Directories with plugins.").or_null(),
        key("plugin.discovery", String, Low, "How plugins are found.").or("hybrid_warn")
            .valid(one_of_any_case(&["ONLY_SCAN", "SERVICE_LOAD", "HYBRID_WARN", "HYBRID_FAIL"])),
        key("metrics.sample.window.ms", Long, Low, "Window of a metrics sample.").or("30000").valid(at_least(0.0)),
        key("metrics.num.samples", Int, Low, "Samples kept per metric.").or("2").valid(at_least(1.0)),
        key("metrics.recording.level", String, Low, "Highest recording level of metrics.").or("INFO")
            .valid(one_of(&["INFO", "DEBUG"])),
        key("metric.reporters", List, Low, "Java classes that report metrics.")
            .or("org.apache.kafka.common.metrics.JmxReporter"),
        key("header.converter", Class, Low, "Converter of headers for connectors that name none.")
            .or("org.apache.kafka.connect.storage.SimpleHeaderConverter"),
        key("header.converter.plugin.version", String, Low, "Version of the header converter.").or_null(),
        key("config.providers", List, Low, "Names of config providers.").or(""),
        key("connector.client.config.override.policy", String, Medium, "Which client settings connectors may override.")
            .or("All"),
        key("connector.client.config.override.allowlist", List, Medium, "The client settings that the policy Allowlist allows.")
            .or(""),
        key("topic.creation.enable", Boolean, Low, "Whether source connectors may create topics as they configure it.").or("true"),
        key("topic.tracking.enable", Boolean, Low, "Whether the topics of each connector are tracked.").or("true"),
        key("topic.tracking.allow.reset", Boolean, Low, "Whether the tracked topics may be reset.").or("true"),
        key("listeners", List, Low, "Where REST listens: scheme://host:port. Port 0 takes a free one.").or("http://:8083"),
        key("rest.advertised.host.name", String, Low, "Host name given to others.").or_null(),
        key("rest.advertised.port", Int, Low, "Port given to others.").or_null(),
        key("rest.advertised.listener", String, Low, "Scheme given to others.").or_null(),
        key("access.control.allow.origin", String, Low, "Access-Control-Allow-Origin of REST answers.").or(""),
        key("access.control.allow.methods", String, Low, "Access-Control-Allow-Methods of REST answers.").or(""),
        key("admin.listeners", List, Low, "Where the admin endpoints listen; empty switches them off.").or_null(),
        key("ssl.client.auth", String, Low, "Whether REST asks clients for certificates.").or("none")
            .valid(one_of(&["required", "requested", "none"])),
        key("rest.extension.classes", List, Low, "REST extensions.").or(""),
        key("response.http.headers.config", String, Low, "Headers added to REST answers.").or(""),
        key("offset.storage.file.filename", String, High, "File that keeps the offsets of source connectors."),
        // Those of Kafka's DistributedConfig that mean something here.
        key("exactly.once.source.support", String, High, "Whether source tasks write records and offsets in one transaction.")
            .or("disabled").valid(one_of(&["disabled", "preparing", "enabled"])),
    ]
}

#[rustfmt::skip]
fn own() -> Vec<ConfigKey> {
    vec![
        key("ferry.task.restart.enabled", Boolean, Medium, "Whether failed tasks and connectors are restarted by themselves.").or("true"),
        key("ferry.task.restart.backoff.initial.ms", Long, Low, "Wait before the first restart; doubles with each, a fifth more or less by chance.").or("1000")
            .valid(at_least(1.0)),
        key("ferry.task.restart.backoff.max.ms", Long, Low, "Longest wait between restarts.").or("60000").valid(at_least(1.0)),
        key("ferry.task.restart.max.attempts", Int, Low, "Restarts without progress before a task or connector stays failed; -1: no limit.")
            .or("-1").valid(at_least(-1.0)),
        key("ferry.task.stuck.after.ms", Long, Low, "Time after which a call into a plugin, other than poll, is shown as stuck.")
            .or("60000").valid(at_least(1.0)),
        key("ferry.task.max.inflight.bytes", Long, Medium, "Bytes that one task may hold unacknowledged.").or("16777216")
            .valid(at_least(1.0)),
        key("ferry.worker.memory.max", Long, Medium, "Bytes of records that all tasks together may hold; -1: no limit beyond that of each task.")
            .or("-1").valid(at_least(-1.0)),
        key("ferry.metrics.client.interval.ms", Long, Low, "Interval at which Kafka clients tell their statistics; 0: never, -1: metrics.sample.window.ms.")
            .or("0").valid(at_least(-1.0)),
        key("ferry.rest.connections.max", Int, Low, "Connections to REST at a time; beyond that the longest idle one makes room.")
            .or("512").valid(at_least(1.0)),
        key("ferry.rest.idle.timeout.ms", Long, Low, "Time for a request to REST to come, for its answer to be taken, and for a connection without a request.")
            .or("90000").valid(at_least(1.0)),
        key("ferry.rest.jaas.config", String, Low, "JAAS file of basic authentication, if not the one that KAFKA_OPTS names.").or_null(),
        key("ferry.kafka.clients.shared", Boolean, Low, "Whether tasks whose producer or admin settings are equal share clients while they send little; never with transactions.").or("true"),
        key("ferry.rest.tap.enable", Boolean, Low, "Whether REST may show samples of the records that flow through connectors.").or("false"),
        key("ferry.log.format", String, Low, "Format of the log.").or("text").valid(one_of(&["text", "json"])),
    ]
}
