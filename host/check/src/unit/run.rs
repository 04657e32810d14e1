//! Runs one case: from what is written to a record, through the worker's own chain and converters, and back.

use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use ferry_config::connector::ConnectorConfig;
use ferry_config::{ConfigMap, ConnectorKind};
use ferry_plugin_abi::api::{ClassKind, Converter, Factory, PluginClass, Role};
use ferry_plugin_abi::data::{Arena, DECIMAL, Header, Record, Schema, Scratch, TimestampType, ValueRef};
use ferry_plugin_abi::{Error, Result as PluginResult};
use ferry_runtime::chain::{ErrorPolicy, Origin, Original, Reporters, Verdict};
use ferry_runtime::environment::Environment;
use ferry_runtime::executor::{self, Control, TaskId};
use serde_json::{Map, Value, json};

use super::file::Test;
use super::seen;
use crate::text::{Fault, Kind, Node};

const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";

/// The connector that records go through.
pub struct Subject<'a> {
    /// Plugins, and the worker's converters.
    pub env: &'a Environment,
    /// Its class; of none, a stand-in.
    pub class: Arc<PluginClass>,
    /// Its settings.
    pub connector: ConnectorConfig,
}

/// What came of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It came out: its parts.
    Record(Map<String, Value>),
    /// It was left out.
    Dropped,
    /// It failed: the messages from the outermost to the cause.
    Failed(String),
}

/// What goes in and what comes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The record before the chain; none where a converter failed before that.
    pub given: Option<Map<String, Value>>,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether what came out went through converters: then it is bytes, shown as JSON where they are some.
    pub bytes: bool,
}

/// A class for chains that belong to no connector.
pub fn no_class(kind: ConnectorKind) -> Arc<PluginClass> {
    let none = || Error::config("there is no connector");
    let factory = match kind {
        ConnectorKind::Source => {
            Factory::Source { connector: Arc::new(move || Err(none())), task: Arc::new(move || Err(none())) }
        }
        ConnectorKind::Sink => {
            Factory::Sink { connector: Arc::new(move || Err(none())), task: Arc::new(move || Err(none())) }
        }
    };
    Arc::new(PluginClass {
        class: "none".to_owned(),
        version: String::new(),
        documentation: String::new(),
        config: ferry_plugin_abi::config::ConfigDef::new(),
        factory,
    })
}

impl Subject<'_> {
    /// Whether its chain can be made at all.
    ///
    /// # Errors
    /// A class is not there, or refuses its settings.
    pub fn check(&self, convert: bool) -> PluginResult<()> {
        executor::chain(self.env, &self.class, &self.connector, None)?;
        if convert {
            executor::converters(self.env, &self.class, &self.connector, None)?;
        }
        Ok(())
    }

    /// Sends the record of a test through. Each test has transforms of its own: what one remembers is none of the next.
    ///
    /// # Errors
    /// The record cannot be made, which is a fault of the test file.
    pub fn pass(&self, test: &Test) -> Result<Passage, Fault> {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let sink = self.connector.kind == ConnectorKind::Sink;
        let written = Written { env: self.env, arena, record: &test.record };
        let given = if test.convert && sink { written.bytes()? } else { written.data(sink)? };
        Ok(self.passage(&given, test.convert, arena))
    }

    fn passage(&self, given: &Record<'_>, convert: bool, arena: &Arena) -> Passage {
        let mut before = None;
        let outcome = match self.through(given, convert, arena, &mut before) {
            Ok(Verdict::Go(parts)) => Outcome::Record(parts),
            Ok(Verdict::Skip) => Outcome::Dropped,
            Err(error) => {
                let text = error.to_string();
                let text = text.strip_prefix("Tolerance exceeded in error handler: ").unwrap_or(&text);
                Outcome::Failed(text.to_owned())
            }
        };
        let bytes = convert && self.connector.kind == ConnectorKind::Source;
        Passage { given: before, outcome, bytes }
    }

    fn through<'a>(
        &self,
        given: &'a Record<'a>,
        convert: bool,
        arena: &'a Arena,
        before: &mut Option<Map<String, Value>>,
    ) -> PluginResult<Verdict<Map<String, Value>>> {
        let mut policy = policy(&self.connector.name);
        let mut chain = executor::chain(self.env, &self.class, &self.connector, None)?;
        let mut record = *given;
        if convert && self.connector.kind == ConnectorKind::Sink {
            let mut converters = executor::converters(self.env, &self.class, &self.connector, None)?;
            match converters.to_record(Original::of(given), arena, &mut policy)? {
                Verdict::Go(converted) => record = converted,
                Verdict::Skip => return Ok(Verdict::Skip),
            }
        }
        *before = Some(seen::record(&record));
        let origin = Origin::Source(given);
        if chain.apply(&mut record, arena, &mut policy, &origin)? == Verdict::Skip {
            return Ok(Verdict::Skip);
        }
        let mut parts = seen::record(&record);
        if convert && self.connector.kind == ConnectorKind::Source {
            let mut converters = executor::converters(self.env, &self.class, &self.connector, None)?;
            let Verdict::Go(bytes) = converters.to_bytes(&record, &mut policy, &origin)? else {
                return Ok(Verdict::Skip);
            };
            parts.insert("key".into(), seen::bytes(bytes.key));
            parts.insert("value".into(), seen::bytes(bytes.value));
            parts.insert("key_schema".into(), Value::Null);
            parts.insert("value_schema".into(), Value::Null);
            let headers = bytes
                .headers
                .iter()
                .map(|(name, bytes)| json!({"key": name, "value": seen::bytes(*bytes), "schema": null}));
            parts.insert("headers".into(), headers.collect());
        }
        Ok(Verdict::Go(parts))
    }
}

