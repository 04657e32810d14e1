//! Default values between Connect and the JSON of Avro schemas.

use ferry_sdk::data::{DATE, DECIMAL, Schema, SchemaType, TIME, TIMESTAMP, Value, ValueRef, View, java};
use ferry_sdk::{Error, Result};
use serde_json::{Map, Value as Json, json};

use super::Settings;
use super::from_connect::{is_union, string_keys};
use super::names;
use super::schema::{Avro, Kind};
use crate::text::float;
use ferry_sdk::java::logical::{self, Logical};

/// The JSON of a default (`defaultValueFromConnect`).
pub fn to_json(settings: &Settings, schema: &Schema, value: ValueRef<'_>) -> Result<Json> {
    let child = |schema: Option<&Schema>, value: ValueRef<'_>| match schema {
        Some(schema) => to_json(settings, schema, value),
        None => Ok(Json::Null),
    };
    Ok(match (schema.kind(), value.view()) {
        (_, View::Null) => Json::Null,
        (SchemaType::Int32 | SchemaType::Int64, View::Instant(millis)) => {
            let logical = Logical::of(schema).ok_or_else(|| wrong(schema, value))?;
            json!(logical.encode(millis)?)
        }
        (SchemaType::Bytes, View::Decimal(decimal)) => latin(decimal.unscaled()),
        (SchemaType::Int8, View::Int8(v)) => json!(v),
        (SchemaType::Int16, View::Int16(v)) => json!(v),
        (SchemaType::Int32, View::Int32(v)) => json!(v),
        (SchemaType::Int64, View::Int64(v)) => json!(v),
        (SchemaType::Float32, View::Float32(v)) => {
            let mut text = Vec::new();
            java::append_f32(&mut text, v);
            float(String::from_utf8_lossy(&text).parse().unwrap_or(f64::from(v)))
        }
        (SchemaType::Float64, View::Float64(v)) => float(v),
        (SchemaType::Boolean, View::Bool(v)) => json!(v),
        (SchemaType::String, View::Str(v)) => json!(v),
        (SchemaType::Bytes, View::Bytes(v)) => latin(v),
        (SchemaType::Array, View::Array(items)) => {
            Json::Array(items.iter().map(|v| child(schema.value_schema(), *v)).collect::<Result<_>>()?)
        }
        (SchemaType::Map, View::Map(entries)) => {
            if schema.key_schema().is_some_and(|keys| string_keys(settings, keys)) {
                let mut object = Map::new();
                for entry in entries {
                    let key = entry.key.as_str().unwrap_or_default().to_owned();
                    object.insert(key, child(schema.value_schema(), entry.value)?);
                }
                Json::Object(object)
            } else {
                let pair = |entry: &ferry_sdk::data::Entry<'_>| {
                    let key = child(schema.key_schema(), entry.key)?;
                    Ok(Json::Array(vec![key, child(schema.value_schema(), entry.value)?]))
                };
                Json::Array(entries.iter().map(pair).collect::<Result<_>>()?)
            }
        }
        (SchemaType::Struct, View::Struct(values)) => {
            let mut object = Map::new();
            for (field, value) in schema.fields().iter().zip(values) {
                let value = if value.is_null() {
                    field.schema().default_value().unwrap_or(ValueRef::NULL)
                } else {
                    *value
                };
                let json = to_json(settings, field.schema(), value)?;
                if is_union(schema) {
                    return Ok(json);
                }
                object.insert(names::scrubbed(field.name(), settings.scrub), json);
            }
            Json::Object(object)
        }
        _ => return Err(wrong(schema, value)),
    })
}

fn wrong(schema: &Schema, value: ValueRef<'_>) -> Error {
    Error::data(format!(
        "Invalid type used for default value of {} field: class {}",
        schema.kind().name(),
        java::class_name(value)
    ))
}

/// Bytes as Avro writes them in JSON: one character each.
fn latin(bytes: &[u8]) -> Json {
    Json::String(bytes.iter().map(|b| char::from(*b)).collect())
}

