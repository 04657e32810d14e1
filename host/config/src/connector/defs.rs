//! The framework's own settings of connectors, word for word as the JVM worker describes them.
//!
//! Tables only: what they mean is in the typed configuration beside them.

use ferry_plugin_abi::config::ConfigType::{Boolean, Class, Int, List, Long, Short, String};
use ferry_plugin_abi::config::Importance::{High, Low, Medium};
use ferry_plugin_abi::config::{ConfigDef, ConfigKey, ConfigType, Importance, Validator, Width};

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

/// Keys of every connector (`ConnectorConfig`).
pub fn common() -> ConfigDef {
    common_keys().into_iter().collect()
}

/// Keys of every connector, then those of a sink (`SinkConnectorConfig`).
pub fn sink() -> ConfigDef {
    common_keys().into_iter().chain(sink_only()).collect()
}

/// Keys of a sink that only Ferry has. They stand apart: the list of Connect's keys is part of validation answers.
#[rustfmt::skip]
pub fn sink_beyond_connect() -> ConfigDef {
    [
        key("ferry.errors.put.bisect", Boolean, Medium, "Where errors.tolerance=all: whether a batch that put refuses with an error of data \
            is divided until the bad records stand alone.")
            .or("true"),
        key("ferry.errors.put.bisect.limit", Int, Medium, "Records refused one after the other before the sink itself is taken to be at fault; \
            -1: no limit.")
            .or("100").valid(at_least(-1.0)),
    ].into_iter().collect()
}

/// Keys of every connector, then those of a source (`SourceConnectorConfig`).
pub fn source() -> ConfigDef {
    common_keys().into_iter().chain(source_only()).collect()
}

