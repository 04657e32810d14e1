//! Avro schemas as Avro's Java library holds them: names, documentation and properties are kept.

use std::collections::HashMap;
use std::sync::Arc;

use ferry_sdk::{Error, Result};
use serde_json::{Map, Value as Json};

/// A schema, shared by all who refer to it.
pub type Avro = Arc<AvroSchema>;

/// Any schema.
#[derive(Clone, Debug, PartialEq)]
pub struct AvroSchema {
    /// What it is made of.
    pub kind: Kind,
    /// The full name of a record, an enum or a fixed.
    pub name: Option<Name>,
    /// The documentation of a record or an enum.
    pub doc: Option<String>,
    /// Everything else that was written, in its order: `logicalType`, `connect.name`.
    pub props: Vec<(String, Json)>,
}

/// The name of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What stands before the last dot.
    pub space: Option<String>,
    /// What stands behind it.
    pub name: String,
}

/// The types of Avro.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "they are Avro's own words")]
pub enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(Avro),
    Map(Avro),
    Union(Vec<Avro>),
    Record(Vec<Field>),
    Enum {
        symbols: Vec<String>,
        default: Option<String>,
    },
    /// With its size in bytes.
    Fixed(usize),
    /// A record inside itself, by its name.
    Recursive,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub schema: Avro,
    pub doc: Option<String>,
    pub default: Option<Json>,
    pub props: Vec<(String, Json)>,
}

/// `org.apache.avro.SchemaParseException`
pub fn parse_error(message: impl Into<String>) -> Error {
    Error::data(message).class("org.apache.avro.SchemaParseException")
}

impl Name {
    /// The name `name` in `space`; a name with dots brings its own.
    pub fn new(name: &str, space: Option<&str>) -> Result<Self> {
        let (space, name) = match name.rsplit_once('.') {
            Some((space, name)) => (Some(space), name),
            None => (space, name),
        };
        valid(name)?;
        Ok(Self { space: space.filter(|s| !s.is_empty()).map(str::to_owned), name: name.to_owned() })
    }
    /// With its namespace.
    pub fn full(&self) -> String {
        match &self.space {
            Some(space) => format!("{space}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Checks a name as Avro does (`NameValidator.UTF_VALIDATOR`).
pub fn valid(name: &str) -> Result<()> {
    let mut chars = name.chars();
    match chars.next() {
        None => return Err(parse_error("Empty name")),
        Some(first) if !(first.is_alphabetic() || first == '_') => {
            return Err(parse_error(format!("Illegal initial character: {name}")));
        }
        Some(_) => {}
    }
    if chars.all(|c| c.is_alphanumeric() || c == '_') {
        Ok(())
    } else {
        Err(parse_error(format!("Illegal character in: {name}")))
    }
}

impl AvroSchema {
    /// A schema without a name.
    pub fn new(kind: Kind) -> Self {
        Self { kind, name: None, doc: None, props: Vec::new() }
    }
    /// A named schema.
    pub fn named(kind: Kind, name: Name) -> Self {
        Self { name: Some(name), ..Self::new(kind) }
    }
    /// The property `name`.
    pub fn prop(&self, name: &str) -> Option<&Json> {
        self.props.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
    /// The property `name`, if it is text (`getProp`).
    pub fn text(&self, name: &str) -> Option<&str> {
        self.prop(name).and_then(Json::as_str)
    }
    /// Adds a property (`addProp`): the same once more is fine, another value is not.
    pub fn add(&mut self, name: &str, value: Json) -> Result<()> {
        match self.prop(name) {
            Some(old) if *old == value => Ok(()),
            Some(_) => Err(Error::data(format!("Can't overwrite property: {name}"))
                .class("org.apache.avro.AvroRuntimeException")),
            None => {
                self.props.push((name.to_owned(), value));
                Ok(())
            }
        }
    }
    /// The full name, or that of the type (`getFullName`).
    pub fn full_name(&self) -> String {
        self.name.as_ref().map_or_else(|| self.type_name().to_owned(), Name::full)
    }
    /// The name without namespace, or that of the type (`getName`).
    pub fn simple_name(&self) -> &str {
        self.name.as_ref().map_or_else(|| self.type_name(), |name| &name.name)
    }
    /// The name of the type.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Bytes => "bytes",
            Kind::String => "string",
            Kind::Array(_) => "array",
            Kind::Map(_) => "map",
            Kind::Union(_) => "union",
            Kind::Record(_) | Kind::Recursive => "record",
            Kind::Enum { .. } => "enum",
            Kind::Fixed(_) => "fixed",
        }
    }
    /// The members of a union; none for other types.
    pub fn union(&self) -> &[Avro] {
        match &self.kind {
            Kind::Union(members) => members,
            _ => &[],
        }
    }
    /// The fields of a record; none for other types.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Record(fields) => fields,
            _ => &[],
        }
    }
    /// The field `name` of a record.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

/// A union of `members` (`Schema.createUnion`).
pub fn union(members: Vec<Avro>) -> Result<Avro> {
    let mut seen: Vec<String> = Vec::new();
    for member in &members {
        if matches!(member.kind, Kind::Union(_)) {
            return Err(Error::data("Nested union: union").class("org.apache.avro.AvroRuntimeException"));
        }
        let name = member.full_name();
        if seen.contains(&name) {
            return Err(Error::data(format!("Duplicate in union:{name}"))
                .class("org.apache.avro.AvroRuntimeException"));
        }
        seen.push(name);
    }
    Ok(Arc::new(AvroSchema::new(Kind::Union(members))))
}

/// The named schemas known while a text is read; those of its references are put in before.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<String, Option<Avro>>,
    space: Option<String>,
}

const RESERVED: [&str; 10] =
    ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];
