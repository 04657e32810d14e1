//! From a Connect schema to a JSON Schema (`JsonSchemaData.fromConnectSchema`), as text.
//!
//! Confluent makes an object of Everit's library and lets that print itself; the order of the members is that of
//! Everit and of the hash maps it keeps them in.

use std::collections::HashSet;

use ferry_sdk::data::{DECIMAL, Entry, Schema, SchemaBuilder, SchemaType, ValueRef, java};
use ferry_sdk::{Error, Result};

use super::Settings;
use super::write;
use crate::text::quote;

/// The prefix of parameters that are not written.
pub const NAMESPACE: &str = "io.confluent.connect.json";
/// The parameter with the id that references use.
pub const ID: &str = "io.confluent.connect.json.Id";
/// The parameter of enums.
pub const ENUM: &str = "io.confluent.connect.json.Enum";
/// The name of unions.
pub const ONE_OF: &str = "io.confluent.connect.json.OneOf";
/// The parameter of enums with `generalized.sum.type.support`.
pub const SUM_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// The parameter of unions with `generalized.sum.type.support`.
pub const SUM_UNION: &str = "org.apache.kafka.connect.data.Union";
/// The prefix of generalized unions.
pub const SUM_PREFIX: &str = "connect_union_";
/// The symbol of null in an enum.
pub const NULL_MARKER: &str = "<NULL>";

/// The text of the JSON Schema of `schema`.
pub fn text(settings: &Settings, schema: &Schema) -> Result<String> {
    let mut writer = Writer { settings, ids: HashSet::new() };
    let mut out = Vec::new();
    writer.schema(schema, None, false, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Whether `schema` is a union as a struct.
pub fn is_union(schema: &Schema) -> bool {
    schema.name() == Some(ONE_OF) || schema.parameter(SUM_UNION).is_some()
}

/// Whether maps with these keys are objects.
pub fn string_keys(keys: &Schema) -> bool {
    keys.kind() == SchemaType::String && !keys.is_optional()
}

struct Writer<'s> {
    settings: &'s Settings,
    ids: HashSet<String>,
}

/// The members of one object as they are written.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }
    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        quote(name, self.out);
        self.out.push(b':');
        self.out
    }
    fn text(&mut self, name: &str, value: &str) {
        quote(value, self.key(name));
    }
    fn number(&mut self, name: &str, value: i64) {
        java::append_i64(self.key(name), value);
    }
    fn close(self) {
        self.out.push(b'}');
    }
}

