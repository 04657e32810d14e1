//! Running a transform on one value, and showing what comes out of it.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::java::to_string;
use ferry_sdk::data::{Record, Schema, SchemaType, Scratch, Value};

/// Configured as `key=value` says, separated by `;`.
pub fn config(text: &str) -> ConfigMap {
    text.split(';').filter_map(|entry| entry.split_once('=')).collect()
}

/// What the transform makes of a record with this value, as [`shown`]; or its complaint, with Java's class
/// where that is no `DataException`.
pub fn run(mut transform: impl Transform, settings: &str, schema: Option<&Schema>, value: Value) -> String {
    let scratch = Scratch::new();
    let arena = scratch.arena();
    let value = value.put(arena);
    let schema = schema.map(|schema| arena.schema(&schema.share()));
    let mut record = Record::to("topic").with_value(schema, value).with_timestamp(7);
    let outcome = transform.configure(&config(settings)).and_then(|()| transform.apply(&mut record, arena));
    match outcome {
        Ok(Outcome::Keep) => shown(record.value_schema(), record.value()),
        Ok(Outcome::Drop) => "dropped".to_owned(),
        Err(error) => match error.java_class() {
            "org.apache.kafka.connect.errors.DataException" => error.message().to_owned(),
            _ => error.trace().trim_end().to_owned(),
        },
    }
}

/// A value as Java prints it, before it its schema if it has one.
pub fn shown(schema: Option<&Schema>, value: ferry_sdk::data::ValueRef<'_>) -> String {
    let text = to_string(schema, value);
    schema.map_or(text.clone(), |schema| format!("{} {text}", schema_text(schema)))
}

/// `name:version/TYPE?{field:TYPE=default}`
pub fn schema_text(schema: &Schema) -> String {
    let mut text =
        schema.name().map(|name| name.rsplit('.').next().unwrap_or(name).to_owned()).unwrap_or_default();
    if let Some(version) = schema.version() {
        text += &format!(":{version}");
    }
    if !text.is_empty() {
        text.push('/');
    }
    text += schema.kind().name();
    if schema.is_optional() {
        text.push('?');
    }
    if schema.kind() == SchemaType::Struct {
        let fields: Vec<_> =
            schema.fields().iter().map(|f| format!("{}:{}", f.name(), schema_text(f.schema()))).collect();
        text += &format!("{{{}}}", fields.join(","));
    }
    if let Some(default) = schema.default_value() {
        text += &format!("={}", to_string(Some(schema), default));
    }
    text
}