fn bytes(text: &str) -> Vec<u8> {
    // As getBytes(ISO_8859_1): a question mark for what it has no byte for.
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// Whether `value` can be the default of `avro` (`Schema.isValidDefault`).
pub fn is_valid(avro: &Avro, value: &Json) -> bool {
    match &avro.kind {
        Kind::Null => value.is_null(),
        Kind::Boolean => value.is_boolean(),
        Kind::Int => value.as_i64().is_some_and(|v| i32::try_from(v).is_ok()),
        Kind::Long => value.is_i64(),
        Kind::Float | Kind::Double => value.is_number(),
        Kind::String | Kind::Bytes | Kind::Enum { .. } | Kind::Fixed(_) => value.is_string(),
        Kind::Array(items) => value.as_array().is_some_and(|list| list.iter().all(|v| is_valid(items, v))),
        Kind::Map(values) => value.as_object().is_some_and(|map| map.values().all(|v| is_valid(values, v))),
        Kind::Union(members) => members.iter().any(|member| is_valid(member, value)),
        Kind::Record(fields) => value.as_object().is_some_and(|object| {
            fields.iter().all(|field| {
                let value = object.get(&field.name).or(field.default.as_ref());
                value.is_some_and(|value| is_valid(&field.schema, value))
            })
        }),
        Kind::Recursive => false,
    }
}

/// The Connect value of the JSON `value` (`defaultValueFromAvro`); `Err` if it is none of `schema`.
pub fn from_json(settings: &Settings, schema: &Schema, avro: &Avro, value: &Json) -> Result<Value> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let Some(logical) = logical(schema) {
        return logical_from_json(schema, logical, value);
    }
    let bad = || Error::data(format!("Invalid default value {value} for {}", schema.kind().name()));
    Ok(match schema.kind() {
        SchemaType::Int8 => Value::Int8(value.as_i64().ok_or_else(bad)? as i8),
        SchemaType::Int16 => Value::Int16(value.as_i64().ok_or_else(bad)? as i16),
        SchemaType::Int32 => Value::Int32(value.as_i64().ok_or_else(bad)? as i32),
        SchemaType::Int64 => Value::Int64(value.as_i64().ok_or_else(bad)?),
        SchemaType::Float32 => Value::Float32(value.as_f64().ok_or_else(bad)? as f32),
        SchemaType::Float64 => Value::Float64(value.as_f64().ok_or_else(bad)?),
        SchemaType::Boolean => Value::Bool(value.as_bool().ok_or_else(bad)?),
        SchemaType::String => Value::String(value.as_str().ok_or_else(bad)?.to_owned()),
        SchemaType::Bytes => Value::Bytes(bytes(value.as_str().ok_or_else(bad)?)),
        SchemaType::Array => {
            let (Kind::Array(items), Some(list), Some(element)) =
                (&avro.kind, value.as_array(), schema.value_schema())
            else {
                return Err(bad());
            };
            let list = list.iter().map(|v| required(element, from_json(settings, element, items, v)?));
            Value::Array(list.collect::<Result<_>>()?)
        }
        SchemaType::Map => {
            let (Kind::Map(values), Some(map), Some(element)) =
                (&avro.kind, value.as_object(), schema.value_schema())
            else {
                return Err(bad());
            };
            let entries = map.iter().map(|(k, v)| {
                let value = required(element, from_json(settings, element, values, v)?)?;
                Ok((Value::String(k.clone()), value))
            });
            Value::Map(entries.collect::<Result<_>>()?)
        }
        SchemaType::Struct if is_union(schema) => return member(settings, schema, avro, value),
        SchemaType::Struct => {
            let avro = record(avro).ok_or_else(bad)?;
            let object = value.as_object().ok_or_else(bad)?;
            let mut values = Vec::new();
            for (field, inner) in schema.fields().iter().zip(avro.fields()) {
                let value = match object.get(&inner.name).or(inner.default.as_ref()) {
                    Some(value) => from_json(settings, field.schema(), &inner.schema, value)?,
                    None => Value::Null,
                };
                values.push(required(field.schema(), value)?);
            }
            Value::Struct(values)
        }
    })
}

fn logical(schema: &Schema) -> Option<Logical> {
    match (schema.name()?, schema.kind()) {
        (DECIMAL, SchemaType::Bytes) | (DATE | TIME, SchemaType::Int32) | (TIMESTAMP, SchemaType::Int64) => {
            Logical::of(schema)
        }
        _ => None,
    }
}

fn logical_from_json(schema: &Schema, logical: Logical, value: &Json) -> Result<Value> {
    let bad = || Error::data(format!("Invalid default value {value} for {}", schema.kind().name()));
    if logical == Logical::Decimal {
        let unscaled = bytes(value.as_str().ok_or_else(bad)?);
        let scale = logical::scale(schema)?;
        let unscaled = logical::minimal(&unscaled).to_vec();
        return Ok(Value::Decimal { unscaled, scale });
    }
    Ok(Value::Instant(logical.decode(value.as_i64().ok_or_else(bad)?)?))
}

fn required(schema: &Schema, value: Value) -> Result<Value> {
    if value == Value::Null && !schema.is_optional() {
        return Err(Error::data("Found null value for non-optional schema"));
    }
    Ok(value)
}

/// The record in an optional record.
fn record(avro: &Avro) -> Option<&Avro> {
    match &avro.kind {
        Kind::Record(_) => Some(avro),
        Kind::Union(members) => members.iter().find(|m| matches!(m.kind, Kind::Record(_))),
        _ => None,
    }
}

/// The default of a union is a value of its first member that is not null.
fn member(settings: &Settings, schema: &Schema, avro: &Avro, value: &Json) -> Result<Value> {
    let members = avro.union().iter().filter(|m| m.kind != Kind::Null);
    for (at, (member, field)) in members.zip(schema.fields()).enumerate() {
        if is_valid(member, value) {
            let mut values = vec![Value::Null; schema.fields().len()];
            values[at] = from_json(settings, field.schema(), member, value)?;
            return Ok(Value::Struct(values));
        }
    }
    Err(Error::data("Did not find matching union field for data"))
}
