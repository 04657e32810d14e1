//! Shows and changes the offsets of connectors (KIP-875).

use std::collections::BTreeMap;

use ferry_kafka::{Admin, ClientConfig, TopicPartition};
use ferry_plugin_abi::api::{ClassKind, Connector, PluginClass};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, ErrorKind};
use serde_json::{Map, Number, Value as Json, json};

use super::instance::{guarded, make};
use super::{ConnectorOffset, ConnectorOffsets, HerderError, Message, Result, plan};
use crate::environment::Environment;
use crate::exactly_once;
use crate::stores::OffsetStore;

fn internal(error: &Error) -> HerderError {
    HerderError::internal(error.to_string())
}

/// A connector's class, its resolved configuration and, for a sink, its consumer group.
struct Subject {
    class: std::sync::Arc<PluginClass>,
    config: ConfigMap,
    group: Option<String>,
}

fn subject(env: &Environment, name: &str, config: &ConfigMap) -> Result<Subject> {
    let config = plan::resolve(env, config).map_err(|error| internal(&error))?.config;
    let class = plan::class(env, &config).map_err(|error| internal(&error))?;
    let group = (class.kind() == ClassKind::Sink).then(|| {
        let own =
            config.get("consumer.override.group.id").or_else(|| env.worker.raw.get("consumer.group.id"));
        own.map_or_else(|| format!("connect-{name}"), str::to_owned)
    });
    Ok(Subject { class, config, group })
}

fn source_store(env: &Environment, name: &str, subject: &Subject) -> std::sync::Arc<dyn OffsetStore> {
    exactly_once::source_offsets(env, name, &subject.config).store()
}

fn admin(env: &Environment, name: &str, config: &ConfigMap) -> Result<Box<dyn Admin>> {
    let settings = env.worker.admin_config(&format!("connector-adminclient-{name}"), config).merged();
    let settings: ClientConfig = settings.iter().collect();
    env.kafka.admin(&settings).map_err(|error| HerderError::internal(error.to_string()))
}

/// The offsets of a connector.
pub(super) fn list(env: &Environment, name: &str, config: &ConfigMap) -> Result<ConnectorOffsets> {
    let subject = subject(env, name, config)?;
    let offsets = match &subject.group {
        Some(group) => {
            let found = admin(env, name, &subject.config)?.group_offsets(group);
            let failed = |error: ferry_kafka::Error| {
                tracing::error!(connector = name, group, error = %error, "cannot read the offsets of a consumer group");
                HerderError::internal(format!(
                    "Failed to retrieve consumer group offsets for connector {name}"
                ))
            };
            let one = |(partition, offset): (TopicPartition, i64)| ConnectorOffset {
                partition: json!({"kafka_partition": partition.partition, "kafka_topic": &*partition.topic}),
                offset: json!({"kafka_offset": offset}),
            };
            found.map_err(failed)?.into_iter().map(one).collect()
        }
        None => {
            let found = source_store(env, name, &subject).all(name).map_err(|error| internal(&error))?;
            found.iter().map(|(p, o)| ConnectorOffset { partition: to_json(p), offset: to_json(o) }).collect()
        }
    };
    Ok(ConnectorOffsets { offsets })
}

/// Changes the offsets in `wanted`, or forgets all.
pub(super) fn change(
    env: &Environment,
    name: &str,
    config: &ConfigMap,
    wanted: Option<ConnectorOffsets>,
) -> Result<Message> {
    let subject = subject(env, name, config)?;
    let mut connector = guarded(|| make(&subject.class)).map_err(|error| internal(&error))?;
    let (done, what) = match (&subject.group, wanted) {
        (Some(group), wanted) => sink(env, name, &subject, group, connector.as_mut(), wanted)?,
        (None, wanted) => source(env, name, &subject, connector.as_mut(), wanted)?,
    };
    let message = if done {
        format!("The offsets for this connector have been {what} successfully")
    } else {
        format!(
            "The Connect framework-managed offsets for this connector have been {what} successfully. However, if this connector manages offsets externally, they will need to be manually {what} in the system that the connector uses."
        )
    };
    Ok(Message { message })
}

