//! How to read what an Avro schema wrote as values of a Connect schema: made once, for [`super::decode`].

use ferry_sdk::Result;
use ferry_sdk::data::{Schema, SchemaType, Value};

use super::Settings;
use super::anything;
use super::resolve;
use super::schema::{Avro, Field, Kind};
use super::to_connect::{is_map_entry, optional_member};
use ferry_sdk::java::logical::{self, Logical};

/// How to read what one Avro schema wrote as values of one Connect schema.
#[derive(Debug)]
pub struct Plan {
    pub(super) root: Node,
    /// The writer's whole schema is bytes: they stand alone, without a length.
    pub(super) bare: bool,
}

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wire {
    Int,
    Long,
    Float,
    Double,
}

/// What to make of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Make {
    Int8,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    Instant(Logical),
    Text,
    Bytes,
    Decimal(i32),
}

/// How to read one value.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Boolean,
    Number(Wire, Make),
    /// A string or bytes, with their length in front.
    Lengthy(Make),
    Fixed(usize, Make),
    Enum(Vec<Option<String>>),
    Array(Box<Node>),
    Map(Box<Node>),
    Entries(Box<(Node, Node)>),
    Record(RecordPlan),
    Union(Vec<Node>),
    /// The field `at` of `width` of a union's struct.
    Sum {
        at: usize,
        width: usize,
        node: Box<Node>,
    },
    Anything,
    /// What the reader's schema cannot hold.
    Fail(String),
}

/// How to read a record.
#[derive(Debug)]
pub(super) struct RecordPlan {
    /// What the writer wrote, in its order.
    pub steps: Vec<Step>,
    /// Fields that only the reader has.
    pub constants: Vec<(usize, Value)>,
    pub width: usize,
}

/// What to do with a field that the writer wrote.
#[derive(Debug)]
pub(super) enum Step {
    Read(usize, Node),
    Skip(Avro),
}

impl Plan {
    /// For what `writer` wrote, read as `reader`, whose Connect schema is `schema`.
    pub fn new(settings: &Settings, writer: &Avro, reader: &Avro, schema: Option<&Schema>) -> Result<Self> {
        let bare = writer.kind == Kind::Bytes;
        Ok(Self { root: Compiler { settings }.node(writer, reader, schema)?, bare })
    }
}

struct Compiler<'s> {
    settings: &'s Settings,
}

fn mismatch(writer: &Avro, reader: &Avro) -> Node {
    Node::Fail(format!("Found {}, expecting {}", writer.full_name(), reader.full_name()))
}

