//! From a JSON Schema to a Connect schema (`JsonSchemaData.toConnectSchema`).

use std::collections::HashMap;

use ferry_sdk::data::{Schema, SchemaBuilder, SchemaRef, SchemaType, Scratch, Value};
use ferry_sdk::{Error, Result};
use serde_json::Value as Json;

use super::Settings;
use super::class::{Class, Member, Node, classify, is_null, is_required};
use super::read::Reader;
use super::schema::{ENUM, ID, NULL_MARKER, ONE_OF, SUM_ENUM, SUM_PREFIX, SUM_UNION};
use super::tree::Tree;

/// The documents that a schema refers to, by the names it uses.
pub type Documents = HashMap<String, Json>;

/// The Connect schema of the document `root`; `None` where anything may stand.
pub fn convert(
    settings: &Settings,
    root: &Json,
    others: &Documents,
    version: i32,
) -> Result<Option<SchemaRef>> {
    let mut conversion =
        Conversion { settings, others, open: Vec::new(), done: Vec::new(), unions: 0, ids: 0, depth: 0 };
    conversion.schema(Node { json: root, document: root }, Some(version), false)
}

/// One conversion on its way.
pub(super) struct Conversion<'j> {
    pub settings: &'j Settings,
    others: &'j Documents,
    /// Structs being made.
    pub open: Vec<*const Json>,
    /// Structs that references led to.
    done: Vec<(*const Json, SchemaRef)>,
    unions: u32,
    ids: u32,
    depth: usize,
}

/// Deeper schemas are refused: no stack is endless.
pub(super) const DEEPEST: usize = 100;

