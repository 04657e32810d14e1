//! One value of Connect's data model in 16 bytes, borrowed from an arena, a batch or a schema.

use std::marker::PhantomData;

use abi_stable::StableAbi;

use super::Slice;

const NULL: u8 = 0;
const BOOL: u8 = 1;
const INT8: u8 = 2;
const INT16: u8 = 3;
const INT32: u8 = 4;
const INT64: u8 = 5;
const FLOAT32: u8 = 6;
const FLOAT64: u8 = 7;
const STRING: u8 = 8;
const BYTES: u8 = 9;
const ARRAY: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const DECIMAL: u8 = 13;
const INSTANT: u8 = 14;

/// A value: a scalar in place, or a pointer to what it is made of. `Copy`, 16 bytes.
///
/// Look at it through [`ValueRef::view`]. The schema travels beside it, never inside.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct ValueRef<'a> {
    tag: u8,
    pad: [u8; 3],
    len: u32,
    payload: u64,
    lifetime: PhantomData<&'a u8>,
}

/// An arbitrary-precision decimal, `java.math.BigDecimal`: `unscaled * 10^-scale`.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Decimal<'a> {
    unscaled: Slice<'a, u8>,
    scale: i32,
}

impl<'a> Decimal<'a> {
    /// A decimal of the big-endian two's complement integer `unscaled`.
    pub const fn new(unscaled: &'a [u8], scale: i32) -> Self {
        Self { unscaled: Slice::new(unscaled), scale }
    }
    /// The unscaled integer, big-endian two's complement.
    pub const fn unscaled(&self) -> &'a [u8] {
        self.unscaled.get()
    }
    /// Digits after the decimal point; may be negative.
    pub const fn scale(&self) -> i32 {
        self.scale
    }
}

/// One entry of a map.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Entry<'a> {
    /// The key.
    pub key: ValueRef<'a>,
    /// The value.
    pub value: ValueRef<'a>,
}

/// What a [`ValueRef`] holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View<'a> {
    /// Java's `null`.
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
    Str(&'a str),
    /// BYTES
    Bytes(&'a [u8]),
    /// ARRAY
    Array(&'a [ValueRef<'a>]),
    /// MAP, in iteration order
    Map(&'a [Entry<'a>]),
    /// STRUCT: one value per field of its schema, in the schema's order
    Struct(&'a [ValueRef<'a>]),
    /// The logical type Decimal (`java.math.BigDecimal`)
    Decimal(&'a Decimal<'a>),
    /// The logical types Date, Time and Timestamp (`java.util.Date`): milliseconds since the epoch
    Instant(i64),
}

impl<'a> ValueRef<'a> {
    /// Java's `null`.
    pub const NULL: Self = Self::scalar(NULL, 0);

    const fn scalar(tag: u8, payload: u64) -> Self {
        Self { tag, pad: [0; 3], len: 0, payload, lifetime: PhantomData }
    }

    fn pointer<T>(tag: u8, items: &'a [T]) -> Self {
        let len = u32::try_from(items.len()).expect("a value holds at most 4 GiB or 2^32 elements");
        Self { tag, pad: [0; 3], len, payload: items.as_ptr() as u64, lifetime: PhantomData }
    }

