//! The `{"schema":…,"payload":` of each schema, written once (`JsonConverter.asJsonSchema`).

use std::collections::HashMap;

use ferry_sdk::Result;
use ferry_sdk::data::{Schema, SchemaRef, SchemaType, ValueRef};

use super::config::Settings;
use super::escape::quote;
use super::write;

/// The envelopes written so far, at most as many as `schemas.cache.size`.
#[derive(Debug, Default)]
pub struct Envelopes {
    limit: usize,
    last: Option<(SchemaRef, Vec<u8>)>,
    others: HashMap<u64, Vec<(SchemaRef, Vec<u8>)>>,
}

impl Envelopes {
    /// None yet.
    pub fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Appends the envelope with `value` as its payload.
    pub fn write(
        &mut self,
        settings: &Settings,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        match schema {
            None => out.extend_from_slice(br#"{"schema":null,"payload":"#),
            Some(schema) => out.extend_from_slice(self.of(settings, schema)?),
        }
        write::value(settings, schema, value, out)?;
        out.push(b'}');
        Ok(())
    }

    fn of(&mut self, settings: &Settings, schema: &Schema) -> Result<&[u8]> {
        // The kept pointer is counted, so this address cannot have become another schema.
        if !self.last.as_ref().is_some_and(|(last, _)| std::ptr::eq(&**last, schema)) {
            self.find(settings, schema)?;
        }
        Ok(self.last.as_ref().map_or(&[], |(_, bytes)| bytes))
    }

    /// Brings the envelope of `schema` to `last`.
    #[cold]
    fn find(&mut self, settings: &Settings, schema: &Schema) -> Result<()> {
        if let Some((last, bytes)) = self.last.take() {
            if self.others.len() >= self.limit {
                self.others.clear();
            }
            let bucket = self.others.entry(last.structural_hash()).or_default();
            bucket.retain(|(kept, _)| **kept != *last);
            bucket.push((last, bytes));
        }
        let known = self.others.get(&schema.structural_hash()).and_then(|bucket| {
            bucket.iter().find(|(kept, _)| **kept == *schema).map(|(_, bytes)| bytes.clone())
        });
        let bytes = match known {
            Some(bytes) => bytes,
            None => {
                let mut bytes = br#"{"schema":"#.to_vec();
                schema_json(settings, schema, None, &mut bytes)?;
                bytes.extend_from_slice(br#","payload":"#);
                bytes
            }
        };
        self.last = Some((schema.share(), bytes));
        Ok(())
    }
}

/// Appends `schema` in Connect's own notation; `field` is its name as a member of a struct.
pub fn schema_json(
    settings: &Settings,
    schema: &Schema,
    field: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.extend_from_slice(br#"{"type":"#);
    quote(type_name(schema.kind()), out);
    match schema.kind() {
        SchemaType::Array => {
            out.extend_from_slice(br#","items":"#);
            member(settings, schema.value_schema(), out)?;
        }
        SchemaType::Map => {
            out.extend_from_slice(br#","keys":"#);
            member(settings, schema.key_schema(), out)?;
            out.extend_from_slice(br#","values":"#);
            member(settings, schema.value_schema(), out)?;
        }
        SchemaType::Struct => {
            out.extend_from_slice(br#","fields":["#);
            for (at, field) in schema.fields().iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                schema_json(settings, field.schema(), Some(field.name()), out)?;
            }
            out.push(b']');
        }
        _ => {}
    }
    out.extend_from_slice(if schema.is_optional() {
        br#","optional":true"#
    } else {
        br#","optional":false"#
    });
    if let Some(name) = schema.name() {
        out.extend_from_slice(br#","name":"#);
        quote(name, out);
    }
    if let Some(version) = schema.version() {
        out.extend_from_slice(format!(r#","version":{version}"#).as_bytes());
    }
    if let Some(doc) = schema.doc() {
        out.extend_from_slice(br#","doc":"#);
        quote(doc, out);
    }
    if schema.parameters().len() > 0 {
        out.extend_from_slice(br#","parameters":{"#);
        for (at, (key, value)) in schema.parameters().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quote(key, out);
            out.push(b':');
            quote(value, out);
        }
        out.push(b'}');
    }
    if let Some(default) = schema.default_value().filter(|d| !d.is_null()) {
        out.extend_from_slice(br#","default":"#);
        write::value(settings, Some(schema), default, out)?;
    }
    if let Some(field) = field {
        out.extend_from_slice(br#","field":"#);
        quote(field, out);
    }
    out.push(b'}');
    Ok(())
}

fn member(settings: &Settings, schema: Option<&Schema>, out: &mut Vec<u8>) -> Result<()> {
    match schema {
        Some(schema) => schema_json(settings, schema, None, out),
        None => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

const fn type_name(kind: SchemaType) -> &'static str {
    match kind {
        SchemaType::Boolean => "boolean",
        SchemaType::Int8 => "int8",
        SchemaType::Int16 => "int16",
        SchemaType::Int32 => "int32",
        SchemaType::Int64 => "int64",
        SchemaType::Float32 => "float",
        SchemaType::Float64 => "double",
        SchemaType::Bytes => "bytes",
        SchemaType::String => "string",
        SchemaType::Array => "array",
        SchemaType::Map => "map",
        SchemaType::Struct => "struct",
    }
}
