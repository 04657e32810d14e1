//! From a value to Avro's bytes, by a plan made once per schema (`AvroData.fromConnectData`, `GenericDatumWriter`).

use ferry_sdk::data::{Entry, Schema, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, Result};

use super::Settings;
use super::anything::Slot;
use super::from_connect::is_union;
use super::names;
use super::schema::{Avro, Kind};
use crate::logical::{self, Logical};

/// How to write the values of one Connect schema under one Avro schema.
#[derive(Debug)]
pub struct Plan {
    root: Node,
}

#[derive(Debug)]
enum Node {
    Int(SchemaType),
    Long(SchemaType),
    Float(SchemaType),
    Double(SchemaType),
    Instant(Logical),
    Boolean,
    Text,
    Bytes,
    Fixed(usize),
    Decimal {
        scale: i32,
        fixed: Option<usize>,
    },
    Enum(Vec<String>),
    Array(Box<Node>),
    Map(Box<Node>),
    Entries(Box<(Node, Node)>),
    Record(Vec<FieldNode>),
    /// A member of a union.
    Member(usize, Box<Node>),
    /// A value that may be null: the member of null, if the union has one.
    Optional {
        null: Option<usize>,
        node: Box<Node>,
    },
    /// A union as a struct: the first field that is not null is the value.
    Sum {
        null: Option<usize>,
        fields: Vec<Node>,
    },
    Anything,
    /// What both sides cannot agree on; said when a value comes.
    Impossible(String),
}

#[derive(Debug)]
enum FieldNode {
    /// Field `at` of the struct; `default` are the bytes for null.
    Given { at: usize, node: Node, default: Option<Vec<u8>> },
    /// A field that only the target has, with its default.
    Constant(Vec<u8>),
}

/// `SerializationException` below Confluent's sentence.
fn cannot(message: impl Into<String>) -> Error {
    Error::data("Error serializing Avro message")
        .class("org.apache.kafka.common.errors.SerializationException")
        .caused_by(Error::data(message).class("org.apache.avro.AvroTypeException"))
}

fn null_for_required() -> Error {
    Error::data("Found null value for non-optional schema")
}

impl Plan {
    /// For values of `schema` whose own Avro schema is `own`, written as `target` says.
    pub fn new(settings: &Settings, schema: Option<&Schema>, own: &Avro, target: &Avro) -> Result<Self> {
        Ok(Self { root: Compiler { settings }.node(schema, own, target)? })
    }

    /// Appends `value`; `false` where a union without any value stands for null.
    pub fn encode(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<bool> {
        if let (Node::Sum { null: Some(_), .. }, View::Struct(values)) = (&self.root, value.view())
            && values.iter().all(|value| value.is_null())
        {
            return Ok(false);
        }
        // Bytes alone have no length in front.
        if matches!(self.root, Node::Bytes)
            && let View::Bytes(bytes) = value.view()
        {
            out.extend_from_slice(bytes);
            return Ok(true);
        }
        if let Node::Decimal { scale, fixed: None } = self.root
            && let View::Decimal(decimal) = value.view()
        {
            logical::check_scale(scale, decimal.scale())?;
            out.extend_from_slice(decimal.unscaled());
            return Ok(true);
        }
        self.root.write(value, out).map(|()| true)
    }
}

struct Compiler<'s> {
    settings: &'s Settings,
}

