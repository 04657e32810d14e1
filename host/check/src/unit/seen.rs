//! Records as JSON: what tests compare, in the shape that JsonConverter gives data.

use base64::prelude::{BASE64_STANDARD, Engine};
use ferry_plugin_abi::data::java::{append_decimal, civil_from_days};
use ferry_plugin_abi::data::{DATE, Record, Schema, SchemaType, TIME, TIMESTAMP, ValueRef, View};
use serde_json::{Map, Value, json};

/// A record, each of its parts under the name that tests use.
pub fn record(record: &Record<'_>) -> Map<String, Value> {
    let headers: Vec<Value> = record
        .headers()
        .iter()
        .map(|header| {
            json!({
                "key": header.key(),
                "value": value(header.schema(), header.value()),
                "schema": header.schema().map(schema),
            })
        })
        .collect();
    let mut out = Map::new();
    out.insert("topic".into(), record.topic().into());
    out.insert("partition".into(), record.partition().into());
    out.insert("timestamp".into(), record.timestamp().into());
    out.insert("key_schema".into(), record.key_schema().map(schema).into());
    out.insert("key".into(), value(record.key_schema(), record.key()));
    out.insert("value_schema".into(), record.value_schema().map(schema).into());
    out.insert("value".into(), value(record.value_schema(), record.value()));
    out.insert("headers".into(), headers.into());
    out
}

/// A value. Bytes are base64, decimals numbers, maps whose keys are no strings lists of pairs; a date without schema is
/// text.
pub fn value(schema: Option<&Schema>, data: ValueRef<'_>) -> Value {
    match data.view() {
        View::Null => Value::Null,
        View::Bool(value) => value.into(),
        View::Int8(value) => value.into(),
        View::Int16(value) => value.into(),
        View::Int32(value) => value.into(),
        View::Int64(value) => value.into(),
        View::Float32(value) => float(value.into(), &value.to_string()),
        View::Float64(value) => float(value, &value.to_string()),
        View::Str(text) => text.into(),
        View::Bytes(bytes) => BASE64_STANDARD.encode(bytes).into(),
        View::Array(items) => {
            let element = schema.and_then(Schema::value_schema);
            items.iter().map(|item| value(element, *item)).collect()
        }
        View::Map(entries) => map(schema, entries),
        View::Struct(fields) => {
            let names = schema.map(Schema::fields).unwrap_or_default();
            let fields = names.iter().zip(fields);
            fields
                .map(|(field, data)| (field.name().to_owned(), value(Some(field.schema()), *data)))
                .collect()
        }
        View::Decimal(decimal) => {
            let mut text = Vec::new();
            append_decimal(&mut text, decimal.unscaled(), decimal.scale());
            let text = String::from_utf8_lossy(&text).into_owned();
            serde_json::from_str(&text).map_or(Value::String(text), Value::Number)
        }
        View::Instant(millis) => instant(schema, millis),
    }
}

fn float(value: f64, text: &str) -> Value {
    // As the shorter type prints it: 0.1, not 0.10000000149011612.
    let value = text.parse().unwrap_or(value);
    serde_json::Number::from_f64(value).map_or_else(|| text.into(), Value::Number)
}

fn map(schema: Option<&Schema>, entries: &[ferry_plugin_abi::data::Entry<'_>]) -> Value {
    let key_schema = schema.and_then(Schema::key_schema);
    let value_schema = schema.and_then(Schema::value_schema);
    let strings = entries.iter().all(|entry| matches!(entry.key.view(), View::Str(_)));
    let pair = |entry: &ferry_plugin_abi::data::Entry<'_>| {
        (value(key_schema, entry.key), value(value_schema, entry.value))
    };
    match strings {
        true => {
            let entry = |(key, value): (Value, Value)| (key.as_str().unwrap_or_default().to_owned(), value);
            entries.iter().map(pair).map(entry).collect()
        }
        false => entries.iter().map(pair).map(|(key, value)| json!([key, value])).collect(),
    }
}

const DAY: i64 = 86_400_000;

/// As the schema counts it; a date without schema is written out.
fn instant(schema: Option<&Schema>, millis: i64) -> Value {
    match schema.and_then(Schema::name) {
        Some(DATE) => millis.div_euclid(DAY).into(),
        Some(TIME | TIMESTAMP) => millis.into(),
        _ => {
            let (year, month, day) = civil_from_days(millis.div_euclid(DAY));
            let ms = millis.rem_euclid(DAY);
            let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
                .into()
        }
    }
}

/// A schema in Connect's JSON form.
pub fn schema(schema: &Schema) -> Value {
    let mut out = Map::new();
    out.insert("type".into(), type_name(schema.kind()).into());
    out.insert("optional".into(), schema.is_optional().into());
    if let Some(name) = schema.name() {
        out.insert("name".into(), name.into());
    }
    if let Some(version) = schema.version() {
        out.insert("version".into(), version.into());
    }
    if let Some(doc) = schema.doc() {
        out.insert("doc".into(), doc.into());
    }
    if schema.parameters().len() > 0 {
        let parameters: Map<String, Value> =
            schema.parameters().map(|(name, text)| (name.to_owned(), text.into())).collect();
        out.insert("parameters".into(), parameters.into());
    }
    if let Some(default) = schema.default_value() {
        out.insert("default".into(), value(Some(schema), default));
    }
    match schema.kind() {
        SchemaType::Struct => {
            let field = |field: &ferry_plugin_abi::data::Field| {
                let mut out = self::schema(field.schema());
                out["field"] = field.name().into();
                out
            };
            out.insert("fields".into(), schema.fields().iter().map(field).collect());
        }
        SchemaType::Array => {
            out.insert("items".into(), schema.value_schema().map(self::schema).into());
        }
        SchemaType::Map => {
            out.insert("keys".into(), schema.key_schema().map(self::schema).into());
            out.insert("values".into(), schema.value_schema().map(self::schema).into());
        }
        _ => {}
    }
    out.into()
}

/// As JsonConverter names the types.
fn type_name(kind: SchemaType) -> String {
    match kind {
        SchemaType::Float32 => "float".to_owned(),
        SchemaType::Float64 => "double".to_owned(),
        other => other.name().to_lowercase(),
    }
}

/// Bytes as a converter made them: JSON if they are, else text, else base64 in a map.
pub fn bytes(bytes: Option<&[u8]>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Err(_) => json!({"base64": BASE64_STANDARD.encode(bytes)}),
    }
}