const FIELD_RESERVED: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];
/// Deeper schemas are refused: no stack is endless.
const DEEPEST: usize = 100;

impl Names {
    /// Reads the schema in `text`.
    pub fn parse(&mut self, text: &str) -> Result<Avro> {
        let json: Json = serde_json::from_str(text)
            .map_err(|e| parse_error(format!("Cannot parse <{}>: {e}", super::shorten(text))))?;
        self.space = None;
        self.schema(&json, 0)
    }

    fn schema(&mut self, json: &Json, depth: usize) -> Result<Avro> {
        if depth > DEEPEST {
            return Err(parse_error(format!("The schema is nested deeper than {DEEPEST} levels")));
        }
        match json {
            Json::String(name) => match primitive(name) {
                Some(kind) => Ok(Arc::new(AvroSchema::new(kind))),
                None => self.known(name),
            },
            Json::Array(members) => {
                let members = members.iter().map(|m| self.schema(m, depth + 1));
                union(members.collect::<Result<_>>()?)
            }
            Json::Object(object) => self.object(json, object, depth),
            other => Err(parse_error(format!("Schema not yet supported: {other}"))),
        }
    }

    fn known(&self, name: &str) -> Result<Avro> {
        let full = match &self.space {
            Some(space) if !name.contains('.') => format!("{space}.{name}"),
            _ => name.to_owned(),
        };
        let found = self.known.get(&full).map(|schema| (&full[..], schema));
        match found.or_else(|| self.known.get(name).map(|schema| (name, schema))) {
            Some((_, Some(schema))) => Ok(schema.clone()),
            Some((full, None)) => Ok(Arc::new(AvroSchema::named(Kind::Recursive, Name::new(full, None)?))),
            None => Err(parse_error(format!("Undefined schema: {full}"))),
        }
    }

    fn object(&mut self, json: &Json, object: &Map<String, Json>, depth: usize) -> Result<Avro> {
        let kind = match object.get("type") {
            Some(Json::String(kind)) => kind.as_str(),
            Some(nested @ (Json::Object(_) | Json::Array(_))) => return self.schema(nested, depth + 1),
            _ => return Err(parse_error(format!("No type: {json}"))),
        };
        let part =
            |name: &str, what: &str| object.get(name).ok_or_else(|| parse_error(format!("{what}: {json}")));
        let mut schema = match kind {
            "record" | "error" | "enum" | "fixed" => return self.named(kind, json, object, depth),
            "array" => AvroSchema::new(Kind::Array(
                self.schema(part("items", "Array has no items type")?, depth + 1)?,
            )),
            "map" => {
                AvroSchema::new(Kind::Map(self.schema(part("values", "Map has no values type")?, depth + 1)?))
            }
            other => match primitive(other) {
                Some(kind) => AvroSchema::new(kind),
                None => return self.known(other),
            },
        };
        schema.props = props(object, &RESERVED);
        Ok(Arc::new(schema))
    }

