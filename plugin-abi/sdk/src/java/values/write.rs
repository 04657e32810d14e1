//! From a value to its header text (`Values.append`).

use crate::data::{Schema, SchemaType, ValueRef, View};
use crate::java;
use crate::{Error, Result};
use base64::Engine as _;

use super::temporal;

/// Appends `value`; strings and bytes inside of containers are quoted.
pub fn append(out: &mut Vec<u8>, schema: Option<&Schema>, value: ValueRef<'_>, embedded: bool) -> Result<()> {
    match value.view() {
        View::Str(text) if embedded => quoted(out, text),
        View::Bytes(bytes) => {
            let text = base64::engine::general_purpose::STANDARD.encode(bytes);
            if embedded { quoted(out, &text) } else { out.extend_from_slice(text.as_bytes()) }
        }
        View::Array(items) => {
            let element = schema.and_then(Schema::value_schema);
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append(out, element, *item, true)?;
            }
            out.push(b']');
        }
        View::Map(entries) => {
            let schema = schema.filter(|s| s.kind() == SchemaType::Map);
            out.push(b'{');
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append(out, schema.and_then(Schema::key_schema), entry.key, true)?;
                out.push(b':');
                append(out, schema.and_then(Schema::value_schema), entry.value, true)?;
            }
            out.push(b'}');
        }
        View::Struct(values) => {
            let fields = schema.map(Schema::fields).filter(|f| f.len() == values.len());
            let fields =
                fields.ok_or_else(|| Error::data("Failed to serialize a struct without its schema"))?;
            out.push(b'{');
            for (at, (field, value)) in fields.iter().zip(values).enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                quoted(out, field.name());
                out.push(b':');
                let default = field.schema().default_value().filter(|_| value.is_null());
                append(out, Some(field.schema()), default.unwrap_or(*value), true)?;
            }
            out.push(b'}');
        }
        View::Instant(millis) => temporal::append(out, millis),
        _ => java::append(out, schema, value),
    }
    Ok(())
}

fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}