impl Writer<'_> {
    fn schema(
        &mut self,
        schema: &Schema,
        index: Option<usize>,
        ignore_optional: bool,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let id = schema.parameter(ID);
        if let Some(id) = id {
            self.ids.insert(id.to_owned());
        }
        let union = schema.kind() == SchemaType::Struct && is_union(schema);
        if union || (schema.is_optional() && !ignore_optional) {
            let mut object = Object::open(out);
            if let Some(id) = id.filter(|_| union) {
                object.text("id", id);
            }
            if let Some(index) = index {
                object.number("connect.index", index as i64);
            }
            let members = object.key("oneOf");
            members.push(b'[');
            if schema.is_optional() {
                members.extend_from_slice(br#"{"type":"null"}"#);
            }
            if union {
                for (at, field) in schema.fields().iter().enumerate() {
                    if at > 0 || schema.is_optional() {
                        members.push(b',');
                    }
                    let required = SchemaBuilder::from_schema(field.schema()).set_optional(false).build();
                    self.schema(&required, Some(at), true, members)?;
                }
            } else {
                members.push(b',');
                self.base(schema, None, members)?;
            }
            members.push(b']');
            object.close();
            return Ok(());
        }
        self.base(schema, index, out)
    }

    /// `schema` as if it were required.
    fn base(&mut self, schema: &Schema, index: Option<usize>, out: &mut Vec<u8>) -> Result<()> {
        let settings = self.settings;
        let parameter = if settings.sum_types { SUM_ENUM } else { ENUM };
        let is_enum = schema.kind() == SchemaType::String
            && (schema.parameter(SUM_ENUM).is_some() || schema.parameter(ENUM).is_some());
        let mut object = Object::open(out);
        let (kind, connect) = names(settings, schema);
        match schema.kind() {
            SchemaType::Boolean => {}
            _ if is_enum => symbols(schema, parameter, object.key("enum")),
            _ => object.text("type", kind),
        }
        if schema.kind() == SchemaType::Struct && !settings.additional_properties {
            object.key("additionalProperties").extend_from_slice(b"false");
        }
        self.common(schema, &mut object)?;
        if let Some(index) = index {
            object.number("connect.index", index as i64);
        }
        if let Some(version) = schema.version() {
            object.number("connect.version", version.into());
        }
        if let (Some(connect), false) = (connect, is_enum) {
            object.text("connect.type", connect);
        }
        parameters(schema, &mut object);
        match schema.kind() {
            SchemaType::Boolean => object.text("type", kind),
            SchemaType::Array => {
                let items = schema.value_schema().ok_or_else(|| missing("items"))?;
                self.reference_or(items, None, object.key("items"))?;
            }
            SchemaType::Map => self.map(schema, &mut object)?,
            SchemaType::Struct => self.properties(schema, &mut object)?,
            _ => {}
        }
        object.close();
        Ok(())
    }

    fn common(&self, schema: &Schema, object: &mut Object<'_>) -> Result<()> {
        if let Some(name) = schema.name() {
            object.text("title", name);
        }
        if let Some(doc) = schema.doc() {
            object.text("description", doc);
        }
        if let Some(id) = schema.parameter(ID) {
            object.text("id", id);
        }
        if let Some(default) = schema.default_value().filter(|v| !v.is_null()) {
            let mut json = Vec::new();
            write::value(self.settings, Some(schema), default, &mut json)?;
            let tree = super::tree::Tree::parse(&json)?;
            default_text(&tree, object.key("default"));
        }
        Ok(())
    }

    fn reference_or(&mut self, schema: &Schema, index: Option<usize>, out: &mut Vec<u8>) -> Result<()> {
        match schema.parameter(ID).filter(|id| self.ids.contains(*id)) {
            Some(id) => {
                let mut object = Object::open(out);
                object.text("$ref", id);
                object.close();
                Ok(())
            }
            None => self.schema(schema, index, false, out),
        }
    }

    fn map(&mut self, schema: &Schema, object: &mut Object<'_>) -> Result<()> {
        let keys = schema.key_schema().ok_or_else(|| missing("keys"))?;
        let values = schema.value_schema().ok_or_else(|| missing("values"))?;
        if string_keys(keys) {
            return self.schema(values, None, false, object.key("additionalProperties"));
        }
        let out = object.key("items");
        out.extend_from_slice(br#"{"type":"object","properties":{"value":"#);
        self.schema(values, Some(1), false, out)?;
        out.extend_from_slice(br#","key":"#);
        self.schema(keys, Some(0), false, out)?;
        out.extend_from_slice(b"}}");
        Ok(())
    }

    fn properties(&mut self, schema: &Schema, object: &mut Object<'_>) -> Result<()> {
        if schema.fields().is_empty() {
            return Ok(());
        }
        let mut order: Vec<Entry<'_>> = schema
            .fields()
            .iter()
            .enumerate()
            .map(|(at, field)| Entry { key: ValueRef::str(field.name()), value: ValueRef::int64(at as i64) })
            .collect();
        // References are known by what comes before in the order of the fields.
        let mut texts = Vec::with_capacity(order.len());
        for (at, field) in schema.fields().iter().enumerate() {
            let mut text = Vec::new();
            self.reference_or(field.schema(), Some(at), &mut text)?;
            texts.push(text);
        }
        java::hash_map_order(&mut order, 16);
        let mut properties = Object::open(object.key("properties"));
        for entry in &order {
            let at = entry.value.as_i64().unwrap_or_default() as usize;
            properties.key(entry.key.as_str().unwrap_or_default()).extend_from_slice(&texts[at]);
        }
        properties.close();
        Ok(())
    }
}

fn missing(what: &str) -> Error {
    Error::data(format!("The schema has no {what}, which a JSON Schema needs"))
}

/// `type` and `connect.type`.
fn names(settings: &Settings, schema: &Schema) -> (&'static str, Option<&'static str>) {
    let numeric = schema.name() == Some(DECIMAL) && settings.numeric_decimals;
    let objects = schema.key_schema().is_none_or(string_keys);
    match schema.kind() {
        SchemaType::Int8 => ("integer", Some("int8")),
        SchemaType::Int16 => ("integer", Some("int16")),
        SchemaType::Int32 => ("integer", Some("int32")),
        SchemaType::Int64 => ("integer", Some("int64")),
        SchemaType::Float32 => ("number", Some("float32")),
        SchemaType::Float64 => ("number", Some("float64")),
        SchemaType::Boolean => ("boolean", None),
        SchemaType::String => ("string", None),
        SchemaType::Bytes => (if numeric { "number" } else { "string" }, Some("bytes")),
        SchemaType::Array => ("array", None),
        SchemaType::Map => (if objects { "object" } else { "array" }, Some("map")),
        SchemaType::Struct => ("object", None),
    }
}

fn symbols(schema: &Schema, parameter: &str, out: &mut Vec<u8>) {
    let prefix = format!("{parameter}.");
    out.push(b'[');
    let symbols = schema.parameters().filter_map(|(key, _)| key.strip_prefix(&prefix));
    for (n, symbol) in symbols.enumerate() {
        if n > 0 {
            out.push(b',');
        }
        if symbol == NULL_MARKER {
            out.extend_from_slice(b"null");
        } else {
            quote(symbol, out);
        }
    }
    out.push(b']');
}

fn parameters(schema: &Schema, object: &mut Object<'_>) {
    let kept = schema.parameters().filter(|(key, _)| !key.starts_with(NAMESPACE));
    let mut kept: Vec<Entry<'_>> =
        kept.map(|(key, value)| Entry { key: ValueRef::str(key), value: ValueRef::str(value) }).collect();
    if kept.is_empty() {
        return;
    }
    // From one hash map into another that is as large as needed.
    let count = kept.len();
    java::hash_map_order(&mut kept, 16);
    java::hash_map_order(&mut kept, count);
    let mut inner = Object::open(object.key("connect.parameters"));
    for entry in &kept {
        inner.text(entry.key.as_str().unwrap_or_default(), entry.value.as_str().unwrap_or_default());
    }
    inner.close();
}

/// A default as org.json prints it and Jackson prints that again.
fn default_text(tree: &super::tree::Tree<'_>, out: &mut Vec<u8>) {
    use super::tree::Tree;
    match tree {
        Tree::Null => out.extend_from_slice(b"null"),
        Tree::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Tree::Number(text) => {
            let plain = text.contains('.') && !text.contains(['e', 'E']);
            let text = if plain { text.trim_end_matches('0').trim_end_matches('.') } else { text };
            match java::parse_decimal(text) {
                Some(number) if text.contains(['e', 'E', '.']) => {
                    java::append_decimal(out, &number.unscaled, number.scale);
                }
                _ => out.extend_from_slice(text.as_bytes()),
            }
        }
        Tree::Text(text) => quote(text, out),
        Tree::Array(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                default_text(item, out);
            }
            out.push(b']');
        }
        Tree::Object(members) => {
            let mut order: Vec<Entry<'_>> = members
                .iter()
                .enumerate()
                .map(|(at, (name, _))| Entry { key: ValueRef::str(name), value: ValueRef::int64(at as i64) })
                .collect();
            java::hash_map_order(&mut order, 16);
            let mut object = Object::open(out);
            for entry in &order {
                let at = entry.value.as_i64().unwrap_or_default() as usize;
                default_text(&members[at].1, object.key(entry.key.as_str().unwrap_or_default()));
            }
            object.close();
        }
    }
}
