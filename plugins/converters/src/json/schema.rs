//! From the JSON of a schema to the schema (`JsonConverter.asConnectSchema`).

use std::borrow::Cow;

use ferry_sdk::data::{SchemaBuilder, SchemaRef, SchemaType, Scratch, Value};
use ferry_sdk::{Error, ErrorKind, Result};

use super::config::Settings;
use super::read::{Reader, no_nulls};
use super::scan::{Cursor, Kind, Number, Scan};

/// A parsed value and where it begins.
struct Node<'a> {
    at: usize,
    value: Tree<'a>,
}

enum Tree<'a> {
    Scalar,
    Bool(bool),
    Number(Number<'a>),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    Null,
}

fn node<'a>(cursor: &mut Cursor<'a>) -> Scan<Node<'a>> {
    let kind = cursor.kind()?;
    let at = cursor.at();
    let mut first = true;
    let value = match kind {
        Kind::Object => {
            let mut members = Vec::new();
            cursor.open()?;
            while let Some(name) = cursor.next_key(&mut first)? {
                members.push((name, node(cursor)?));
            }
            Tree::Object(members)
        }
        Kind::Array => {
            let mut items = Vec::new();
            cursor.open()?;
            while cursor.next_item(&mut first)? {
                items.push(node(cursor)?);
            }
            Tree::Array(items)
        }
        Kind::String => Tree::Text(cursor.string()?),
        Kind::Number => Tree::Number(cursor.number()?),
        Kind::Boolean => Tree::Bool(cursor.boolean()?),
        Kind::Null => {
            cursor.null()?;
            Tree::Null
        }
        Kind::Missing => Tree::Scalar,
    };
    Ok(Node { at, value })
}

impl<'a> Node<'a> {
    fn get(&self, name: &str) -> Option<&Node<'a>> {
        match &self.value {
            Tree::Object(members) => members.iter().rev().find(|(n, _)| n == name).map(|(_, node)| node),
            _ => None,
        }
    }
    fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The schema at the start of `text`; `None` for the literal `null`.
pub fn parse(settings: &Settings, text: &str) -> Result<Option<SchemaRef>> {
    let root = node(&mut Cursor::new(text, 0))?;
    Parser { settings, text }.schema(&root)
}

struct Parser<'t> {
    settings: &'t Settings,
    text: &'t str,
}

fn builder_error(message: impl Into<String>) -> Error {
    Error::data(message).class("org.apache.kafka.connect.errors.SchemaBuilderException")
}

impl Parser<'_> {
    fn schema(&self, node: &Node<'_>) -> Result<Option<SchemaRef>> {
        if matches!(node.value, Tree::Null) {
            return Ok(None);
        }
        let mut builder = self.typed(node)?;
        if let Some(Node { value: Tree::Bool(optional), .. }) = node.get("optional") {
            builder = builder.set_optional(*optional);
        }
        if let Some(name) = node.text("name") {
            builder = builder.name(name);
        }
        if let Some(Node { value: Tree::Number(number), .. }) = node.get("version")
            && number.integral
        {
            builder = builder.version(number.as_i64() as i32);
        }
        if let Some(doc) = node.text("doc") {
            builder = builder.doc(doc);
        }
        if let Some(Node { value: Tree::Object(parameters), .. }) = node.get("parameters") {
            for (name, value) in parameters {
                let Tree::Text(value) = &value.value else {
                    return Err(Error::data("Schema parameters must have string values."));
                };
                builder = builder.parameter(&**name, &**value);
            }
        }
        if let Some(default) = node.get("default") {
            builder = self.default(builder, default)?;
        }
        Ok(Some(builder.build()))
    }

    fn typed(&self, node: &Node<'_>) -> Result<SchemaBuilder> {
        let Some(kind) = node.text("type") else {
            return Err(Error::data("Schema must contain 'type' field"));
        };
        Ok(SchemaBuilder::new(match kind {
            "boolean" => SchemaType::Boolean,
            "int8" => SchemaType::Int8,
            "int16" => SchemaType::Int16,
            "int32" => SchemaType::Int32,
            "int64" => SchemaType::Int64,
            "float" => SchemaType::Float32,
            "double" => SchemaType::Float64,
            "bytes" => SchemaType::Bytes,
            "string" => SchemaType::String,
            "array" => {
                let items = node.get("items").filter(|i| !matches!(i.value, Tree::Null));
                let items =
                    items.ok_or_else(|| Error::data("Array schema did not specify the element type"))?;
                let element =
                    self.schema(items)?.ok_or_else(|| builder_error("valueSchema cannot be null."))?;
                return Ok(SchemaBuilder::array(element));
            }
            "map" => {
                let part = |name: &str, what: &str, null: &str| {
                    let part = node
                        .get(name)
                        .ok_or_else(|| Error::data(format!("Map schema did not specify the {what} type")))?;
                    self.schema(part)?.ok_or_else(|| builder_error(null))
                };
                let keys = part("keys", "key", "keySchema cannot be null.")?;
                return Ok(SchemaBuilder::map(keys, part("values", "value", "valueSchema cannot be null.")?));
            }
            "struct" => return self.structure(node),
            other => return Err(Error::data(format!("Unknown schema type: {other}"))),
        }))
    }

    fn structure(&self, node: &Node<'_>) -> Result<SchemaBuilder> {
        let Some(Node { value: Tree::Array(fields), .. }) = node.get("fields") else {
            return Err(Error::data("Struct schema's \"fields\" argument is not an array."));
        };
        let mut names: Vec<&str> = Vec::new();
        let mut builder = SchemaBuilder::structure();
        for field in fields {
            let Some(name) = field.text("field") else {
                return Err(Error::data("Struct schema's field name not specified properly"));
            };
            let schema = self.schema(field)?;
            if names.contains(&name) {
                return Err(builder_error(format!(
                    "Cannot create field because of field name duplication {name}"
                )));
            }
            names.push(name);
            let missing = || builder_error(format!("fieldSchema for field {name} cannot be null."));
            builder = builder.field(name, &schema.ok_or_else(missing)?);
        }
        Ok(builder)
    }

    /// The default is written as a payload of the very schema it belongs to.
    fn default(&self, builder: SchemaBuilder, node: &Node<'_>) -> Result<SchemaBuilder> {
        let schema = builder.clone().build();
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let mut reader = Reader::new(Cursor::new(self.text, node.at), arena, self.settings);
        let value = reader.value(Some(arena.schema(&schema)))?;
        no_nulls(&schema, value, "value").map_err(|error| {
            error
                .context(ErrorKind::Data, "Invalid default value")
                .class("org.apache.kafka.connect.errors.SchemaBuilderException")
        })?;
        let value = Value::from(value);
        Ok(if value == Value::Null { builder } else { builder.default_value(value) })
    }
}
