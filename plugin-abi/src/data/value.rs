//! Owned values, for what is not on the way of a record: offsets, defaults, tests.

use crate::raw::{Arena, Entry, ValueRef, View};

/// An owned value tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Java's `null`
    Null,
    /// BOOLEAN
    Bool(bool),
    /// INT8
    Int8(i8),
    /// INT16
    Int16(i16),
    /// INT32
    Int32(i32),
    /// INT64
    Int64(i64),
    /// FLOAT32
    Float32(f32),
    /// FLOAT64
    Float64(f64),
    /// STRING
    String(String),
    /// BYTES
    Bytes(Vec<u8>),
    /// ARRAY
    Array(Vec<Value>),
    /// MAP, in iteration order
    Map(Vec<(Value, Value)>),
    /// STRUCT: one value per field of its schema
    Struct(Vec<Value>),
    /// Decimal
    Decimal {
        /// Big-endian two's complement.
        unscaled: Vec<u8>,
        /// Digits after the decimal point.
        scale: i32,
    },
    /// Date, Time or Timestamp: milliseconds since the epoch
    Instant(i64),
}

impl Value {
    /// Copies the tree into `arena`.
    pub fn put<'a>(&self, arena: &'a Arena) -> ValueRef<'a> {
        match self {
            Self::Null => ValueRef::NULL,
            Self::Bool(v) => ValueRef::bool(*v),
            Self::Int8(v) => ValueRef::int8(*v),
            Self::Int16(v) => ValueRef::int16(*v),
            Self::Int32(v) => ValueRef::int32(*v),
            Self::Int64(v) => ValueRef::int64(*v),
            Self::Float32(v) => ValueRef::float32(*v),
            Self::Float64(v) => ValueRef::float64(*v),
            Self::String(v) => ValueRef::str(arena.str(v)),
            Self::Bytes(v) => ValueRef::bytes(arena.bytes(v)),
            Self::Array(v) => {
                ValueRef::array(arena.values(&v.iter().map(|v| v.put(arena)).collect::<Vec<_>>()))
            }
            Self::Struct(v) => {
                ValueRef::structure(arena.values(&v.iter().map(|v| v.put(arena)).collect::<Vec<_>>()))
            }
            Self::Map(v) => {
                let entries: Vec<_> =
                    v.iter().map(|(k, v)| Entry { key: k.put(arena), value: v.put(arena) }).collect();
                ValueRef::map(arena.entries(&entries))
            }
            Self::Decimal { unscaled, scale } => ValueRef::decimal(arena.decimal(unscaled, *scale)),
            Self::Instant(v) => ValueRef::instant(*v),
        }
    }

    /// A map with string keys.
    pub fn map<K: Into<String>, V: Into<Value>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(entries.into_iter().map(|(k, v)| (Self::String(k.into()), v.into())).collect())
    }

    /// Looks `key` up in a MAP with string keys.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(entries) => {
                entries.iter().find(|(k, _)| matches!(k, Self::String(k) if k == key)).map(|(_, v)| v)
            }
            _ => None,
        }
    }

    /// A number of whatever integer width, widened.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int8(v) => Some((*v).into()),
            Self::Int16(v) => Some((*v).into()),
            Self::Int32(v) => Some((*v).into()),
            Self::Int64(v) => Some(*v),
            _ => None,
        }
    }

    /// The text of a STRING.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value.view() {
            View::Null => Self::Null,
            View::Bool(v) => Self::Bool(v),
            View::Int8(v) => Self::Int8(v),
            View::Int16(v) => Self::Int16(v),
            View::Int32(v) => Self::Int32(v),
            View::Int64(v) => Self::Int64(v),
            View::Float32(v) => Self::Float32(v),
            View::Float64(v) => Self::Float64(v),
            View::Str(v) => Self::String(v.to_owned()),
            View::Bytes(v) => Self::Bytes(v.to_vec()),
            View::Array(v) => Self::Array(v.iter().map(|v| (*v).into()).collect()),
            View::Struct(v) => Self::Struct(v.iter().map(|v| (*v).into()).collect()),
            View::Map(v) => Self::Map(v.iter().map(|e| (e.key.into(), e.value.into())).collect()),
            View::Decimal(v) => Self::Decimal { unscaled: v.unscaled().to_vec(), scale: v.scale() },
            View::Instant(v) => Self::Instant(v),
        }
    }
}

macro_rules! from {
    ($($t:ty => $v:ident)*) => { $(impl From<$t> for Value { fn from(v: $t) -> Self { Self::$v(v.into()) } })* };
}
from! { bool => Bool i8 => Int8 i16 => Int16 i32 => Int32 i64 => Int64 f32 => Float32 f64 => Float64 &str => String String => String Vec<u8> => Bytes }

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