impl<'j> Conversion<'j> {
    /// The schema of `node`; `None` where anything may stand.
    pub fn schema(
        &mut self,
        node: Node<'j>,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::data(format!("The JSON Schema is nested deeper than {DEEPEST} levels")));
        }
        let schema = self.classified(node, classify(node), version, optional);
        self.depth -= 1;
        schema
    }

    /// A schema that must say what it permits.
    pub fn child(&mut self, node: Node<'j>, optional: bool, what: &str) -> Result<SchemaRef> {
        self.schema(node, None, optional)?.ok_or_else(|| {
            Error::data(format!(
                "{what} cannot be null: its JSON Schema permits anything, which Ferry has no schema for"
            ))
            .class("org.apache.kafka.connect.errors.SchemaBuilderException")
        })
    }

    fn classified(
        &mut self,
        node: Node<'j>,
        class: Class<'j>,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        let connect = node.json["connect.type"].as_str();
        let mut nullable = optional;
        let builder = match class {
            Class::Boolean => SchemaBuilder::new(SchemaType::Boolean),
            Class::Number { integer } => SchemaBuilder::new(number(connect, integer)?),
            Class::Text if connect == Some("bytes") => SchemaBuilder::new(SchemaType::Bytes),
            Class::Text => SchemaBuilder::new(SchemaType::String),
            Class::Enum(values) => self.enumeration(&values),
            Class::Array => self.array(node, connect)?,
            Class::Object => self.object(node, connect)?,
            Class::Reference(reference) => return self.reference(node, reference, version, optional),
            Class::Empty => return Ok(None),
            Class::Null => {
                return Err(Error::data("Unsupported schema type org.everit.json.schema.NullSchema"));
            }
            Class::Unsupported(name) => {
                return Err(Error::data(format!("Unsupported schema type org.everit.json.schema.{name}")));
            }
            Class::Combined { all, mut members } => {
                if members.len() == 1 && self.settings.flatten_singletons {
                    return self.member(node, members.remove(0), None, false);
                }
                if all {
                    return self.all_of(node, members, version, optional);
                }
                let null = members.iter().position(|member| is_null(member));
                if let (2, Some(at)) = (members.len(), null) {
                    return self.member(node, members.remove(1 - at), version, true);
                }
                nullable |= null.is_some();
                self.union(node, members)?
            }
        };
        self.described(node, builder, version, nullable).map(Some)
    }

    /// The schema of a member of the combination at `node`.
    pub fn member(
        &mut self,
        node: Node<'j>,
        member: Member<'j>,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        match member {
            Member::Whole(inner) => self.schema(inner, version, optional),
            // The common properties belong to the combination, so an aspect has none of them.
            Member::Aspect(class) => self.aspect(node, class, version, optional),
        }
    }

    fn aspect(
        &mut self,
        node: Node<'j>,
        class: Class<'j>,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        let version = |builder: SchemaBuilder| match version {
            Some(version) => builder.version(version),
            None => builder,
        };
        let builder = match class {
            Class::Boolean => SchemaBuilder::new(SchemaType::Boolean),
            Class::Number { integer } => SchemaBuilder::new(number(None, integer)?),
            Class::Text => SchemaBuilder::new(SchemaType::String),
            Class::Enum(values) => self.enumeration(&values),
            Class::Array => self.array(node, None)?,
            Class::Object => self.object(node, None)?,
            other => return self.classified(node, other, None, optional),
        };
        Ok(Some(version(builder).set_optional(optional).build()))
    }

    /// Title, version, description, parameters and default.
    fn described(
        &self,
        node: Node<'j>,
        mut builder: SchemaBuilder,
        version: Option<i32>,
        optional: bool,
    ) -> Result<SchemaRef> {
        let json = node.json;
        if let Some(title) = json["title"].as_str()
            && builder.clone().build().name().is_none()
        {
            builder = builder.name(title);
        }
        let own = json["connect.version"].as_i64().and_then(|version| i32::try_from(version).ok());
        if let Some(version) = own.or(version) {
            builder = builder.version(version);
        }
        if let Some(doc) = json["description"].as_str() {
            builder = builder.doc(doc);
        }
        for (name, value) in json["connect.parameters"].as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let bare = builder.clone().build();
            // What is there already stays where it stands.
            builder = match bare.parameter(name) {
                Some(same) if same == value => builder,
                _ => builder.parameter(name, value),
            };
        }
        if let Some(default) = json.get("default") {
            let value = self.default(&builder.clone().build(), default)?;
            if value != Value::Null {
                builder = builder.default_value(value);
            }
        }
        Ok(builder.set_optional(optional).build())
    }

    fn default(&self, schema: &SchemaRef, json: &Json) -> Result<Value> {
        let mut text = Vec::new();
        crate::text::json(json, &mut text);
        let scratch = Scratch::new();
        let tree = Tree::parse(&text)?;
        let reader = Reader { arena: scratch.arena() };
        Ok(reader.value(Some(scratch.arena().schema(schema)), Some(&tree))?.into())
    }

    fn enumeration(&self, values: &[&Json]) -> SchemaBuilder {
        let sum = self.settings.sum_types;
        let parameter = if sum { SUM_ENUM } else { ENUM };
        let mut builder = SchemaBuilder::new(SchemaType::String).parameter(parameter, "");
        for (at, value) in values.iter().enumerate() {
            let symbol = match value {
                Json::Null => NULL_MARKER.to_owned(),
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            let value = if sum { at.to_string() } else { symbol.clone() };
            builder = builder.parameter(format!("{parameter}.{symbol}"), value);
        }
        builder
    }

    fn array(&mut self, node: Node<'j>, connect: Option<&str>) -> Result<SchemaBuilder> {
        let items = node.json.get("items").filter(|items| !items.is_array());
        let items = items.ok_or_else(|| Error::data("Array schema did not specify the items type"))?;
        let items = Node { json: items, ..node };
        if connect == Some("map") && matches!(classify(items), Class::Object) {
            let part = |name: &str| {
                items.json["properties"].get(name).map(|json| Node { json, ..node }).ok_or_else(|| {
                    Error::data(format!("The entries of a map have no property {name} in its JSON Schema"))
                })
            };
            let key = self.child(part("key")?, false, "keySchema")?;
            return Ok(SchemaBuilder::map(key, self.child(part("value")?, false, "valueSchema")?));
        }
        Ok(SchemaBuilder::array(self.child(items, false, "valueSchema")?))
    }

    fn object(&mut self, node: Node<'j>, connect: Option<&str>) -> Result<SchemaBuilder> {
        if connect == Some("map") {
            let values = node.json.get("additionalProperties").unwrap_or(&Json::Null);
            let values = self.child(Node { json: values, ..node }, false, "valueSchema")?;
            return Ok(SchemaBuilder::map(Schema::string().clone(), values));
        }
        self.open.push(node.json);
        // In the order of connect.index; of those without one, each goes where its turn is.
        let mut order: std::collections::BTreeMap<i64, (&String, &'j Json)> =
            std::collections::BTreeMap::new();
        for (name, json) in node.json["properties"].as_object().into_iter().flatten() {
            let index = json["connect.index"].as_i64().unwrap_or(order.len() as i64);
            order.insert(index, (name, json));
        }
        let mut builder = SchemaBuilder::structure();
        for (name, json) in order.into_values() {
            let optional = self.settings.optional_for_nonrequired && !is_required(node.json, name);
            let schema =
                self.child(Node { json, ..node }, optional, &format!("fieldSchema for field {name}"))?;
            builder = builder.field(name, &schema);
        }
        self.open.pop();
        Ok(builder)
    }

    fn union(&mut self, node: Node<'j>, members: Vec<Member<'j>>) -> Result<SchemaBuilder> {
        let sum = self.settings.sum_types;
        let mut builder = SchemaBuilder::structure();
        let prefix = if sum {
            let name = format!("{SUM_PREFIX}{}", self.unions);
            self.unions += 1;
            builder = builder.parameter(SUM_UNION, &name).name(name);
            format!("{SUM_PREFIX}field_")
        } else {
            builder = builder.name(ONE_OF);
            format!("{ONE_OF}.field.")
        };
        let members = members.into_iter().filter(|member| !is_null(member));
        for (at, member) in members.enumerate() {
            let name = format!("{prefix}{at}");
            let schema = self.member(node, member, None, true)?.ok_or_else(|| {
                Error::data(format!(
                    "A member of the oneOf for {name} permits anything, which Ferry has no schema for"
                ))
            })?;
            builder = builder.field(name, &schema);
        }
        Ok(builder)
    }

    fn reference(
        &mut self,
        node: Node<'j>,
        reference: &str,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        let target = self.resolve(node, reference)?;
        let address: *const Json = target.json;
        if self.open.contains(&address) {
            return Err(Error::data(format!(
                "The JSON Schema contains itself at {reference}, which Ferry cannot represent as a Connect schema"
            )));
        }
        if let Some((_, known)) = self.done.iter().find(|(other, _)| *other == address) {
            self.ids += 1;
            let again = SchemaBuilder::from_schema(known).parameter(ID, format!("#id{}", self.ids));
            return Ok(Some(again.set_optional(optional).build()));
        }
        let schema = self.schema(target, version, optional)?;
        if let Some(schema) = schema.as_ref().filter(|schema| schema.kind() == SchemaType::Struct)
            && matches!(classify(target), Class::Object)
        {
            self.done.push((address, schema.clone()));
        }
        Ok(schema)
    }

    /// What `reference` at `node` leads to.
    pub fn resolve(&self, node: Node<'j>, reference: &str) -> Result<Node<'j>> {
        let unknown = || Error::data(format!("The JSON Schema refers to {reference}, which is not there"));
        let (document, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let document = if document.is_empty() {
            node.document
        } else {
            let last = document.rsplit('/').next().unwrap_or(document);
            self.others.get(document).or_else(|| self.others.get(last)).ok_or_else(unknown)?
        };
        let decoded = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy();
        let found = if decoded.is_empty() || decoded.starts_with('/') {
            document.pointer(&decoded)
        } else {
            by_id(document, &format!("#{decoded}"), 0)
        };
        found.map(|json| Node { json, document }).ok_or_else(unknown)
    }
}

/// The schema with the id `id` somewhere in `json`.
fn by_id<'j>(json: &'j Json, id: &str, depth: usize) -> Option<&'j Json> {
    if depth > DEEPEST {
        return None;
    }
    match json {
        Json::Object(object)
            if ["$id", "id", "$anchor"].iter().any(|key| {
                let own = object.get(*key).and_then(Json::as_str);
                own.is_some_and(|own| own == id || (*key == "$anchor" && format!("#{own}") == id))
            }) =>
        {
            Some(json)
        }
        Json::Object(object) => object.values().find_map(|inner| by_id(inner, id, depth + 1)),
        Json::Array(items) => items.iter().find_map(|inner| by_id(inner, id, depth + 1)),
        _ => None,
    }
}

fn number(connect: Option<&str>, integer: bool) -> Result<SchemaType> {
    Ok(match connect {
        None if integer => SchemaType::Int64,
        None => SchemaType::Float64,
        Some("int8") => SchemaType::Int8,
        Some("int16") => SchemaType::Int16,
        Some("int32") => SchemaType::Int32,
        Some("int64") => SchemaType::Int64,
        Some("float32") => SchemaType::Float32,
        Some("float64") => SchemaType::Float64,
        Some("bytes") => SchemaType::Bytes,
        Some(other) => {
            return Err(
                Error::data(format!("Unsupported type {other}")).class("java.lang.IllegalArgumentException")
            );
        }
    })
}