    /// A BOOLEAN.
    pub const fn bool(value: bool) -> Self {
        Self::scalar(BOOL, value as u64)
    }
    /// An INT8.
    pub const fn int8(value: i8) -> Self {
        Self::scalar(INT8, value as i64 as u64)
    }
    /// An INT16.
    pub const fn int16(value: i16) -> Self {
        Self::scalar(INT16, value as i64 as u64)
    }
    /// An INT32.
    pub const fn int32(value: i32) -> Self {
        Self::scalar(INT32, value as i64 as u64)
    }
    /// An INT64.
    pub const fn int64(value: i64) -> Self {
        Self::scalar(INT64, value as u64)
    }
    /// A FLOAT32.
    pub const fn float32(value: f32) -> Self {
        Self::scalar(FLOAT32, value.to_bits() as u64)
    }
    /// A FLOAT64.
    pub const fn float64(value: f64) -> Self {
        Self::scalar(FLOAT64, value.to_bits())
    }
    /// A Date, Time or Timestamp: milliseconds since the epoch.
    pub const fn instant(millis: i64) -> Self {
        Self::scalar(INSTANT, millis as u64)
    }
    /// A STRING of at most 4 GiB.
    pub fn str(text: &'a str) -> Self {
        Self::pointer(STRING, text.as_bytes())
    }
    /// BYTES of at most 4 GiB.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self::pointer(BYTES, bytes)
    }
    /// An ARRAY.
    pub fn array(items: &'a [ValueRef<'a>]) -> Self {
        Self::pointer(ARRAY, items)
    }
    /// A MAP.
    pub fn map(entries: &'a [Entry<'a>]) -> Self {
        Self::pointer(MAP, entries)
    }
    /// A STRUCT: one value per field of its schema.
    pub fn structure(fields: &'a [ValueRef<'a>]) -> Self {
        Self::pointer(STRUCT, fields)
    }
    /// A Decimal.
    pub fn decimal(decimal: &'a Decimal<'a>) -> Self {
        Self::pointer(DECIMAL, std::slice::from_ref(decimal))
    }

    /// What it is.
    #[inline]
    pub fn view(self) -> View<'a> {
        match self.tag {
            NULL => View::Null,
            BOOL => View::Bool(self.payload != 0),
            INT8 => View::Int8(self.payload as i8),
            INT16 => View::Int16(self.payload as i16),
            INT32 => View::Int32(self.payload as i32),
            INT64 => View::Int64(self.payload as i64),
            FLOAT32 => View::Float32(f32::from_bits(self.payload as u32)),
            FLOAT64 => View::Float64(f64::from_bits(self.payload)),
            // SAFETY: `str` is the only maker of this tag and takes valid UTF-8.
            STRING => View::Str(unsafe { std::str::from_utf8_unchecked(self.items()) }),
            // SAFETY: in each arm below the one constructor of the tag stored a slice of that type.
            BYTES => View::Bytes(unsafe { self.items() }),
            ARRAY => View::Array(unsafe { self.items() }),
            MAP => View::Map(unsafe { self.items() }),
            STRUCT => View::Struct(unsafe { self.items() }),
            DECIMAL => View::Decimal(unsafe { &self.items::<Decimal<'a>>()[0] }),
            INSTANT => View::Instant(self.payload as i64),
            tag => unreachable!("value tag {tag} is not of this ABI version"),
        }
    }

    /// # Safety
    /// The tag's constructor stored a slice of `T`.
    unsafe fn items<T>(self) -> &'a [T] {
        // SAFETY: by the caller; lifetime 'a is the one the slice was given with.
        unsafe { std::slice::from_raw_parts(self.payload as *const T, self.len as usize) }
    }

    #[cfg(test)]
    pub(super) fn tag(self) -> u8 {
        self.tag
    }

    /// Whether it is Java's `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.tag == NULL
    }

    /// The text, if it is a STRING.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self.view() {
            View::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether both are the very same memory: a quick test that two records share, say, their
    /// source partition. `false` says nothing.
    #[inline]
    pub fn same(self, other: ValueRef<'_>) -> bool {
        self.tag == other.tag && self.len == other.len && self.payload == other.payload
    }

    /// A number of whatever integer width, widened.
    pub fn as_i64(self) -> Option<i64> {
        match self.view() {
            View::Int8(v) => Some(v.into()),
            View::Int16(v) => Some(v.into()),
            View::Int32(v) => Some(v.into()),
            View::Int64(v) => Some(v),
            _ => None,
        }
    }

    /// Looks `key` up in a MAP with string keys.
    pub fn get(self, key: &str) -> Option<ValueRef<'a>> {
        match self.view() {
            View::Map(entries) => entries.iter().rev().find(|e| e.key.as_str() == Some(key)).map(|e| e.value),
            _ => None,
        }
    }
}

impl std::fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}
impl std::fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {:?}", self.key, self.value)
    }
}
impl std::fmt::Debug for Decimal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decimal({:?}, {})", self.unscaled(), self.scale)
    }
}

/// Deep equality of values; floats by their bits, so that NaN equals itself.
impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.view(), other.view()) {
            (View::Float32(a), View::Float32(b)) => a.to_bits() == b.to_bits(),
            (View::Float64(a), View::Float64(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        }
    }
}
impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}
impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.scale == other.scale && self.unscaled() == other.unscaled()
    }
}