type Pairs = Vec<(Value, Option<Value>)>;

/// Asks the connector first: it may refuse, and it may have offsets of its own.
fn hook(
    name: &str,
    kind: &str,
    subject: &Subject,
    connector: &mut dyn Connector,
    offsets: &Pairs,
) -> Result<bool> {
    let done = guarded(|| connector.alter_offsets(&subject.config, offsets));
    done.map_err(|error| match error.java_class() {
        "java.lang.UnsupportedOperationException" => HerderError::internal(format!(
            "Failed to modify offsets for connector {name} because it doesn't support external modification of offsets"
        )),
        class if class.ends_with(".BadRequestException") => HerderError::bad_request(error.message()),
        class if class.starts_with("org.apache.kafka.connect.errors.") && error.kind() != ErrorKind::Panic => {
            HerderError::internal(error.message())
        }
        _ => HerderError::internal(format!("Failed to modify offsets for {kind} connector {name}")),
    })
}

fn source(
    env: &Environment,
    name: &str,
    subject: &Subject,
    connector: &mut dyn Connector,
    wanted: Option<ConnectorOffsets>,
) -> Result<(bool, &'static str)> {
    let store = source_store(env, name, subject);
    let (mut offsets, what): (Pairs, _) = match wanted {
        Some(wanted) => {
            let mut offsets = Pairs::new();
            for ConnectorOffset { partition, offset } in wanted.offsets {
                let pair = (from_json(&partition), (!offset.is_null()).then(|| from_json(&offset)));
                primitive(&partition)?;
                primitive(&offset)?;
                // Of a partition that is there twice the last offset counts.
                offsets.retain(|(known, _)| *known != pair.0);
                offsets.push(pair);
            }
            (offsets, "altered")
        }
        None => {
            let known = store.all(name).map_err(|error| internal(&error))?;
            (known.into_iter().map(|(partition, _)| (partition, None)).collect(), "reset")
        }
    };
    let done = hook(name, "source", subject, connector, &offsets)?;
    // No source has the partition null: there is nothing to forget.
    offsets.retain(|(partition, offset)| *partition != Value::Null || offset.is_some());
    store.put(name, &offsets).map_err(|error| HerderError::internal(error.message()))?;
    Ok((done, what))
}

/// Connect keeps no nested offsets (`OffsetUtils.validateFormat`).
fn primitive(object: &Json) -> Result<()> {
    for (field, value) in object.as_object().into_iter().flatten() {
        let found = match value {
            Json::Array(_) => "ARRAY",
            Json::Object(_) => "MAP",
            _ => continue,
        };
        return Err(HerderError::internal(format!(
            "Offsets may only contain primitive types as values, but field {field} contains {found}"
        )));
    }
    Ok(())
}

fn sink(
    env: &Environment,
    name: &str,
    subject: &Subject,
    group: &str,
    connector: &mut dyn Connector,
    wanted: Option<ConnectorOffsets>,
) -> Result<(bool, &'static str)> {
    let admin = admin(env, name, &subject.config)?;
    let failed = |error: ferry_kafka::Error| match error.kind() {
        ferry_kafka::ErrorKind::GroupNotEmpty => HerderError::internal(format!(
            "Failed to alter consumer group offsets for connector {name} either because its tasks haven't stopped completely yet or the connector was resumed before the request to alter its offsets could be successfully completed. If the connector is in a stopped state, this operation can be safely retried. If it doesn't eventually succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks."
        )),
        _ => {
            tracing::error!(connector = name, group, error = %error, "cannot alter the offsets of a consumer group");
            HerderError::internal(format!("Failed to alter consumer group offsets for connector {name}"))
        }
    };
    let Some(wanted) = wanted else {
        let known = admin.group_offsets(group).map_err(failed)?;
        let pairs = known.into_iter().map(|(partition, _)| (sink_partition(&partition), None)).collect();
        let done = hook(name, "sink", subject, connector, &pairs)?;
        return match admin.delete_group(group) {
            Err(error) if error.kind() != ferry_kafka::ErrorKind::UnknownGroup => Err(failed(error)),
            _ => Ok((done, "reset")),
        };
    };
    let parsed = parse_sink(&wanted)?;
    let pairs = parsed
        .iter()
        .map(|(partition, offset)| {
            let offset = offset.map(|offset| Value::map([("kafka_offset", Value::Int64(offset))]));
            (sink_partition(partition), offset)
        })
        .collect();
    let done = hook(name, "sink", subject, connector, &pairs)?;
    let set: Vec<(TopicPartition, i64)> =
        parsed.iter().filter_map(|(partition, offset)| Some((partition.clone(), (*offset)?))).collect();
    let reset: Vec<TopicPartition> = parsed
        .iter()
        .filter(|(_, offset)| offset.is_none())
        .map(|(partition, _)| partition.clone())
        .collect();
    if !set.is_empty() {
        admin.alter_group_offsets(group, &set).map_err(failed)?;
    }
    if !reset.is_empty() {
        admin.delete_group_offsets(group, &reset).map_err(failed)?;
    }
    Ok((done, "altered"))
}

