//! From a value to JSON bytes in one pass (`JsonConverter.convertToJson`).

use base64::Engine as _;
use ferry_sdk::data::{Decimal, Entry, Schema, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, Result};

use super::config::Settings;
use super::escape::quote;
use ferry_sdk::java::logical::{self, Logical};

/// Appends `value` as JSON. Containers go their own way: only they recurse, and only their frames
/// pile up.
#[inline]
pub fn value(
    settings: &Settings,
    schema: Option<&Schema>,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match value.view() {
        View::Array(_) | View::Map(_) | View::Struct(_) => container(settings, schema, value, out),
        _ => match schema {
            Some(schema) => scalar(settings, schema, value, out),
            None => plain(value, out),
        },
    }
}

fn container(
    settings: &Settings,
    schema: Option<&Schema>,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    // A logical type or a scalar: not what this value is.
    let Some(kind) = schema.map_or(Some(None), |s| Logical::of(s).is_none().then_some(Some(s.kind()))) else {
        return schema.map_or(Ok(()), |schema| scalar(settings, schema, value, out));
    };
    match (kind, value.view()) {
        (None | Some(SchemaType::Array), View::Array(items)) => {
            array(settings, schema.and_then(Schema::value_schema), items, out)
        }
        (None, View::Map(entries)) => {
            let object = entries.iter().all(|e| e.key.as_str().is_some());
            map(settings, object, None, None, entries, out)
        }
        (Some(SchemaType::Map), View::Map(entries)) => {
            let keys = schema.and_then(Schema::key_schema);
            let object = keys.is_some_and(|k| k.kind() == SchemaType::String);
            map(settings, object, keys, schema.and_then(Schema::value_schema), entries, out)
        }
        (Some(SchemaType::Struct), View::Struct(values)) => structure(settings, schema, values, out),
        (Some(kind), _) => Err(mismatch(kind, value)),
        (None, _) => Err(Error::data("Mismatching schema.")),
    }
}