impl Compiler<'_> {
    fn node(&self, schema: Option<&Schema>, own: &Avro, target: &Avro) -> Result<Node> {
        let Some(schema) = schema else { return self.place(own, target, |_| Ok(Node::Anything)) };
        if schema.kind() == SchemaType::Struct && is_union(schema) {
            let members = own.union().iter().filter(|member| member.kind != Kind::Null);
            let fields = schema.fields().iter().zip(members);
            let fields = fields.map(|(field, member)| self.some(field.schema(), member, target));
            return Ok(Node::Sum {
                null: schema.is_optional().then(|| null_member(target)).flatten(),
                fields: fields.collect::<Result<_>>()?,
            });
        }
        if schema.is_optional() {
            let member = own.union().iter().find(|m| m.kind != Kind::Null).unwrap_or(own);
            let node = Box::new(self.some(schema, member, target)?);
            return Ok(Node::Optional { null: null_member(target), node });
        }
        self.some(schema, own, target)
    }

    /// A value of `schema` that is not null.
    fn some(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        self.place(own, target, |target| self.typed(schema, own, target))
    }

    /// Finds the member if `target` is a union.
    fn place(&self, own: &Avro, target: &Avro, node: impl Fn(&Avro) -> Result<Node>) -> Result<Node> {
        let Kind::Union(members) = &target.kind else { return node(target) };
        let exact = |m: &&Avro| same_kind(own, m) && own.full_name() == m.full_name();
        let found = members.iter().find(exact);
        let found = found.or_else(|| members.iter().find(|m| same_kind(own, m)));
        let Some(member) = found.or_else(|| members.iter().find(|m| widens(own, m))) else {
            return Ok(Node::Impossible(format!(
                "{} is not in union {}",
                own.full_name(),
                super::text::text(target)
            )));
        };
        let at = members.iter().position(|m| std::ptr::eq(m, member)).unwrap_or_default();
        Ok(Node::Member(at, Box::new(node(member)?)))
    }

    fn typed(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        let logical = Logical::of(schema);
        Ok(match (&own.kind, &target.kind) {
            (Kind::Int | Kind::Long, Kind::Int | Kind::Long)
                if logical.is_some_and(|l| l != Logical::Decimal) && !narrows(own, target) =>
            {
                Node::Instant(logical.unwrap_or(Logical::Timestamp))
            }
            (Kind::Int, Kind::Int) => Node::Int(schema.kind()),
            (Kind::Int | Kind::Long, Kind::Long) => Node::Long(schema.kind()),
            (Kind::Int | Kind::Long | Kind::Float, Kind::Float) => Node::Float(schema.kind()),
            (Kind::Int | Kind::Long | Kind::Float | Kind::Double, Kind::Double) => {
                Node::Double(schema.kind())
            }
            (Kind::Boolean, Kind::Boolean) => Node::Boolean,
            (Kind::String | Kind::Enum { .. }, Kind::String) => Node::Text,
            (Kind::String | Kind::Enum { .. }, Kind::Enum { symbols, .. }) => Node::Enum(symbols.clone()),
            (Kind::Bytes | Kind::Fixed(_), Kind::Bytes | Kind::Fixed(_)) => bytes(schema, logical, target)?,
            (Kind::Array(own), Kind::Array(target)) if schema.kind() == SchemaType::Array => {
                Node::Array(Box::new(self.node(schema.value_schema(), own, target)?))
            }
            (Kind::Map(own), Kind::Map(target)) => {
                Node::Map(Box::new(self.node(schema.value_schema(), own, target)?))
            }
            (Kind::Array(own), Kind::Array(target)) => self.entries(schema, own, target)?,
            (Kind::Record(_), Kind::Record(_)) => self.record(schema, own, target)?,
            _ => Node::Impossible(format!("cannot write {} as {}", own.full_name(), target.full_name())),
        })
    }

    /// A map whose keys are no strings.
    fn entries(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        let pair =
            |avro: &Avro| Some((avro.field("key")?.schema.clone(), avro.field("value")?.schema.clone()));
        let (Some((own_key, own_value)), Some((key, value))) = (pair(own), pair(target)) else {
            return Ok(Node::Impossible(format!("{} is no map entry", target.full_name())));
        };
        let key = self.node(schema.key_schema(), &own_key, &key)?;
        Ok(Node::Entries(Box::new((key, self.node(schema.value_schema(), &own_value, &value)?))))
    }

    fn record(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        let mut nodes = Vec::with_capacity(target.fields().len());
        for field in target.fields() {
            let scrub = self.settings.scrub;
            let given = schema.fields().iter().position(|f| names::scrubbed(f.name(), scrub) == field.name);
            nodes.push(match (given, own.field(&field.name)) {
                (Some(at), Some(own)) => {
                    let schema = schema.fields()[at].schema();
                    let node = self.node(Some(schema), &own.schema, &field.schema)?;
                    let default =
                        schema.default_value().filter(|v| !v.is_null() && !self.settings.ignore_default);
                    let default = default.map(|value| {
                        let mut bytes = Vec::new();
                        node.write(value, &mut bytes).map(|()| bytes)
                    });
                    FieldNode::Given { at, node, default: default.transpose()? }
                }
                _ => FieldNode::Constant(super::resolve::default_bytes(field).ok_or_else(|| {
                    cannot(format!("the record has no field {} and the schema no default for it", field.name))
                })?),
            });
        }
        Ok(Node::Record(nodes))
    }
}

