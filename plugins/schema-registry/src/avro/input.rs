//! Avro's bytes, read with care: whatever they are, the answer is a value or an error.

use ferry_sdk::{Error, Result};

use super::schema::{Avro, Kind};

/// What is left of the bytes.
pub struct Input<'a> {
    bytes: &'a [u8],
    /// Elements that may still follow without any bytes of their own.
    free: u64,
}

/// More elements without bytes of their own than this are refused.
const MOST_FREE: u64 = 1 << 20;
const DEEPEST: usize = 200;

impl<'a> Input<'a> {
    /// All of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, free: MOST_FREE }
    }

    /// `AvroTypeException`
    pub fn bad(message: impl Into<String>) -> Error {
        Error::data(message).class("org.apache.avro.AvroTypeException")
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        match self.bytes.split_at_checked(count) {
            Some((taken, rest)) => {
                self.bytes = rest;
                Ok(taken)
            }
            None => Err(Error::data(format!(
                "{count} bytes are missing: only {} are left in the message",
                self.bytes.len()
            ))
            .class("java.io.EOFException")),
        }
    }

    /// A boolean.
    pub fn boolean(&mut self) -> Result<bool> {
        Ok(self.take(1)?[0] == 1)
    }

    /// A zig-zag number of at most ten bytes.
    pub fn long(&mut self) -> Result<i64> {
        let mut value: u64 = 0;
        for (at, byte) in self.bytes.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.bytes = &self.bytes[at + 1..];
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(if self.bytes.len() < 10 {
            Error::data("The message ends inside of a number").class("java.io.EOFException")
        } else {
            Error::data("Invalid long encoding").class("org.apache.avro.InvalidNumberEncodingException")
        })
    }

    /// A zig-zag number of 32 bits.
    pub fn int(&mut self) -> Result<i32> {
        let value = self.long()?;
        i32::try_from(value).map_err(|_| {
            Error::data("Invalid int encoding").class("org.apache.avro.InvalidNumberEncodingException")
        })
    }

    /// A float.
    pub fn float(&mut self) -> Result<f32> {
        Ok(f32::from_le_bytes(self.take(4)?.try_into().unwrap_or_default()))
    }

    /// A double.
    pub fn double(&mut self) -> Result<f64> {
        Ok(f64::from_le_bytes(self.take(8)?.try_into().unwrap_or_default()))
    }

    /// Bytes with their length in front.
    pub fn lengthy(&mut self) -> Result<&'a [u8]> {
        let length = self.long()?;
        let length = usize::try_from(length).map_err(|_| {
            Error::data(format!("Malformed data. Length is negative: {length}"))
                .class("org.apache.avro.AvroRuntimeException")
        })?;
        self.take(length)
    }

    /// How many elements the next block has; `None` at the end.
    pub fn block(&mut self) -> Result<Option<u64>> {
        let mut count = self.long()?;
        if count < 0 {
            // The length of the block in bytes: only of use to those who skip it.
            self.long()?;
            count = count.checked_neg().ok_or_else(|| Self::bad("Malformed data. Length is negative"))?;
        }
        let count = count as u64;
        if count > self.bytes.len() as u64 {
            let free = self.free.checked_sub(count);
            self.free = free.ok_or_else(|| {
                Self::bad(format!("Malformed data. {count} elements in {} bytes", self.bytes.len()))
            })?;
        }
        Ok((count > 0).then_some(count))
    }

    /// Reads over a value of `avro`.
    pub fn skip(&mut self, avro: &Avro, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(Self::bad(format!("The value is nested deeper than {DEEPEST} levels")));
        }
        match &avro.kind {
            Kind::Null => Ok(()),
            Kind::Boolean => self.take(1).map(drop),
            Kind::Int | Kind::Long | Kind::Enum { .. } => self.long().map(drop),
            Kind::Float => self.take(4).map(drop),
            Kind::Double => self.take(8).map(drop),
            Kind::Bytes | Kind::String => self.lengthy().map(drop),
            Kind::Fixed(size) => self.take(*size).map(drop),
            Kind::Record(fields) => fields.iter().try_for_each(|field| self.skip(&field.schema, depth + 1)),
            Kind::Array(items) => {
                while let Some(count) = self.block()? {
                    (0..count).try_for_each(|_| self.skip(items, depth + 1))?;
                }
                Ok(())
            }
            Kind::Map(values) => {
                while let Some(count) = self.block()? {
                    for _ in 0..count {
                        self.lengthy()?;
                        self.skip(values, depth + 1)?;
                    }
                }
                Ok(())
            }
            Kind::Union(members) => {
                let at = self.long()?;
                let member = usize::try_from(at).ok().and_then(|at| members.get(at));
                self.skip(member.ok_or_else(|| Self::bad(format!("Union has no member {at}")))?, depth + 1)
            }
            Kind::Recursive => Err(Self::bad(format!("{} contains itself", avro.full_name()))),
        }
    }
}
