//! From a value to Avro's bytes, by the plan of its schema (`AvroData.fromConnectData`, `GenericDatumWriter`).

use ferry_sdk::data::{Entry, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, Result};

use super::anything::Slot;
use super::write_plan::{FieldNode, Node, Plan};
use ferry_sdk::java::logical;

/// `SerializationException` below Confluent's sentence.
pub fn cannot(message: impl Into<String>) -> Error {
    Error::data("Error serializing Avro message")
        .class("org.apache.kafka.common.errors.SerializationException")
        .caused_by(Error::data(message).class("org.apache.avro.AvroTypeException"))
}

fn null_for_required() -> Error {
    Error::data("Found null value for non-optional schema")
}

impl Plan {
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
    /// Appends `value`.
    pub fn write(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
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
            (Self::Anything, _) => anything(value, 0, out),
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

/// No value without schema is nested deeper: readers refuse it.
const DEEPEST: usize = super::decode::DEEPEST;

fn anything(value: ValueRef<'_>, depth: usize, out: &mut Vec<u8>) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::data(format!("The value is nested deeper than {DEEPEST} levels")));
    }
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
            View::Array(items) => blocks(items, out, |item, out| anything(*item, depth + 1, out))?,
            View::Map(entries) => blocks(entries, out, |entry, out| {
                anything(entry.key, depth + 1, out)?;
                anything(entry.value, depth + 1, out)
            })?,
            _ => long(value.as_i64().unwrap_or_default(), out),
        }
    }
    Ok(())
}