fn sink_partition(partition: &TopicPartition) -> Value {
    Value::map([
        ("kafka_topic", Value::String(partition.topic.to_string())),
        ("kafka_partition", Value::Int32(partition.partition)),
    ])
}

/// The offsets a user wants for a sink (`SinkUtils.parseSinkConnectorOffsets`).
fn parse_sink(wanted: &ConnectorOffsets) -> Result<BTreeMap<TopicPartition, Option<i64>>> {
    let mut parsed = BTreeMap::new();
    for ConnectorOffset { partition, offset } in &wanted.offsets {
        let Json::Object(partition) = partition else {
            return Err(HerderError::bad_request(
                "The partition for a sink connector offset cannot be null or missing",
            ));
        };
        let (Some(topic), Some(number)) = (partition.get("kafka_topic"), partition.get("kafka_partition"))
        else {
            return Err(HerderError::bad_request(
                "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
            ));
        };
        let topic = text(topic).ok_or_else(|| {
            HerderError::bad_request("Kafka topic names must be valid strings and may not be null")
        })?;
        let number = text(number).ok_or_else(|| {
            HerderError::bad_request("Kafka partitions must be valid numbers and may not be null")
        })?;
        let partition = number.parse().map_err(|_| {
            HerderError::bad_request(format!(
                "Failed to parse the following Kafka partition value in the provided offsets: '{number}'. Partition values for sink connectors need to be integers."
            ))
        })?;
        let offset = match offset {
            Json::Null => None,
            Json::Object(offset) if offset.contains_key("kafka_offset") => {
                let offset = text(&offset["kafka_offset"]).unwrap_or_else(|| "null".to_owned());
                Some(offset.parse().map_err(|_| {
                    HerderError::bad_request(format!(
                        "Failed to parse the following Kafka offset value in the provided offsets: '{offset}'. Offset values for sink connectors need to be integers."
                    ))
                })?)
            }
            _ => {
                return Err(HerderError::bad_request(
                    "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
                ));
            }
        };
        parsed.insert(TopicPartition { topic: topic.into(), partition }, offset);
    }
    Ok(parsed)
}

/// `String.valueOf`; none for null.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn to_json(value: &Value) -> Json {
    let number = |value: f64| Number::from_f64(value).map_or(Json::Null, Json::Number);
    match value {
        Value::Bool(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Float32(value) => number(f64::from(*value)),
        Value::Float64(value) => number(*value),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            let entry = |(key, value): &(Value, Value)| {
                let key = match key {
                    Value::String(key) => key.clone(),
                    other => to_json(other).to_string(),
                };
                (key, to_json(value))
            };
            Json::Object(entries.iter().map(entry).collect::<Map<String, Json>>())
        }
        other => other.as_i64().map_or(Json::Null, Json::from),
    }
}

fn from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => {
            value.as_i64().map_or_else(|| Value::Float64(value.as_f64().unwrap_or(f64::NAN)), Value::Int64)
        }
        Json::String(value) => Value::String(value.clone()),
        Json::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        Json::Object(fields) => {
            Value::map(fields.iter().map(|(key, value)| (key.as_str(), from_json(value))))
        }
    }
}