fn bytes(schema: &Schema, logical: Option<Logical>, target: &Avro) -> Result<Node> {
    let fixed = match target.kind {
        Kind::Fixed(size) => Some(size),
        _ => None,
    };
    Ok(match (logical, fixed) {
        (Some(Logical::Decimal), fixed) => Node::Decimal { scale: logical::scale(schema)?, fixed },
        (_, Some(size)) => Node::Fixed(size),
        (_, None) => Node::Bytes,
    })
}

fn null_member(target: &Avro) -> Option<usize> {
    target.union().iter().position(|member| member.kind == Kind::Null)
}

fn same_kind(own: &Avro, member: &Avro) -> bool {
    std::mem::discriminant(&own.kind) == std::mem::discriminant(&member.kind)
        && (own.name.is_none() || own.full_name() == member.full_name())
}

fn narrows(own: &Avro, target: &Avro) -> bool {
    own.kind == Kind::Long && target.kind == Kind::Int
}

fn widens(own: &Avro, member: &Avro) -> bool {
    match own.kind {
        Kind::Int => matches!(member.kind, Kind::Long | Kind::Float | Kind::Double),
        Kind::Long => matches!(member.kind, Kind::Float | Kind::Double),
        Kind::Float => member.kind == Kind::Double,
        _ => false,
    }
}

