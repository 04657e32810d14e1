//! One value as a value of another type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferry_sdk::data::java::{self, BigDecimal, class_name};
use ferry_sdk::data::{Arena, DATE, Schema, SchemaType, TIME, TIMESTAMP, ValueRef, View};
use ferry_sdk::java::values::append_date;
use ferry_sdk::{Error, Result};

use crate::numbers::{parse_float, parse_integer};
use crate::part::class_cast;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// `value` as a `target`; null stays null. `text` is memory for texts.
pub fn cast<'a>(
    schema: Option<&Schema>,
    value: ValueRef<'a>,
    target: SchemaType,
    arena: &'a Arena,
    text: &mut Vec<u8>,
) -> Result<ValueRef<'a>> {
    if value.is_null() {
        return Ok(value);
    }
    let kind = match schema {
        Some(schema) => schema.kind(),
        None => kind_of(value)?,
    };
    if !kind.is_primitive() {
        return Err(Error::data(format!(
            "Cast transformation does not support casting from {}; supported types are [INT8, INT16, INT32, INT64, \
             FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]",
            kind.name()
        )));
    }
    if target == SchemaType::String {
        return Ok(to_text(value, arena, text));
    }
    let value = encoded(schema.and_then(Schema::name), value)?;
    Ok(match target {
        SchemaType::Int8 => ValueRef::int8(integer(value, i8::MIN.into(), i8::MAX.into())? as i8),
        SchemaType::Int16 => ValueRef::int16(integer(value, i16::MIN.into(), i16::MAX.into())? as i16),
        SchemaType::Int32 => ValueRef::int32(integer(value, i32::MIN.into(), i32::MAX.into())? as i32),
        SchemaType::Int64 => ValueRef::int64(long(value)?),
        SchemaType::Float32 => ValueRef::float32(float(value)?),
        SchemaType::Float64 => ValueRef::float64(double(value)?),
        SchemaType::Boolean => ValueRef::bool(match value.view() {
            View::Str(text) => text.eq_ignore_ascii_case("true"),
            _ => long(value)? != 0,
        }),
        // `CastSpec` lets no other type in.
        other => {
            return Err(Error::data(format!(
                "{} is not supported in the Cast transformation.",
                other.name()
            )));
        }
    })
}

/// The type that Java's class has without a schema (`ConnectSchema.schemaType`).
fn kind_of(value: ValueRef<'_>) -> Result<SchemaType> {
    Ok(match value.view() {
        View::Int8(_) => SchemaType::Int8,
        View::Int16(_) => SchemaType::Int16,
        View::Int32(_) => SchemaType::Int32,
        View::Int64(_) => SchemaType::Int64,
        View::Float32(_) => SchemaType::Float32,
        View::Float64(_) => SchemaType::Float64,
        View::Bool(_) => SchemaType::Boolean,
        View::Str(_) => SchemaType::String,
        View::Bytes(_) => SchemaType::Bytes,
        View::Array(_) => SchemaType::Array,
        View::Map(_) => SchemaType::Map,
        View::Struct(_) => SchemaType::Struct,
        View::Null | View::Decimal(_) | View::Instant(_) => {
            return Err(Error::data(format!(
                "Cast transformation was passed a value of type class {} which is not supported by Connect's data API",
                class_name(value)
            )));
        }
    })
}

fn to_text<'a>(value: ValueRef<'a>, arena: &'a Arena, text: &mut Vec<u8>) -> ValueRef<'a> {
    text.clear();
    match value.view() {
        View::Str(_) => return value,
        View::Bytes(bytes) => return ValueRef::str(arena.str(&STANDARD.encode(bytes))),
        View::Instant(millis) => append_date(text, millis),
        _ => java::append(text, None, value),
    }
    ValueRef::str(arena.str(&String::from_utf8_lossy(text)))
}

/// Dates and times as the numbers that are behind them (`Date.fromLogical` and its like).
fn encoded<'a>(name: Option<&str>, value: ValueRef<'a>) -> Result<ValueRef<'a>> {
    let millis = match (name, value.view()) {
        (Some(DATE | TIME | TIMESTAMP), View::Instant(millis)) => millis,
        (Some(DATE | TIME | TIMESTAMP), _) => return Err(class_cast(value, "java.util.Date")),
        _ => return Ok(value),
    };
    match name {
        Some(DATE) if millis % MILLIS_PER_DAY != 0 => Err(Error::data(
            "Kafka Connect Date type should not have any time fields set to non-zero values.",
        )),
        Some(DATE) => Ok(ValueRef::int32((millis / MILLIS_PER_DAY) as i32)),
        Some(TIME) if !(0..=MILLIS_PER_DAY).contains(&millis) => Err(Error::data(
            "Kafka Connect Time type should not have any date fields set to non-zero values.",
        )),
        Some(TIME) => Ok(ValueRef::int32(millis as i32)),
        _ => Ok(ValueRef::int64(millis)),
    }
}

fn unexpected(value: ValueRef<'_>) -> Error {
    Error::data(format!("Unexpected type in Cast transformation: class {}", class_name(value)))
}

fn no_number(text: &str, why: String) -> Error {
    Error::data(format!("Value ({text}) was out of range for requested data type"))
        .caused_by(Error::data(why).class("java.lang.NumberFormatException"))
}

fn big(decimal: &ferry_sdk::data::Decimal<'_>) -> BigDecimal {
    BigDecimal { unscaled: decimal.unscaled().to_vec(), scale: decimal.scale() }
}

/// For types of up to 32 bits: floating-point numbers become one of 32 bits first.
fn integer(value: ValueRef<'_>, min: i64, max: i64) -> Result<i64> {
    match value.view() {
        View::Float32(value) => Ok((value as i32).into()),
        View::Float64(value) => Ok((value as i32).into()),
        View::Str(text) => parse_integer(text, min, max).map_err(|why| no_number(text, why)),
        _ => long(value),
    }
}

fn long(value: ValueRef<'_>) -> Result<i64> {
    Ok(match value.view() {
        View::Int8(value) => value.into(),
        View::Int16(value) => value.into(),
        View::Int32(value) => value.into(),
        View::Int64(value) => value,
        View::Float32(value) => value as i64,
        View::Float64(value) => value as i64,
        View::Decimal(value) => big(value).to_i64_wrapping(),
        View::Bool(value) => value.into(),
        View::Str(text) => parse_integer(text, i64::MIN, i64::MAX).map_err(|why| no_number(text, why))?,
        _ => return Err(unexpected(value)),
    })
}

fn float(value: ValueRef<'_>) -> Result<f32> {
    Ok(match value.view() {
        View::Float32(value) => value,
        View::Float64(value) => value as f32,
        View::Decimal(value) => big(value).to_f32(),
        View::Str(text) => parse_float(text).map_err(|why| no_number(text, why))?,
        _ => long(value)? as f32,
    })
}

fn double(value: ValueRef<'_>) -> Result<f64> {
    Ok(match value.view() {
        View::Float32(value) => value.into(),
        View::Float64(value) => value,
        View::Decimal(value) => big(value).to_f64(),
        View::Str(text) => parse_float(text).map_err(|why| no_number(text, why))?,
        _ => long(value)? as f64,
    })
}