    fn named(&mut self, kind: &str, json: &Json, object: &Map<String, Json>, depth: usize) -> Result<Avro> {
        let text = |name: &str| object.get(name).and_then(Json::as_str);
        let name = text("name").ok_or_else(|| parse_error(format!("No name in schema: {json}")))?;
        let outer = self.space.clone();
        let name = Name::new(name, text("namespace").or(outer.as_deref()))?;
        let full = name.full();
        if self.known.contains_key(&full) {
            return Err(parse_error(format!("Can't redefine: {full}")));
        }
        let mut reserved = RESERVED.to_vec();
        let kind = match kind {
            "enum" => {
                reserved.push("default");
                enumeration(json, object)?
            }
            "fixed" => {
                let size = object.get("size").and_then(Json::as_u64);
                let size = size.ok_or_else(|| parse_error(format!("Invalid or no size: {json}")))?;
                Kind::Fixed(usize::try_from(size).unwrap_or(usize::MAX))
            }
            _ => {
                self.known.insert(full.clone(), None);
                self.space.clone_from(&name.space);
                let fields = self.fields(json, object, depth);
                self.space = outer;
                Kind::Record(fields?)
            }
        };
        let schema = Arc::new(AvroSchema {
            kind,
            name: Some(name),
            doc: text("doc").map(str::to_owned),
            props: props(object, &reserved),
        });
        self.known.insert(full, Some(schema.clone()));
        Ok(schema)
    }

    fn fields(&mut self, json: &Json, object: &Map<String, Json>, depth: usize) -> Result<Vec<Field>> {
        let Some(Json::Array(list)) = object.get("fields") else {
            return Err(parse_error(format!("Record has no fields: {json}")));
        };
        let mut fields: Vec<Field> = Vec::with_capacity(list.len());
        for item in list {
            let (Some(object), Some(name)) = (item.as_object(), item["name"].as_str()) else {
                return Err(parse_error(format!("No field name: {item}")));
            };
            valid(name)?;
            if fields.iter().any(|field| field.name == name) {
                return Err(parse_error(format!("Duplicate field {name} in record: {json}")));
            }
            let kind = object.get("type").ok_or_else(|| parse_error(format!("No field type: {item}")))?;
            fields.push(Field {
                name: name.to_owned(),
                schema: self.schema(kind, depth + 1)?,
                doc: item["doc"].as_str().map(str::to_owned),
                default: object.get("default").cloned(),
                props: props(object, &FIELD_RESERVED),
            });
        }
        Ok(fields)
    }
}

fn enumeration(json: &Json, object: &Map<String, Json>) -> Result<Kind> {
    let Some(Json::Array(list)) = object.get("symbols") else {
        return Err(parse_error(format!("Enum has no symbols: {json}")));
    };
    let symbols = list.iter().filter_map(|s| s.as_str().map(str::to_owned)).collect();
    enum_of(symbols, object.get("default").and_then(Json::as_str))
}

/// An enum of `symbols`, checked (`Schema.createEnum`).
pub fn enum_of(symbols: Vec<String>, default: Option<&str>) -> Result<Kind> {
    for (at, symbol) in symbols.iter().enumerate() {
        valid(symbol)?;
        if symbols[..at].contains(symbol) {
            return Err(parse_error(format!("Duplicate enum symbol: {symbol}")));
        }
    }
    if let Some(default) = default
        && !symbols.iter().any(|s| s == default)
    {
        return Err(parse_error(format!(
            "The Enum Default: {default} is not in the enum symbol set: [{}]",
            symbols.join(", ")
        )));
    }
    Ok(Kind::Enum { symbols, default: default.map(str::to_owned) })
}

fn props(object: &Map<String, Json>, reserved: &[&str]) -> Vec<(String, Json)> {
    let own = object.iter().filter(|(key, _)| !reserved.contains(&key.as_str()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn primitive(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}