/// A zig-zag number.
pub fn long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Bytes with their length in front.
pub fn lengthy(bytes: &[u8], out: &mut Vec<u8>) {
    long(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

fn wrong(kind: SchemaType, value: ValueRef<'_>) -> Error {
    Error::data(format!("Invalid type for {}: class {}", kind.name(), java::class_name(value)))
}

/// The number in `value`, which must be of the very type.
fn number(kind: SchemaType, value: ValueRef<'_>) -> Result<i64> {
    match (kind, value.view()) {
        (SchemaType::Int8, View::Int8(v)) => Ok(v.into()),
        (SchemaType::Int16, View::Int16(v)) => Ok(v.into()),
        (SchemaType::Int32, View::Int32(v)) => Ok(v.into()),
        (SchemaType::Int64, View::Int64(v)) => Ok(v),
        _ => Err(wrong(kind, value)),
    }
}

impl Node {
    fn write(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
        if value.is_null() {
            return self.null(out);
        }
        match (self, value.view()) {
            (Self::Optional { node, .. }, _) => node.write(value, out),
            (Self::Member(at, node), _) => {
                long(*at as i64, out);
                node.write(value, out)
            }
            (Self::Record(fields), View::Struct(values)) => record(fields, values, out),
            (Self::Sum { fields, .. }, View::Struct(values)) => {
                match fields.iter().zip(values).find(|(_, value)| !value.is_null()) {
                    Some((node, value)) => node.write(*value, out),
                    None => self.null(out),
                }
            }
            (Self::Array(node), View::Array(items)) => blocks(items, out, |item, out| node.write(*item, out)),
            (Self::Map(node), View::Map(entries)) => map(node, entries, out),
            (Self::Entries(nodes), View::Map(entries)) => blocks(entries, out, |entry, out| {
                nodes.0.write(entry.key, out)?;
                nodes.1.write(entry.value, out)
            }),
            (Self::Anything, _) => anything(value, out),
            (Self::Impossible(why), _) => Err(cannot(why)),
            _ => self.scalar(value, out),
        }
    }

    fn null(&self, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Optional { null: Some(at), .. } | Self::Sum { null: Some(at), .. } => {
                long(*at as i64, out);
                Ok(())
            }
            Self::Optional { null: None, .. } => Err(cannot("null value for a schema without null")),
            Self::Anything => {
                out.extend_from_slice(&[0; Slot::ALL.len()]);
                Ok(())
            }
            Self::Member(at, node) if matches!(**node, Self::Anything) => {
                long(*at as i64, out);
                node.null(out)
            }
            _ => Err(null_for_required()),
        }
    }

    fn scalar(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
        match (self, value.view()) {
            (Self::Int(kind) | Self::Long(kind), _) => long(number(*kind, value)?, out),
            (Self::Float(kind), view) => {
                let value = match (kind, view) {
                    (SchemaType::Float32, View::Float32(v)) => v,
                    (SchemaType::Float32, _) => return Err(wrong(*kind, value)),
                    _ => number(*kind, value)? as f32,
                };
                out.extend_from_slice(&value.to_le_bytes());
            }
            (Self::Double(kind), view) => {
                let value = match (kind, view) {
                    (SchemaType::Float64, View::Float64(v)) => v,
                    (SchemaType::Float32, View::Float32(v)) => v.into(),
                    (SchemaType::Float32 | SchemaType::Float64, _) => return Err(wrong(*kind, value)),
                    _ => number(*kind, value)? as f64,
                };
                out.extend_from_slice(&value.to_le_bytes());
            }
            (Self::Instant(logical), View::Instant(millis)) => long(logical.encode(millis)?, out),
            (Self::Boolean, View::Bool(value)) => out.push(value.into()),
            (Self::Text, View::Str(text)) => lengthy(text.as_bytes(), out),
            (Self::Bytes, View::Bytes(bytes)) => lengthy(bytes, out),
            (Self::Fixed(size), View::Bytes(bytes)) => fixed(*size, bytes, out)?,
            (Self::Decimal { scale, fixed }, View::Decimal(decimal)) => {
                logical::check_scale(*scale, decimal.scale())?;
                match fixed {
                    None => lengthy(decimal.unscaled(), out),
                    Some(size) => padded(*size, decimal.unscaled(), out)?,
                }
            }
            (Self::Enum(symbols), View::Str(text)) => match symbols.iter().position(|s| s == text) {
                Some(at) => long(at as i64, out),
                None => {
                    let symbols = symbols.join(", ");
                    return Err(cannot(format!(
                        "enum value '{text}' is not in the enum symbol set: [{symbols}]"
                    )));
                }
            },
            _ => return Err(self.mismatch(value)),
        }
        Ok(())
    }

    fn mismatch(&self, value: ValueRef<'_>) -> Error {
        match self {
            Self::Instant(logical) => Error::data(format!(
                "Invalid type for {}, expected Date but was class {}",
                logical.name(),
                java::class_name(value)
            )),
            Self::Decimal { .. } => Error::data(format!(
                "Invalid type for Decimal, expected BigDecimal but was class {}",
                java::class_name(value)
            )),
            Self::Boolean => wrong(SchemaType::Boolean, value),
            Self::Text | Self::Enum(_) => wrong(SchemaType::String, value),
            Self::Bytes | Self::Fixed(_) => wrong(SchemaType::Bytes, value),
            Self::Array(_) => wrong(SchemaType::Array, value),
            Self::Map(_) | Self::Entries(_) => wrong(SchemaType::Map, value),
            _ => wrong(SchemaType::Struct, value),
        }
    }
}

fn record(fields: &[FieldNode], values: &[ValueRef<'_>], out: &mut Vec<u8>) -> Result<()> {
    for field in fields {
        match field {
            FieldNode::Constant(bytes) => out.extend_from_slice(bytes),
            FieldNode::Given { at, node, default } => {
                let value = *values.get(*at).ok_or_else(|| Error::data("Mismatching struct schema"))?;
                match default {
                    Some(bytes) if value.is_null() => out.extend_from_slice(bytes),
                    _ => node.write(value, out)?,
                }
            }
        }
    }
    Ok(())
}

/// All in one block, as Avro's Java encoder writes them.
fn blocks<T>(
    items: &[T],
    out: &mut Vec<u8>,
    mut write: impl FnMut(&T, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    if !items.is_empty() {
        long(items.len() as i64, out);
        for item in items {
            write(item, out)?;
        }
    }
    out.push(0);
    Ok(())
}

/// The order is that of the `HashMap` that Confluent makes.
fn map(node: &Node, entries: &[Entry<'_>], out: &mut Vec<u8>) -> Result<()> {
    let mut entries = entries.to_vec();
    java::hash_map_order(&mut entries, 16);
    blocks(&entries, out, |entry, out| {
        let key = entry.key.as_str().ok_or_else(|| wrong(SchemaType::Map, entry.key))?;
        lengthy(key.as_bytes(), out);
        node.write(entry.value, out)
    })
}

fn fixed(size: usize, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    // Avro writes as many bytes as the schema says, and fails only where there are fewer.
    let bytes = bytes
        .get(..size)
        .ok_or_else(|| cannot(format!("Range [0, 0 + {size}) out of bounds for length {}", bytes.len())))?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// A decimal in a fixed, its sign repeated in front.
fn padded(size: usize, unscaled: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let missing = size.checked_sub(unscaled.len()).ok_or_else(|| {
        Error::data(format!(
            "Unscaled value byte array length {} is greater than fixed size {size}",
            unscaled.len()
        ))
    })?;
    let sign = if unscaled.first().is_some_and(|b| *b >= 0x80) { 0xff } else { 0 };
    out.extend(std::iter::repeat_n(sign, missing));
    out.extend_from_slice(unscaled);
    Ok(())
}

fn anything(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    let slot = match value.view() {
        View::Null => None,
        View::Bool(_) => Some(Slot::Boolean),
        View::Int8(_) | View::Int16(_) | View::Int32(_) => Some(Slot::Int),
        View::Int64(_) => Some(Slot::Long),
        View::Float32(_) => Some(Slot::Float),
        View::Float64(_) => Some(Slot::Double),
        View::Str(_) => Some(Slot::String),
        View::Array(_) => Some(Slot::Array),
        View::Map(_) => Some(Slot::Map),
        View::Bytes(_) | View::Struct(_) | View::Decimal(_) | View::Instant(_) => {
            let class = java::class_name(value);
            return Err(Error::data(format!("Unknown Java type for schemaless data: class {class}")));
        }
    };
    for candidate in Slot::ALL {
        if slot != Some(candidate) {
            out.push(0);
            continue;
        }
        out.push(2);
        match value.view() {
            View::Bool(v) => out.push(v.into()),
            View::Float32(v) => out.extend_from_slice(&v.to_le_bytes()),
            View::Float64(v) => out.extend_from_slice(&v.to_le_bytes()),
            View::Str(v) => lengthy(v.as_bytes(), out),
            View::Array(items) => blocks(items, out, |item, out| anything(*item, out))?,
            View::Map(entries) => blocks(entries, out, |entry, out| {
                anything(entry.key, out)?;
                anything(entry.value, out)
            })?,
            _ => long(value.as_i64().unwrap_or_default(), out),
        }
    }
    Ok(())
}
