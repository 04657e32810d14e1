//! From Avro's bytes to a value in the arena, by a plan made once per schema (`GenericDatumReader`,
//! `AvroData.toConnectData`).

use ferry_sdk::data::{Arena, Entry, Schema, SchemaType, Value, ValueRef, java};
use ferry_sdk::{Error, Result};

use super::Settings;
use super::anything::{self, Slot};
use super::input::Input;
use super::resolve;
use super::schema::{Avro, Field, Kind};
use super::to_connect::{is_map_entry, optional_member};
use crate::logical::{self, Logical};

/// How to read what one Avro schema wrote as values of one Connect schema.
#[derive(Debug)]
pub struct Plan {
    root: Node,
    /// The writer's whole schema is bytes: they stand alone, without a length.
    bare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wire {
    Int,
    Long,
    Float,
    Double,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Make {
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

#[derive(Debug)]
enum Node {
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

#[derive(Debug)]
struct RecordPlan {
    /// What the writer wrote, in its order.
    steps: Vec<Step>,
    /// Fields that only the reader has.
    constants: Vec<(usize, Value)>,
    width: usize,
}

#[derive(Debug)]
enum Step {
    Read(usize, Node),
    Skip(Avro),
}

/// No value is nested deeper.
const DEEPEST: usize = 500;

impl Plan {
    /// For what `writer` wrote, read as `reader`, whose Connect schema is `schema`.
    pub fn new(settings: &Settings, writer: &Avro, reader: &Avro, schema: Option<&Schema>) -> Result<Self> {
        let bare = writer.kind == Kind::Bytes;
        Ok(Self { root: Compiler { settings }.node(writer, reader, schema)?, bare })
    }

    /// The value in `bytes`; what follows it is not looked at unless `whole`.
    pub fn decode<'a>(
        &self,
        bytes: &'a [u8],
        whole: bool,
        arena: &'a Arena,
        spare: &mut Vec<ValueRef<'static>>,
    ) -> Result<ValueRef<'a>> {
        let mut reader = Reader { input: Input::new(bytes), arena, stack: recycle(std::mem::take(spare)) };
        let value = match self.root {
            Node::Lengthy(make) if self.bare => reader.make(make, bytes),
            _ => reader.value(&self.root, 0),
        };
        let left = if self.bare { 0 } else { reader.input.left() };
        *spare = recycle(reader.stack);
        match value {
            Ok(_) if whole && left > 0 => {
                Err(Error::data("Trailing data found after deserializing Avro message")
                    .class("org.apache.kafka.common.errors.SerializationException"))
            }
            value => value,
        }
    }
}

/// The same memory for values of another life.
fn recycle<'b>(mut values: Vec<ValueRef<'_>>) -> Vec<ValueRef<'b>> {
    values.clear();
    values.into_iter().map(|_| ValueRef::NULL).collect()
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

struct Reader<'a> {
    input: Input<'a>,
    arena: &'a Arena,
    stack: Vec<ValueRef<'a>>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: &Node, depth: usize) -> Result<ValueRef<'a>> {
        if depth > DEEPEST {
            return Err(Error::data(format!("The value is nested deeper than {DEEPEST} levels")));
        }
        Ok(match node {
            Node::Null => ValueRef::NULL,
            Node::Boolean => ValueRef::bool(self.input.boolean()?),
            Node::Number(wire, make) => self.number(*wire, *make)?,
            Node::Lengthy(make) => {
                let bytes = self.input.lengthy()?;
                self.make(*make, bytes)?
            }
            Node::Fixed(size, make) => {
                let bytes = self.input.take(*size)?;
                self.make(*make, bytes)?
            }
            Node::Enum(symbols) => {
                let at = self.input.long()?;
                let symbol = usize::try_from(at).ok().and_then(|at| symbols.get(at));
                let symbol = symbol.and_then(Option::as_ref);
                let symbol = symbol.ok_or_else(|| Input::bad(format!("No match for enum symbol {at}")))?;
                ValueRef::str(self.arena.str(symbol))
            }
            Node::Array(items) => self.array(items, depth)?,
            Node::Map(values) => self.map(values, depth)?,
            Node::Entries(nodes) => self.entries(nodes, depth)?,
            Node::Record(plan) => self.record(plan, depth)?,
            Node::Union(members) => {
                let at = self.input.long()?;
                let member = usize::try_from(at).ok().and_then(|at| members.get(at));
                let member = member.ok_or_else(|| Input::bad(format!("Union has no member {at}")))?;
                self.value(member, depth + 1)?
            }
            Node::Sum { at, width, node } => {
                let value = self.value(node, depth + 1)?;
                let base = self.stack.len();
                self.stack.resize(base + width, ValueRef::NULL);
                self.stack[base + at] = value;
                self.structure(base)
            }
            Node::Anything => self.anything(depth)?,
            Node::Fail(why) => return Err(Input::bad(why.clone())),
        })
    }