impl Compiler<'_> {
    fn node(&self, writer: &Avro, reader: &Avro, schema: Option<&Schema>) -> Result<Node> {
        let Some(schema) = schema else { return self.anything(writer) };
        if let Kind::Union(members) = &writer.kind {
            let nodes = members.iter().map(|member| self.node(member, reader, Some(schema)));
            return Ok(Node::Union(nodes.collect::<Result<_>>()?));
        }
        if let Kind::Union(members) = &reader.kind {
            return self.into_union(writer, reader, members, schema);
        }
        self.typed(writer, reader, schema)
    }

    fn anything(&self, writer: &Avro) -> Result<Node> {
        match &writer.kind {
            _ if writer == anything::schema() => Ok(Node::Anything),
            // Inside the record itself, as Connect arrays without element schemas have it.
            Kind::Recursive if writer.full_name() == anything::schema().full_name() => Ok(Node::Anything),
            Kind::Union(members) => {
                Ok(Node::Union(members.iter().map(|m| self.anything(m)).collect::<Result<_>>()?))
            }
            Kind::Null => Ok(Node::Null),
            _ => Ok(Node::Fail("Invalid Avro data for schemaless Connect data".to_owned())),
        }
    }

    fn into_union(&self, writer: &Avro, reader: &Avro, members: &[Avro], schema: &Schema) -> Result<Node> {
        if let Some((member, _)) = optional_member(self.settings, members) {
            return match writer.kind {
                Kind::Null if member.kind != Kind::Null => Ok(Node::Null),
                _ => self.node(writer, member, Some(schema)),
            };
        }
        if writer.kind == Kind::Null {
            let null = members.iter().any(|member| member.kind == Kind::Null);
            return Ok(if null { Node::Null } else { mismatch(writer, reader) });
        }
        let Some(found) = resolve::member(writer, members) else { return Ok(mismatch(writer, reader)) };
        let at = members[..found].iter().filter(|member| member.kind != Kind::Null).count();
        let width = schema.fields().len();
        let field = schema.fields().get(at).map(|field| &**field.schema());
        let node = Box::new(self.node(writer, &members[found], field)?);
        Ok(Node::Sum { at, width, node })
    }

    fn typed(&self, writer: &Avro, reader: &Avro, schema: &Schema) -> Result<Node> {
        let make = make(schema)?;
        Ok(match (&writer.kind, &reader.kind) {
            (Kind::Null, Kind::Null) => Node::Null,
            (Kind::Boolean, Kind::Boolean) => Node::Boolean,
            (Kind::Int, Kind::Int | Kind::Long | Kind::Float | Kind::Double) => Node::Number(Wire::Int, make),
            (Kind::Long, Kind::Long | Kind::Float | Kind::Double) => Node::Number(Wire::Long, make),
            (Kind::Float, Kind::Float | Kind::Double) => Node::Number(Wire::Float, make),
            (Kind::Double, Kind::Double) => Node::Number(Wire::Double, make),
            (Kind::String | Kind::Bytes, Kind::String | Kind::Bytes) => Node::Lengthy(make),
            (Kind::Fixed(size), Kind::Fixed(same)) if size == same => Node::Fixed(*size, make),
            (Kind::Enum { symbols, .. }, Kind::Enum { symbols: known, default }) => {
                let symbol = |s: &String| if known.contains(s) { Some(s.clone()) } else { default.clone() };
                Node::Enum(symbols.iter().map(symbol).collect())
            }
            (Kind::Array(writer), Kind::Array(reader)) if is_map_entry(reader) => {
                self.entries(writer, reader, schema)?
            }
            (Kind::Array(writer), Kind::Array(reader)) => {
                Node::Array(Box::new(self.node(writer, reader, schema.value_schema())?))
            }
            (Kind::Map(writer), Kind::Map(reader)) => {
                Node::Map(Box::new(self.node(writer, reader, schema.value_schema())?))
            }
            (Kind::Record(fields), Kind::Record(_)) => self.record(fields, reader, schema)?,
            _ => mismatch(writer, reader),
        })
    }

    fn entries(&self, writer: &Avro, reader: &Avro, schema: &Schema) -> Result<Node> {
        let pair = |avro: &Avro| match avro.fields() {
            [key, value] if key.name == "key" && value.name == "value" => {
                Some((key.schema.clone(), value.schema.clone()))
            }
            _ => None,
        };
        let (Some((key, value)), Some((reader_key, reader_value))) = (pair(writer), pair(reader)) else {
            return Ok(mismatch(writer, reader));
        };
        let key = self.node(&key, &reader_key, schema.key_schema())?;
        Ok(Node::Entries(Box::new((key, self.node(&value, &reader_value, schema.value_schema())?))))
    }

    fn record(&self, written: &[Field], reader: &Avro, schema: &Schema) -> Result<Node> {
        let mut steps = Vec::with_capacity(written.len());
        for field in written {
            let at = reader.fields().iter().position(|other| other.name == field.name);
            steps.push(match at {
                Some(at) => {
                    let target = schema.fields().get(at).map(|f| &**f.schema());
                    Step::Read(at, self.node(&field.schema, &reader.fields()[at].schema, target)?)
                }
                None => Step::Skip(field.schema.clone()),
            });
        }
        let mut constants = Vec::new();
        for (at, field) in reader.fields().iter().enumerate() {
            if written.iter().any(|other| other.name == field.name) {
                continue;
            }
            let (Some(default), Some(target)) = (&field.default, schema.fields().get(at)) else {
                return Ok(Node::Fail(format!("missing required field {}", field.name)));
            };
            let default = super::defaults::from_json(self.settings, target.schema(), &field.schema, default)?;
            constants.push((at, default));
        }
        Ok(Node::Record(RecordPlan { steps, constants, width: reader.fields().len() }))
    }
}

fn make(schema: &Schema) -> Result<Make> {
    Ok(match (schema.kind(), Logical::of(schema)) {
        (SchemaType::Bytes, Some(Logical::Decimal)) => Make::Decimal(logical::scale(schema)?),
        (SchemaType::Int32 | SchemaType::Int64, Some(logical)) => Make::Instant(logical),
        (SchemaType::Int8, _) => Make::Int8,
        (SchemaType::Int16, _) => Make::Int16,
        (SchemaType::Int32, _) => Make::Int32,
        (SchemaType::Int64, _) => Make::Int64,
        (SchemaType::Float32, _) => Make::Float32,
        (SchemaType::Float64, _) => Make::Float64,
        (SchemaType::Bytes, _) => Make::Bytes,
        _ => Make::Text,
    })
}
