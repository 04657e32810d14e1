//! From a value to JSON (`JsonSchemaData.fromConnectData`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferry_sdk::data::{Schema, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, Result};

use super::Settings;
use super::schema::{is_union, string_keys};
use crate::text::quote;
use ferry_sdk::java::logical::{self, Logical};

/// Appends `value`; `false`: there is nothing to write, which leaves out a field.
pub fn value(
    settings: &Settings,
    schema: Option<&Schema>,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<bool> {
    if !value.is_null() {
        return some(settings, schema, value, out);
    }
    let Some(schema) = schema else { return Ok(false) };
    match schema.default_value().filter(|v| !v.is_null() && !settings.ignore_default) {
        Some(default) => some(settings, Some(schema), default, out),
        None => {
            if schema.is_optional() {
                out.extend_from_slice(b"null");
            }
            Ok(schema.is_optional())
        }
    }
}

/// An element: null where there is nothing.
fn element(settings: &Settings, schema: Option<&Schema>, it: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    if !value(settings, schema, it, out)? {
        out.extend_from_slice(b"null");
    }
    Ok(())
}

fn some(
    settings: &Settings,
    schema: Option<&Schema>,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<bool> {
    if let Some((schema, logical)) = schema.and_then(|schema| Some((schema, Logical::of(schema)?))) {
        return write_logical(settings, schema, logical, value, out).map(|()| true);
    }
    let kind = schema.map(Schema::kind);
    let is = |wanted: SchemaType| kind.is_none_or(|kind| kind == wanted);
    match value.view() {
        View::Int8(v) if is(SchemaType::Int8) => java::append_i64(out, v.into()),
        View::Int16(v) if is(SchemaType::Int16) => java::append_i64(out, v.into()),
        View::Int32(v) if is(SchemaType::Int32) => java::append_i64(out, v.into()),
        View::Int64(v) if is(SchemaType::Int64) => java::append_i64(out, v),
        View::Float32(v) if is(SchemaType::Float32) => {
            finite(v.is_finite(), out, |out| java::append_f32(out, v));
        }
        View::Float64(v) if is(SchemaType::Float64) => {
            finite(v.is_finite(), out, |out| java::append_f64(out, v));
        }
        View::Bool(v) if is(SchemaType::Boolean) => {
            out.extend_from_slice(if v { b"true" } else { b"false" });
        }
        View::Str(v) if is(SchemaType::String) => quote(v, out),
        View::Bytes(v) if is(SchemaType::Bytes) => binary(v, out),
        View::Array(items) if is(SchemaType::Array) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                comma(n, out);
                element(settings, schema.and_then(Schema::value_schema), *item, out)?;
            }
            out.push(b']');
        }
        View::Map(entries) if is(SchemaType::Map) => map(settings, schema, entries, out)?,
        View::Struct(values) if kind == Some(SchemaType::Struct) => {
            return structure(settings, schema, values, out);
        }
        _ => {
            let kind = kind.map_or("unknown schema", SchemaType::name);
            let class = java::class_name(value);
            return Err(Error::data(format!("Invalid type for {kind}: class {class}")));
        }
    }
    Ok(true)
}

fn comma(n: usize, out: &mut Vec<u8>) {
    if n > 0 {
        out.push(b',');
    }
}

/// What JSON has no number for is text.
fn finite(finite: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if finite {
        write(out);
    } else {
        out.push(b'"');
        write(out);
        out.push(b'"');
    }
}

fn binary(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written = STANDARD.encode_slice(bytes, &mut out[start..]).unwrap_or_default();
    out.truncate(start + written);
    out.push(b'"');
}

fn map(
    settings: &Settings,
    schema: Option<&Schema>,
    entries: &[ferry_sdk::data::Entry<'_>],
    out: &mut Vec<u8>,
) -> Result<()> {
    let keys = schema.and_then(Schema::key_schema);
    let values = schema.and_then(Schema::value_schema);
    let object = match keys {
        Some(keys) => string_keys(keys),
        None => entries.iter().all(|entry| entry.key.as_str().is_some()),
    };
    out.push(if object { b'{' } else { b'[' });
    for (n, entry) in entries.iter().enumerate() {
        comma(n, out);
        if object {
            match entry.key.as_str() {
                Some(key) => quote(key, out),
                None => return Err(Error::data("Invalid type for MAP: its keys must be strings")),
            }
            out.push(b':');
            element(settings, values, entry.value, out)?;
        } else {
            out.extend_from_slice(b"{\"key\":");
            element(settings, keys, entry.key, out)?;
            out.extend_from_slice(b",\"value\":");
            element(settings, values, entry.value, out)?;
            out.push(b'}');
        }
    }
    out.push(if object { b'}' } else { b']' });
    Ok(())
}

fn structure(
    settings: &Settings,
    schema: Option<&Schema>,
    values: &[ValueRef<'_>],
    out: &mut Vec<u8>,
) -> Result<bool> {
    let Some(schema) = schema.filter(|schema| schema.fields().len() == values.len()) else {
        return Err(Error::data("Mismatching schema."));
    };
    let fields = schema.fields().iter().zip(values);
    if is_union(schema) {
        let mut given = fields.filter(|(_, value)| !value.is_null());
        return match given.next() {
            Some((field, it)) => value(settings, Some(field.schema()), *it, out),
            None => value(settings, Some(schema), ValueRef::NULL, out),
        };
    }
    out.push(b'{');
    let mut count = 0;
    for (field, it) in fields {
        let start = out.len();
        comma(count, out);
        quote(field.name(), out);
        out.push(b':');
        if value(settings, Some(field.schema()), *it, out)? {
            count += 1;
        } else {
            out.truncate(start);
        }
    }
    out.push(b'}');
    Ok(true)
}

fn write_logical(
    settings: &Settings,
    schema: &Schema,
    logical: Logical,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match (logical, value.view()) {
        (Logical::Decimal, View::Decimal(decimal)) if settings.numeric_decimals => {
            java::append_decimal(out, decimal.unscaled(), decimal.scale());
        }
        (Logical::Decimal, View::Decimal(decimal)) => {
            logical::check_scale(logical::scale(schema)?, decimal.scale())?;
            binary(decimal.unscaled(), out);
        }
        (Logical::Date | Logical::Time | Logical::Timestamp, View::Instant(millis)) => {
            java::append_i64(out, logical.encode(millis)?);
        }
        _ => {
            let wanted = if logical == Logical::Decimal { "BigDecimal" } else { "Date" };
            return Err(Error::data(format!(
                "Invalid type for {}, expected {wanted} but was class {}",
                logical.name(),
                java::class_name(value)
            )));
        }
    }
    Ok(())
}