    fn number(&mut self, wire: Wire, make: Make) -> Result<ValueRef<'a>> {
        let whole = match wire {
            Wire::Int => i64::from(self.input.int()?),
            Wire::Long => self.input.long()?,
            Wire::Float => return Ok(fraction(f64::from(self.input.float()?), make)),
            Wire::Double => return Ok(fraction(self.input.double()?, make)),
        };
        Ok(match make {
            Make::Int8 => ValueRef::int8(whole as i8),
            Make::Int16 => ValueRef::int16(whole as i16),
            Make::Int32 => ValueRef::int32(whole as i32),
            Make::Float32 => ValueRef::float32(whole as f32),
            Make::Float64 => ValueRef::float64(whole as f64),
            Make::Instant(logical) => ValueRef::instant(logical.decode(whole)?),
            _ => ValueRef::int64(whole),
        })
    }

    fn make(&self, make: Make, bytes: &'a [u8]) -> Result<ValueRef<'a>> {
        Ok(match make {
            Make::Bytes => ValueRef::bytes(bytes),
            Make::Decimal(scale) => ValueRef::decimal(self.arena.decimal(logical::minimal(bytes), scale)),
            _ => match simdutf8::basic::from_utf8(bytes) {
                Ok(text) => ValueRef::str(text),
                Err(_) => ValueRef::str(self.arena.str(&java::decode(bytes))),
            },
        })
    }

    /// What was put onto the stack since `base`, as a struct.
    fn structure(&mut self, base: usize) -> ValueRef<'a> {
        let values = self.arena.values(&self.stack[base..]);
        self.stack.truncate(base);
        ValueRef::structure(values)
    }

    fn record(&mut self, plan: &RecordPlan, depth: usize) -> Result<ValueRef<'a>> {
        let base = self.stack.len();
        self.stack.resize(base + plan.width, ValueRef::NULL);
        for step in &plan.steps {
            match step {
                Step::Read(at, node) => self.stack[base + at] = self.value(node, depth + 1)?,
                Step::Skip(avro) => self.input.skip(avro, 0)?,
            }
        }
        for (at, value) in &plan.constants {
            self.stack[base + at] = value.put(self.arena);
        }
        Ok(self.structure(base))
    }

    fn array(&mut self, items: &Node, depth: usize) -> Result<ValueRef<'a>> {
        let base = self.stack.len();
        while let Some(count) = self.input.block()? {
            for _ in 0..count {
                let value = self.value(items, depth + 1)?;
                self.stack.push(value);
            }
        }
        let values = self.arena.values(&self.stack[base..]);
        self.stack.truncate(base);
        Ok(ValueRef::array(values))
    }

    fn map(&mut self, values: &Node, depth: usize) -> Result<ValueRef<'a>> {
        let mut entries = Vec::new();
        while let Some(count) = self.input.block()? {
            for _ in 0..count {
                let key = self.input.lengthy()?;
                let key = self.make(Make::Text, key)?;
                entries.push(Entry { key, value: self.value(values, depth + 1)? });
            }
        }
        Ok(self.hashed(entries))
    }

    fn entries(&mut self, nodes: &(Node, Node), depth: usize) -> Result<ValueRef<'a>> {
        let mut entries = Vec::new();
        while let Some(count) = self.input.block()? {
            for _ in 0..count {
                let key = self.value(&nodes.0, depth + 1)?;
                entries.push(Entry { key, value: self.value(&nodes.1, depth + 1)? });
            }
        }
        Ok(self.hashed(entries))
    }

    /// In the order of the `HashMap` that Confluent makes.
    fn hashed(&self, mut entries: Vec<Entry<'a>>) -> ValueRef<'a> {
        let capacity = entries.len();
        java::hash_map_order(&mut entries, capacity);
        ValueRef::map(self.arena.entries(&entries))
    }

    fn anything(&mut self, depth: usize) -> Result<ValueRef<'a>> {
        let mut value = ValueRef::NULL;
        for slot in Slot::ALL {
            match self.input.long()? {
                0 => continue,
                1 => {}
                other => return Err(Input::bad(format!("Union has no member {other}"))),
            }
            let read = self.slot(slot, depth)?;
            // The first that is set counts.
            if value.is_null() {
                value = read;
            }
        }
        Ok(value)
    }

    fn slot(&mut self, slot: Slot, depth: usize) -> Result<ValueRef<'a>> {
        match slot {
            Slot::Boolean => self.value(&Node::Boolean, depth),
            Slot::Bytes => self.value(&Node::Lengthy(Make::Bytes), depth),
            Slot::Double => self.number(Wire::Double, Make::Float64),
            Slot::Float => self.number(Wire::Float, Make::Float32),
            Slot::Int => self.number(Wire::Int, Make::Int32),
            Slot::Long => self.number(Wire::Long, Make::Int64),
            Slot::String => self.value(&Node::Lengthy(Make::Text), depth),
            Slot::Array => self.array(&Node::Anything, depth),
            Slot::Map => self.entries(&(Node::Anything, Node::Anything), depth),
        }
    }
}

fn fraction<'a>(value: f64, make: Make) -> ValueRef<'a> {
    match make {
        Make::Float32 => ValueRef::float32(value as f32),
        _ => ValueRef::float64(value),
    }
}