fn structure(
    settings: &Settings,
    schema: Option<&Schema>,
    values: &[ValueRef<'_>],
    out: &mut Vec<u8>,
) -> Result<()> {
    let fields = schema.map_or(&[][..], Schema::fields);
    if values.len() != fields.len() {
        return Err(Error::data("Mismatching schema."));
    }
    out.push(b'{');
    for (at, (field, item)) in fields.iter().zip(values).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quote(field.name(), out);
        out.push(b':');
        value(settings, Some(field.schema()), *item, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn scalar(settings: &Settings, schema: &Schema, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    if value.is_null() {
        return null(settings, schema, out);
    }
    if let Some(logical) = Logical::of(schema) {
        return write_logical(settings, logical, schema, value, out);
    }
    match (schema.kind(), value.view()) {
        (SchemaType::String, View::Str(_))
        | (SchemaType::Int8, View::Int8(_))
        | (SchemaType::Int16, View::Int16(_))
        | (SchemaType::Int32, View::Int32(_))
        | (SchemaType::Int64, View::Int64(_))
        | (SchemaType::Float32, View::Float32(_))
        | (SchemaType::Float64, View::Float64(_))
        | (SchemaType::Boolean, View::Bool(_))
        | (SchemaType::Bytes, View::Bytes(_)) => plain(value, out),
        (kind, _) => Err(mismatch(kind, value)),
    }
}

/// A scalar as its own type is written.
#[inline]
fn plain(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value.view() {
        View::Null => out.extend_from_slice(b"null"),
        View::Str(text) => quote(text, out),
        View::Int8(v) => java::append_i64(out, v.into()),
        View::Int16(v) => java::append_i64(out, v.into()),
        View::Int32(v) => java::append_i64(out, v.into()),
        View::Int64(v) => java::append_i64(out, v),
        View::Float32(v) => float(v.is_finite(), out, |out| java::append_f32(out, v)),
        View::Float64(v) => float(v.is_finite(), out, |out| java::append_f64(out, v)),
        View::Bool(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
        View::Bytes(bytes) => binary(bytes, out),
        View::Array(_) | View::Map(_) | View::Struct(_) | View::Decimal(_) | View::Instant(_) => {
            let class = java::class_name(value);
            return Err(Error::data(format!(
                "Java class class {class} does not have corresponding schema type."
            )));
        }
    }
    Ok(())
}

#[cold]
fn null(settings: &Settings, schema: &Schema, out: &mut Vec<u8>) -> Result<()> {
    if let Some(default) = schema.default_value().filter(|d| settings.replace_null && !d.is_null()) {
        return value(settings, Some(schema), default, out);
    }
    if schema.is_optional() {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    Err(Error::data("Conversion error: null value for field that is required and has no default value"))
}

fn mismatch(kind: SchemaType, value: ValueRef<'_>) -> Error {
    let class = java::class_name(value);
    match kind {
        SchemaType::Bytes => Error::data(format!("Invalid type for bytes type: class {class}")),
        _ => Error::data(format!("Invalid type for {}: class {class}", kind.name())),
    }
}

/// NaN and the infinities are not JSON: Jackson writes them as strings.
fn float(finite: bool, out: &mut Vec<u8>, number: impl Fn(&mut Vec<u8>)) {
    if finite {
        return number(out);
    }
    out.push(b'"');
    number(out);
    out.push(b'"');
}

fn binary(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let engine = &base64::engine::general_purpose::STANDARD;
    let written =
        engine.encode_slice(bytes, &mut out[start..]).expect("four characters for each three bytes");
    out.truncate(start + written);
    out.push(b'"');
}

fn array(
    settings: &Settings,
    element: Option<&Schema>,
    items: &[ValueRef<'_>],
    out: &mut Vec<u8>,
) -> Result<()> {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        value(settings, element, *item, out)?;
    }
    out.push(b']');
    Ok(())
}

fn map(
    settings: &Settings,
    object: bool,
    keys: Option<&Schema>,
    values: Option<&Schema>,
    entries: &[Entry<'_>],
    out: &mut Vec<u8>,
) -> Result<()> {
    out.push(if object { b'{' } else { b'[' });
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if object {
            name(settings, keys, entry.key, out)?;
            out.push(b':');
            value(settings, values, entry.value, out)?;
        } else {
            out.push(b'[');
            value(settings, keys, entry.key, out)?;
            out.push(b',');
            value(settings, values, entry.value, out)?;
            out.push(b']');
        }
    }
    out.push(if object { b'}' } else { b']' });
    Ok(())
}

/// A key of a map that is written as an object.
fn name(settings: &Settings, schema: Option<&Schema>, key: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    if let Some(text) = key.as_str() {
        quote(text, out);
        return Ok(());
    }
    let start = out.len();
    value(settings, schema, key, out)?;
    if out.get(start) != Some(&b'"') {
        // A null key: its text is `null`.
        out.insert(start, b'"');
        out.push(b'"');
    }
    Ok(())
}

fn write_logical(
    settings: &Settings,
    logical: Logical,
    schema: &Schema,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match (logical, value.view()) {
        (Logical::Decimal, View::Decimal(decimal)) => write_decimal(settings, schema, decimal, out),
        (Logical::Date | Logical::Time | Logical::Timestamp, View::Instant(millis)) => {
            java::append_i64(out, logical.encode(millis)?);
            Ok(())
        }
        _ => {
            let wanted = if logical == Logical::Decimal { "BigDecimal" } else { "Date" };
            let (name, class) = (logical.name(), java::class_name(value));
            Err(Error::data(format!("Invalid type for {name}, expected {wanted} but was class {class}")))
        }
    }
}

fn write_decimal(
    settings: &Settings,
    schema: &Schema,
    decimal: &Decimal<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if settings.numeric_decimals {
        java::append_decimal(out, decimal.unscaled(), decimal.scale());
        return Ok(());
    }
    logical::check_scale(logical::scale(schema)?, decimal.scale())?;
    binary(decimal.unscaled(), out);
    Ok(())
}