#[rustfmt::skip]
fn common_keys() -> Vec<ConfigKey> {
    vec![
        key("name", String, High, "Globally unique name to use for this connector.")
            .valid(Validator::NonEmptyStringWithoutControlChars)
            .shown("Common", 1, Width::Medium, "Connector name"),
        key("connector.class", String, High, "Name or alias of the class for this connector. Must be a subclass of \
            org.apache.kafka.connect.connector.Connector. If the connector is \
            org.apache.kafka.connect.file.FileStreamSinkConnector, you can either specify this full \
            name,  or use \"FileStreamSink\" or \"FileStreamSinkConnector\" to make the \
            configuration a bit shorter")
            .shown("Common", 2, Width::Long, "Connector class"),
        key("connector.plugin.version", String, Medium, "Version of the connector.")
            .or_null()
            .shown("Common", 3, Width::Medium, "Connector version"),
        key("tasks.max", Int, High, "Maximum number of tasks to use for this connector.")
            .or("1").valid(at_least(1.0))
            .shown("Common", 4, Width::Short, "Tasks max"),
        key("tasks.max.enforce", Boolean, Low, "(Deprecated) Whether to enforce that the tasks.max property is respected by the \
            connector. By default, connectors that generate too many tasks will fail, and existing \
            sets of tasks that exceed the tasks.max property will also be failed. If this property \
            is set to false, then connectors will be allowed to generate more than the maximum \
            number of tasks, and existing sets of tasks that exceed the tasks.max property will be \
            allowed to run. This property is deprecated and will be removed in an upcoming major \
            release.")
            .or("true")
            .shown("Common", 5, Width::Short, "Enforce tasks max"),
        key("key.converter", Class, Low, "Converter class used to convert between Kafka Connect format and the serialized form \
            that is written to Kafka. This controls the format of the keys in messages written to \
            or read from Kafka, and since this is independent of connectors it allows any connector \
            to work with any serialization format. Examples of common formats include JSON and Avro.")
            .or_null()
            .shown("Common", 6, Width::Short, "Key converter class"),
        key("key.converter.plugin.version", String, Low, "Version of the key converter.")
            .or_null()
            .shown("Common", 7, Width::Short, "Key converter version"),
        key("value.converter", Class, Low, "Converter class used to convert between Kafka Connect format and the serialized form \
            that is written to Kafka. This controls the format of the values in messages written to \
            or read from Kafka, and since this is independent of connectors it allows any connector \
            to work with any serialization format. Examples of common formats include JSON and Avro.")
            .or_null()
            .shown("Common", 8, Width::Short, "Value converter class"),
        key("value.converter.plugin.version", String, Low, "Version of the value converter.")
            .or_null()
            .shown("Common", 9, Width::Short, "Value converter version"),
        key("header.converter", Class, Low, "HeaderConverter class used to convert between Kafka Connect format and the serialized \
            form that is written to Kafka. This controls the format of the header values in \
            messages written to or read from Kafka, and since this is independent of connectors it \
            allows any connector to work with any serialization format. Examples of common formats \
            include JSON and Avro. By default, the SimpleHeaderConverter is used to serialize \
            header values to strings and deserialize them by inferring the schemas.")
            .or_null()
            .shown("Common", 10, Width::Short, "Header converter class"),
        key("header.converter.plugin.version", String, Low, "Version of the header converter.")
            .or_null()
            .shown("Common", 11, Width::Short, "Header converter version"),
        key("transforms", List, Low, "Aliases for the transformations to be applied to records.")
            .or("").valid(Validator::UniqueAliases)
            .shown("Transforms", 12, Width::Long, "Transforms"),
        key("predicates", List, Low, "Aliases for the predicates used by transformations.")
            .or("").valid(Validator::UniqueAliases)
            .shown("Predicates", 13, Width::Long, "Predicates"),
        key("config.action.reload", String, Low, "The action that Connect should take on the connector when changes in external \
            configuration providers result in a change in the connector's configuration properties. \
            A value of 'none' indicates that Connect will do nothing. A value of 'restart' \
            indicates that Connect should restart/reload the connector with the updated \
            configuration properties.The restart may actually be scheduled in the future if the \
            external configuration provider indicates that a configuration value will expire in the \
            future.")
            .or("restart").valid(one_of(&["none", "restart"]))
            .shown("Common", 14, Width::Medium, "Reload Action"),
        key("errors.retry.timeout", Long, Medium, "The maximum duration in milliseconds that a failed operation will be reattempted. The \
            default is 0, which means no retries will be attempted. Use -1 for infinite retries.")
            .or("0")
            .shown("Error Handling", 1, Width::Medium, "Retry Timeout for Errors"),
        key("errors.retry.delay.max.ms", Long, Medium, "The maximum duration in milliseconds between consecutive retry attempts. Jitter will be \
            added to the delay once this limit is reached to prevent thundering herd issues.")
            .or("60000")
            .shown("Error Handling", 2, Width::Medium, "Maximum Delay Between Retries for Errors"),
        key("errors.tolerance", String, Medium, "Behavior for tolerating errors during connector operation. 'none' is the default value \
            and signals that any error will result in an immediate connector task failure; 'all' \
            changes the behavior to skip over problematic records.")
            .or("none").valid(one_of(&["none", "all"]))
            .shown("Error Handling", 3, Width::Short, "Error Tolerance"),
        key("errors.log.enable", Boolean, Medium, "If true, write each error and the details of the failed operation and problematic \
            record to the Connect application log. This is 'false' by default, so that only errors \
            that are not tolerated are reported.")
            .or("false")
            .shown("Error Handling", 4, Width::Short, "Log Errors"),
        key("errors.log.include.messages", Boolean, Medium, "Whether to include in the log the Connect record that resulted in a failure. For sink \
            records, the topic, partition, offset, and timestamp will be logged. For source \
            records, the key and value (and their schemas), all headers, and the timestamp, Kafka \
            topic, Kafka partition, source partition, and source offset will be logged. This is \
            'false' by default, which will prevent record keys, values, and headers from being \
            written to log files.")
            .or("false")
            .shown("Error Handling", 5, Width::Short, "Log Error Details"),
    ]
}

