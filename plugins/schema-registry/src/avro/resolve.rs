//! Between two Avro schemas: whether one reads what the other wrote, and what stands for missing fields.

use super::schema::{Avro, Field, Kind};
use super::{defaults, encode};

/// Why `reader` cannot read what `writer` writes (`SchemaCompatibility`); `None` if it can.
pub fn incompatibility(reader: &Avro, writer: &Avro) -> Option<String> {
    if let Kind::Union(members) = &writer.kind {
        return members.iter().find_map(|member| incompatibility(reader, member));
    }
    if let Kind::Union(members) = &reader.kind {
        return members
            .iter()
            .all(|member| incompatibility(member, writer).is_some())
            .then(|| format!("the union lacks the writer's type {}", writer.full_name()));
    }
    let differ = || Some(format!("{} cannot be read as {}", writer.full_name(), reader.full_name()));
    match (&writer.kind, &reader.kind) {
        (Kind::Array(writer), Kind::Array(reader)) | (Kind::Map(writer), Kind::Map(reader)) => {
            incompatibility(reader, writer)
        }
        (Kind::Record(_), Kind::Record(fields)) if same_name(writer, reader) => {
            fields.iter().find_map(|field| missing_or_other(writer, field))
        }
        (Kind::Enum { symbols, .. }, Kind::Enum { symbols: known, default }) if same_name(writer, reader) => {
            let unknown = symbols.iter().find(|s| !known.contains(s)).filter(|_| default.is_none());
            unknown.map(|symbol| format!("the enum {} lacks {symbol}", reader.full_name()))
        }
        (Kind::Fixed(a), Kind::Fixed(b)) if a == b && same_name(writer, reader) => None,
        (Kind::Recursive, Kind::Recursive) => None,
        _ if promotes(writer, reader) => None,
        _ => differ(),
    }
}

fn missing_or_other(writer: &Avro, field: &Field) -> Option<String> {
    match writer.field(&field.name) {
        Some(written) => incompatibility(&field.schema, &written.schema),
        None if field.default.is_some() => None,
        None => Some(format!("the field {} has no default and is not written", field.name)),
    }
}

fn same_name(writer: &Avro, reader: &Avro) -> bool {
    writer.simple_name() == reader.simple_name()
}

/// Whether values of the scalar `writer` are read as `reader`.
fn promotes(writer: &Avro, reader: &Avro) -> bool {
    match writer.kind {
        Kind::Int => matches!(reader.kind, Kind::Int | Kind::Long | Kind::Float | Kind::Double),
        Kind::Long => matches!(reader.kind, Kind::Long | Kind::Float | Kind::Double),
        Kind::Float => matches!(reader.kind, Kind::Float | Kind::Double),
        Kind::String | Kind::Bytes => matches!(reader.kind, Kind::String | Kind::Bytes),
        Kind::Null | Kind::Boolean | Kind::Double => writer.kind == reader.kind,
        _ => false,
    }
}

/// The member of a union that reads `writer`: the same type, or one it is widened to.
pub fn member(writer: &Avro, members: &[Avro]) -> Option<usize> {
    let same = |member: &&Avro| {
        std::mem::discriminant(&member.kind) == std::mem::discriminant(&writer.kind)
            && (writer.name.is_none() || writer.full_name() == member.full_name())
    };
    let at = |member: &Avro| members.iter().position(|other| std::ptr::eq(other, member));
    members
        .iter()
        .find(same)
        .or_else(|| members.iter().find(|member| incompatibility(member, writer).is_none()))
        .and_then(at)
}

/// The bytes of a field's default.
pub fn default_bytes(field: &Field) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write(&field.schema, field.default.as_ref()?, &mut out).then_some(out)
}

fn write(avro: &Avro, value: &serde_json::Value, out: &mut Vec<u8>) -> bool {
    if !defaults::is_valid(avro, value) {
        return false;
    }
    let bytes = |text: &str| text.chars().map(|c| u32::from(c) as u8).collect::<Vec<u8>>();
    match &avro.kind {
        Kind::Null => {}
        Kind::Boolean => out.push(value.as_bool().unwrap_or_default().into()),
        Kind::Int | Kind::Long => encode::long(value.as_i64().unwrap_or_default(), out),
        Kind::Float => out.extend_from_slice(&(value.as_f64().unwrap_or_default() as f32).to_le_bytes()),
        Kind::Double => out.extend_from_slice(&value.as_f64().unwrap_or_default().to_le_bytes()),
        Kind::String => encode::lengthy(value.as_str().unwrap_or_default().as_bytes(), out),
        Kind::Bytes => encode::lengthy(&bytes(value.as_str().unwrap_or_default()), out),
        Kind::Fixed(size) => {
            let bytes = bytes(value.as_str().unwrap_or_default());
            out.extend_from_slice(&bytes);
            return bytes.len() == *size;
        }
        Kind::Enum { symbols, .. } => match symbols.iter().position(|s| Some(s.as_str()) == value.as_str()) {
            Some(at) => encode::long(at as i64, out),
            None => return false,
        },
        Kind::Array(items) => {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            return block(list.len(), out, |out| list.iter().all(|item| write(items, item, out)));
        }
        Kind::Map(values) => {
            let Some(map) = value.as_object() else { return false };
            return block(map.len(), out, |out| {
                map.iter().all(|(key, value)| {
                    encode::lengthy(key.as_bytes(), out);
                    write(values, value, out)
                })
            });
        }
        Kind::Union(members) => {
            let Some(at) = members.iter().position(|member| defaults::is_valid(member, value)) else {
                return false;
            };
            encode::long(at as i64, out);
            return write(&members[at], value, out);
        }
        Kind::Record(fields) => {
            return fields.iter().all(|field| {
                let value = value.get(&field.name).or(field.default.as_ref());
                value.is_some_and(|value| write(&field.schema, value, out))
            });
        }
        Kind::Recursive => return false,
    }
    true
}

fn block(count: usize, out: &mut Vec<u8>, items: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
    if count > 0 {
        encode::long(count as i64, out);
        if !items(out) {
            return false;
        }
    }
    out.push(0);
    true
}