/// No error is tolerated and none is tried again: a test is to see it.
fn policy(connector: &str) -> ErrorPolicy {
    ErrorPolicy {
        tolerate_all: false,
        retry_timeout: Some(Duration::ZERO),
        retry_delay_max: Duration::ZERO,
        reporters: Reporters::silent(TaskId { connector: connector.into(), task: 0 }),
        control: Arc::new(Control::new(false)),
    }
}

/// A record as it is written in a test file.
struct Written<'t, 'a> {
    env: &'t Environment,
    arena: &'a Arena,
    record: &'t Node,
}

/// Names, schemas and values.
type Headers<'t> = Vec<(String, Option<&'t Node>, &'t Node)>;

impl<'a> Written<'_, 'a> {
    /// As data: its types are those that JsonConverter gives, with the schema that is written or without one.
    fn data(&self, sink: bool) -> Result<Record<'a>, Fault> {
        let topic = self.topic()?;
        let (key_schema, key) = self.part("key", topic)?;
        let (value_schema, value) = self.part("value", topic)?;
        let record = Record::to(topic).with_key(key_schema, key).with_value(value_schema, value);
        let headers: Vec<Header<'a>> = self
            .headers()?
            .into_iter()
            .map(|(name, schema, value)| {
                let (schema, value) = self.convert(schema, Some(value), topic)?;
                Ok(Header::new(self.arena.str(&name), schema, value))
            })
            .collect::<Result<_, Fault>>()?;
        self.finish(record, self.arena.headers(&headers), sink)
    }

    /// As bytes, for converters: a string is its UTF-8, anything else its JSON.
    fn bytes(&self) -> Result<Record<'a>, Fault> {
        let topic = self.topic()?;
        let [key, value] = ["key", "value"].map(|part| self.part_bytes(part));
        let record = Record::to(topic).with_key(None, key?).with_value(None, value?);
        let headers: Vec<Header<'a>> = self
            .headers()?
            .into_iter()
            .map(|(name, _, value)| Header::new(self.arena.str(&name), None, self.raw(value)))
            .collect();
        self.finish(record, self.arena.headers(&headers), true)
    }

    fn finish(&self, record: Record<'a>, headers: &'a [Header<'a>], sink: bool) -> Result<Record<'a>, Fault> {
        let mut record = record.with_headers(headers);
        let partition: Option<i32> = self.number("partition")?;
        let offset: Option<i64> = self.number("offset")?;
        if sink {
            let (partition, offset) = (partition.unwrap_or(0), offset.unwrap_or(0));
            record = record.from_kafka(record.topic(), partition, offset, TimestampType::CreateTime);
        } else {
            if let Some(node) = self.record.get("offset") {
                return super::file::fault(node, "a record of a source has no offset in Kafka yet");
            }
            record.set_partition(partition);
        }
        record.set_timestamp(self.number("timestamp")?);
        Ok(record)
    }

    fn topic(&self) -> Result<&'a str, Fault> {
        match self.record.get("topic") {
            None => Ok("topic"),
            Some(Node { kind: Kind::Text(text), .. }) => Ok(self.arena.str(text)),
            Some(node) => super::file::fault(node, format!("topic is a string, not {}", node.noun())),
        }
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Fault> {
        match self.record.get(name) {
            None | Some(Node { kind: Kind::Null, .. }) => Ok(None),
            Some(node) => match &node.kind {
                Kind::Number(text) if text.parse::<T>().is_ok() => Ok(text.parse().ok()),
                _ => super::file::fault(node, format!("{name} is a whole number")),
            },
        }
    }

    fn part(&self, part: &str, topic: &'a str) -> Result<(Option<&'a Schema>, ValueRef<'a>), Fault> {
        if let Some(node) = self.record.get(&format!("{part}_base64")) {
            return Ok((None, self.base64(node)?));
        }
        let schema = self.record.get(&format!("{part}_schema"));
        self.convert(schema, self.record.get(part), topic)
    }

    /// Data of what is written, as JsonConverter reads it.
    fn convert(
        &self,
        schema: Option<&Node>,
        value: Option<&Node>,
        topic: &'a str,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>), Fault> {
        let Some(at) = value.or(schema) else { return Ok((None, ValueRef::NULL)) };
        let value = value.map_or_else(|| "null".to_owned(), json_of);
        let schema = schema.filter(|schema| schema.kind != Kind::Null);
        let text = match schema {
            None if value == "null" => return Ok((None, ValueRef::NULL)),
            None => value,
            Some(schema) => format!("{{\"schema\":{},\"payload\":{value}}}", schema_of(schema)),
        };
        let read = || -> PluginResult<_> {
            let mut converter = self.json_converter(schema.is_some())?;
            converter.to_connect(topic, Some(self.arena.bytes(text.as_bytes())), self.arena)
        };
        let (read_schema, read_value) =
            read().map_err(|error| Fault { at: at.at.at, why: error.to_string() })?;
        // JsonConverter takes 0 for a text where a number should be: nobody means that.
        let shown = seen::value(read_schema, read_value);
        if schema.is_some_and(|schema| !json_of(schema).contains(DECIMAL)) && !fits(&at.to_json(), &shown) {
            let why = format!("{} does not fit its schema: it is read as {shown}", json_of(at));
            return Err(Fault { at: at.at.at, why });
        }
        Ok((read_schema, read_value))
    }

    fn json_converter(&self, schemas: bool) -> PluginResult<Box<dyn Converter>> {
        let class = self.env.resolve(ClassKind::Converter, JSON_CONVERTER, None)?;
        let Factory::Converter(make) = &class.factory else {
            return Err(Error::config(format!("{JSON_CONVERTER} is no converter")));
        };
        let mut converter = make()?;
        converter.configure(&ConfigMap::from([("schemas.enable", schemas.to_string())]), Role::Value)?;
        Ok(converter)
    }

    fn part_bytes(&self, part: &str) -> Result<ValueRef<'a>, Fault> {
        match (self.record.get(&format!("{part}_base64")), self.record.get(part)) {
            (Some(node), _) => self.base64(node),
            (None, Some(node)) => Ok(self.raw(node)),
            (None, None) => Ok(ValueRef::NULL),
        }
    }

    fn raw(&self, node: &Node) -> ValueRef<'a> {
        match &node.kind {
            Kind::Null => ValueRef::NULL,
            Kind::Text(text) => ValueRef::bytes(self.arena.bytes(text.as_bytes())),
            _ => ValueRef::bytes(self.arena.bytes(json_of(node).as_bytes())),
        }
    }

    fn base64(&self, node: &Node) -> Result<ValueRef<'a>, Fault> {
        let text = node.scalar().unwrap_or_default();
        match BASE64_STANDARD.decode(text.trim()) {
            Ok(bytes) => Ok(ValueRef::bytes(self.arena.bytes(&bytes))),
            Err(error) => super::file::fault(node, format!("no base64: {error}")),
        }
    }

    /// Names, schemas and values: a map of values, or a list of `{key, value, schema}`.
    fn headers(&self) -> Result<Headers<'_>, Fault> {
        let Some(node) = self.record.get("headers") else { return Ok(Vec::new()) };
        match &node.kind {
            Kind::Map(entries) => {
                Ok(entries.iter().map(|(key, value)| (key.text.clone(), None, value)).collect())
            }
            Kind::List(items) => items
                .iter()
                .map(|item| {
                    super::file::fields(item, "a header", &["key", "value", "schema"])?;
                    let name = item.get("key").and_then(Node::scalar);
                    match (name, item.get("value")) {
                        (Some(name), Some(value)) => Ok((name, item.get("schema"), value)),
                        _ => super::file::fault(item, "a header has a key and a value"),
                    }
                })
                .collect(),
            _ => super::file::fault(node, format!("headers are a map or a list, not {}", node.noun())),
        }
    }
}

/// Whether a value was read as what is written. What is not written has its default.
fn fits(written: &Value, read: &Value) -> bool {
    match (written, read) {
        (Value::Null, _) => true,
        (Value::Number(written), Value::Number(read)) => written.as_f64() == read.as_f64(),
        (Value::Array(written), Value::Array(read)) => {
            written.len() == read.len() && written.iter().zip(read).all(|(written, read)| fits(written, read))
        }
        (Value::Object(written), Value::Object(read)) => {
            written.iter().all(|(name, value)| read.get(name).is_some_and(|read| fits(value, read)))
        }
        (written, read) => written == read,
    }
}

/// The text of a node in JSON; numbers stay as they are written.
fn json_of(node: &Node) -> String {
    let text = |text: &str| Value::from(text).to_string();
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.clone(),
        Kind::Text(value) => text(value),
        Kind::List(items) => format!("[{}]", items.iter().map(json_of).collect::<Vec<_>>().join(",")),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|(key, node)| format!("{}:{}", text(&key.text), json_of(node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

/// A schema in JSON; the name of a type stands for a required schema of that type, wherever a schema may stand.
fn schema_of(node: &Node) -> String {
    super::compare::whole_schema(&node.to_json()).to_string()
}