#[rustfmt::skip]
fn sink_only() -> Vec<ConfigKey> {
    vec![
        key("topics", List, High, "List of topics to consume, separated by commas")
            .or("").valid(Validator::List { empty: true })
            .shown("Common", 4, Width::Long, "Topics"),
        key("topics.regex", String, High, "Regular expression giving topics to consume. Under the hood, the regex is compiled to a \
            <code>java.util.regex.Pattern</code>. Only one of topics or topics.regex should be \
            specified.")
            .or("").valid(Validator::Regex)
            .shown("Common", 4, Width::Long, "Topics regex"),
        key("errors.deadletterqueue.topic.name", String, Medium, "The name of the topic to be used as the dead letter queue (DLQ) for messages that \
            result in an error when processed by this sink connector, or its transformations or \
            converters. The topic name is blank by default, which means that no messages are to be \
            recorded in the DLQ.")
            .or("")
            .shown("Error Handling", 6, Width::Medium, "Dead Letter Queue Topic Name"),
        key("errors.deadletterqueue.topic.replication.factor", Short, Medium, "Replication factor used to create the dead letter queue topic when it doesn't already \
            exist.")
            .or("3")
            .shown("Error Handling", 7, Width::Medium, "Dead Letter Queue Topic Replication Factor"),
        key("errors.deadletterqueue.context.headers.enable", Boolean, Medium, "If true, add headers containing error context to the messages written to the dead \
            letter queue. To avoid clashing with headers from the original record, all error \
            context header keys, all error context header keys will start with \
            <code>__connect.errors.</code>")
            .or("false")
            .shown("Error Handling", 8, Width::Medium, "Enable Error Context Headers"),
    ]
}

#[rustfmt::skip]
fn source_only() -> Vec<ConfigKey> {
    vec![
        key("topic.creation.groups", List, Low, "Groups of configurations for topics created by source connectors")
            .or("").valid(Validator::UniqueAliases)
            .shown("Topic Creation", 1, Width::Long, "Topic Creation Groups"),
        key("exactly.once.support", String, Medium, "Permitted values are requested, required. If set to \"required\", forces a preflight \
            check for the connector to ensure that it can provide exactly-once semantics with the \
            given configuration. Some connectors may be capable of providing exactly-once semantics \
            but not signal to Connect that they support this; in that case, documentation for the \
            connector should be consulted carefully before creating it, and the value for this \
            property should be set to \"requested\". Additionally, if the value is set to \
            \"required\" but the worker that performs preflight validation does not have \
            exactly-once support enabled for source connectors, requests to create or validate the \
            connector will fail.")
            .or("requested").valid(one_of_any_case(&["REQUIRED", "REQUESTED"]))
            .shown("Exactly Once Support", 2, Width::Short, "Exactly once support"),
        key("transaction.boundary", String, Medium, "Permitted values are: poll, interval, connector. If set to 'poll', a new producer \
            transaction will be started and committed for every batch of records that each task \
            from this connector provides to Connect. If set to 'connector', relies on \
            connector-defined transaction boundaries; note that not all connectors are capable of \
            defining their own transaction boundaries, and in that case, attempts to instantiate a \
            connector with this value will fail. Finally, if set to 'interval', commits \
            transactions only after a user-defined time interval has passed.")
            .or("poll").valid(one_of_any_case(&["INTERVAL", "POLL", "CONNECTOR"]))
            .shown("Exactly Once Support", 3, Width::Short, "Transaction Boundary"),
        key("transaction.boundary.interval.ms", Long, Low, "If 'transaction.boundary' is set to 'interval', determines the interval for producer \
            transaction commits by connector tasks. If unset, defaults to the value of the \
            worker-level 'offset.flush.interval.ms' property. It has no effect if a different \
            transaction.boundary is specified.")
            .or_null().valid(at_least(0.0))
            .shown("Exactly Once Support", 4, Width::Short, "Transaction boundary interval"),
        key("offsets.storage.topic", String, Low, "The name of a separate offsets topic to use for this connector. If empty or not \
            specified, the worker’s global offsets topic name will be used. If specified, the \
            offsets topic will be created if it does not already exist on the Kafka cluster \
            targeted by this connector (which may be different from the one used for the worker's \
            global offsets topic if the bootstrap.servers property of the connector's producer has \
            been overridden from the worker's). Only applicable in distributed mode; in standalone \
            mode, setting this property will have no effect.")
            .or_null().valid(Validator::NonEmptyString)
            .shown("offsets.topic", 1, Width::Long, "Offsets topic"),
    ]
}
