//! The number converters: big-endian integers and IEEE 754 numbers, never widened.

use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Schema, ValueRef, View, java};
use ferry_sdk::{Error, ErrorKind, Result};

use crate::class;

/// Which Java number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// `java.lang.Short`
    Short,
    /// `java.lang.Integer`
    Integer,
    /// `java.lang.Long`
    Long,
    /// `java.lang.Float`
    Float,
    /// `java.lang.Double`
    Double,
}

/// `org.apache.kafka.connect.converters.{Short,Integer,Long,Float,Double}Converter`
#[derive(Debug)]
pub struct NumberConverter(Number);

impl NumberConverter {
    /// A converter of `number`.
    pub fn new(number: Number) -> Self {
        Self(number)
    }

    fn type_name(&self) -> &'static str {
        match self.0 {
            Number::Short => "short",
            Number::Integer => "integer",
            Number::Long => "long",
            Number::Float => "float",
            Number::Double => "double",
        }
    }

    /// Java's error for a value that is no such number, or none at all.
    fn cast(&self, value: ValueRef<'_>) -> Error {
        let wanted = match (self.0, value.view()) {
            (
                number,
                View::Int8(_)
                | View::Int16(_)
                | View::Int32(_)
                | View::Int64(_)
                | View::Float32(_)
                | View::Float64(_)
                | View::Decimal(_),
            ) => format!("java.lang.{number:?}"),
            _ => "java.lang.Number".to_owned(),
        };
        let was = java::class_name(value);
        let base = "in module java.base of loader 'bootstrap'";
        let place = match value.view() {
            View::Struct(_) => format!("{was} is in unnamed module of loader 'app'; {wanted} is {base}"),
            _ => format!("{was} and {wanted} are {base}"),
        };
        Error::data(format!("class {was} cannot be cast to class {wanted} ({place})"))
            .class("java.lang.ClassCastException")
    }

    fn schema(&self) -> &'static Schema {
        match self.0 {
            Number::Short => Schema::optional_int16(),
            Number::Integer => Schema::optional_int32(),
            Number::Long => Schema::optional_int64(),
            Number::Float => Schema::optional_float32(),
            Number::Double => Schema::optional_float64(),
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<ValueRef<'static>> {
        let value = match self.0 {
            Number::Short => bytes.try_into().ok().map(|b| ValueRef::int16(i16::from_be_bytes(b))),
            Number::Integer => bytes.try_into().ok().map(|b| ValueRef::int32(i32::from_be_bytes(b))),
            Number::Long => bytes.try_into().ok().map(|b| ValueRef::int64(i64::from_be_bytes(b))),
            Number::Float => bytes.try_into().ok().map(|b| ValueRef::float32(f32::from_be_bytes(b))),
            Number::Double => bytes.try_into().ok().map(|b| ValueRef::float64(f64::from_be_bytes(b))),
        };
        value.ok_or_else(|| {
            // The float deserializers name themselves so.
            let (who, size) = match self.0 {
                Number::Short => ("ShortDeserializer", 2),
                Number::Integer => ("IntegerDeserializer", 4),
                Number::Long => ("LongDeserializer", 8),
                Number::Float => ("Deserializer", 4),
                Number::Double => ("Deserializer", 8),
            };
            Error::data(format!("Size of data received by {who} is not {size}"))
                .class("org.apache.kafka.common.errors.SerializationException")
                .context(ErrorKind::Data, format!("Failed to deserialize {}: ", self.type_name()))
        })
    }
}

impl Converter for NumberConverter {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        class::parse(&class::type_only(), config, role).map(|_| ())
    }

    fn from_connect(
        &mut self,
        _: &str,
        _: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        match (self.0, value.view()) {
            (_, View::Null) => return Ok(false),
            (Number::Short, View::Int16(v)) => out.extend_from_slice(&v.to_be_bytes()),
            (Number::Integer, View::Int32(v)) => out.extend_from_slice(&v.to_be_bytes()),
            (Number::Long, View::Int64(v)) => out.extend_from_slice(&v.to_be_bytes()),
            (Number::Float, View::Float32(v)) => out.extend_from_slice(&v.to_be_bytes()),
            (Number::Double, View::Float64(v)) => out.extend_from_slice(&v.to_be_bytes()),
            _ => {
                let (kind, was) = (self.type_name(), java::class_name(value));
                return Err(self
                    .cast(value)
                    .context(ErrorKind::Data, format!("Failed to serialize to {kind} (was class {was}): ")));
            }
        }
        Ok(true)
    }

    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        _: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let value = bytes.map_or(Ok(ValueRef::NULL), |b| self.read(b))?;
        Ok((Some(self.schema()), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::Scratch;

    #[test]
    fn both_ways() {
        let scratch = Scratch::new();
        let cases: [(Number, ValueRef<'_>, &[u8]); 5] = [
            (Number::Short, ValueRef::int16(-2), b"\xFF\xFE"),
            (Number::Integer, ValueRef::int32(258), b"\0\0\x01\x02"),
            (Number::Long, ValueRef::int64(i64::MIN), b"\x80\0\0\0\0\0\0\0"),
            (Number::Float, ValueRef::float32(1.5), b"\x3F\xC0\0\0"),
            (Number::Double, ValueRef::float64(f64::NAN), b"\x7F\xF8\0\0\0\0\0\0"),
        ];
        for (number, value, bytes) in cases {
            let mut converter = NumberConverter::new(number);
            let mut out = Vec::new();
            assert!(converter.from_connect("t", None, value, &mut out).unwrap());
            assert_eq!(out, bytes);
            let read = converter.to_connect("t", Some(bytes), scratch.arena()).unwrap();
            assert_eq!(read, (Some(converter.schema()), value));
            assert_eq!(converter.to_connect("t", None, scratch.arena()).unwrap().1, ValueRef::NULL);
            assert!(!converter.from_connect("t", None, ValueRef::NULL, &mut out).unwrap());
        }
    }

    #[test]
    fn errors_in_connects_words() {
        let scratch = Scratch::new();
        let mut integer = NumberConverter::new(Number::Integer);
        let error = integer
            .from_connect("t", Some(Schema::int32()), ValueRef::int16(1), &mut Vec::new())
            .unwrap_err();
        assert_eq!(error.message(), "Failed to serialize to integer (was class java.lang.Short): ");
        assert_eq!(
            integer.to_connect("t", Some(b"abc"), scratch.arena()).unwrap_err().trace(),
            "org.apache.kafka.connect.errors.DataException: Failed to deserialize integer: \n\
             Caused by: org.apache.kafka.common.errors.SerializationException: Size of data received by IntegerDeserializer is not 4\n"
        );
    }
}
