//! Values: of a schema, or of none.

use ferry_plugin_abi::data::java::parse_decimal;
use ferry_plugin_abi::data::{DATE, DECIMAL, Schema, SchemaType, TIME, TIMESTAMP, Value};

use super::{Gen, schema, text};
use crate::data::Typed;

const DAY: i64 = 86_400_000;

/// A value of the schema, or null where it may be.
pub fn of(g: &mut Gen, schema: &Schema) -> Value {
    let nullable = schema.is_optional() || schema.default_value().is_some();
    if nullable && g.chance(25) { Value::Null } else { some(g, schema) }
}

/// A value inside of a list or a map: Java takes null for a default in structs only.
fn inside(g: &mut Gen, schema: &Schema) -> Value {
    if schema.is_optional() { of(g, schema) } else { some(g, schema) }
}

/// A value of the schema that is not null.
pub fn some(g: &mut Gen, schema: &Schema) -> Value {
    match schema.name() {
        Some(DECIMAL) => {
            let scale = schema.parameter("scale").and_then(|s| s.parse().ok()).unwrap_or(0);
            return decimal(g, scale);
        }
        Some(DATE) => return Value::Instant(day(g) * DAY),
        Some(TIME) => return Value::Instant(g.one(&[0, 1, 999, 3_600_000, 52_494_346, DAY - 1])),
        Some(TIMESTAMP) => return Value::Instant(instant(g)),
        _ => {}
    }
    match schema.kind() {
        SchemaType::Array => {
            let element = schema.value_schema().expect("arrays have an element schema");
            Value::Array((0..count(g)).map(|_| inside(g, element)).collect())
        }
        SchemaType::Map => {
            let keys = schema.key_schema().expect("maps have a key schema");
            let values = schema.value_schema().expect("maps have a value schema");
            entries(g, |g| inside(g, keys), |g| inside(g, values))
        }
        SchemaType::Struct => Value::Struct(schema.fields().iter().map(|f| of(g, f.schema())).collect()),
        kind => scalar(g, kind),
    }
}

fn scalar(g: &mut Gen, kind: SchemaType) -> Value {
    match kind {
        SchemaType::Int8 => Value::Int8(int(g) as i8),
        SchemaType::Int16 => Value::Int16(int(g) as i16),
        SchemaType::Int32 => Value::Int32(int(g) as i32),
        SchemaType::Int64 => Value::Int64(int(g)),
        SchemaType::Float32 => Value::Float32(float(g) as f32),
        SchemaType::Float64 => Value::Float64(float(g)),
        SchemaType::Boolean => Value::Bool(g.chance(50)),
        SchemaType::Bytes => Value::Bytes(bytes(g)),
        _ => Value::String(text::text(g)),
    }
}

fn count(g: &mut Gen) -> usize {
    g.one(&[0, 1, 1, 2, 2, 3, 5])
}

/// A map whose keys differ.
fn entries(g: &mut Gen, key: impl Fn(&mut Gen) -> Value, value: impl Fn(&mut Gen) -> Value) -> Value {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for _ in 0..g.one(&[0, 1, 2, 2, 3, 4, 14]) {
        let key = key(g);
        if !entries.iter().any(|(k, _)| *k == key) {
            entries.push((key, value(g)));
        }
    }
    Value::Map(entries)
}

/// An integer: an extreme, a small one, or one of any size.
pub fn int(g: &mut Gen) -> i64 {
    const EXTREMES: &[i64] = &[
        0,
        1,
        -1,
        7,
        42,
        100,
        127,
        128,
        -128,
        -129,
        255,
        256,
        32_767,
        32_768,
        -32_768,
        65_535,
        2_147_483_647,
        2_147_483_648,
        -2_147_483_648,
        i64::MAX,
        i64::MIN,
        1_566_570_896_346,
        10,
        1000,
    ];
    if g.chance(60) { g.one(EXTREMES) } else { (g.bits() as i64) >> g.below(64) }
}

/// A floating-point number.
pub fn float(g: &mut Gen) -> f64 {
    const EXTREMES: &[f64] = &[
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        0.5,
        100.0,
        1e7,
        9_999_999.0,
        1e10,
        1e-3,
        1e-5,
        1.25,
        3.75,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        3.402_823_466_385_288_6e38,
        1e39,
        16_777_217.0,
        1e21,
        9_007_199_254_740_993.0,
        300.7,
        128.0,
        -129.9,
        2_147_483_648.0,
        1e300,
        2.5,
        0.3,
    ];
    match g.below(10) {
        0..6 => g.one(EXTREMES),
        6..9 => (int(g) % 1_000_000) as f64 / g.one(&[1.0, 2.0, 4.0, 8.0, 1024.0]),
        _ => f64::from_bits(g.bits()),
    }
}

/// A decimal of that scale.
pub fn decimal(g: &mut Gen, scale: i32) -> Value {
    let digits = match g.below(4) {
        0 => g.pick(&["0", "1", "-1", "127", "128", "-128", "-129", "100", "1000000"]).to_owned(),
        1 => g
            .pick(&["123456789012345678901234567890", "-99999999999999999999", "18446744073709551616"])
            .to_owned(),
        _ => int(g).to_string(),
    };
    Value::Decimal { unscaled: parse_decimal(&digits).expect("digits").unscaled, scale }
}

/// A day after or before 1970-01-01.
pub fn day(g: &mut Gen) -> i64 {
    g.one(&[0, 1, -1, 365, 18_131, 20_000, -719_162, 59, 11_016, 2_932_896, -100_000, 47_482])
}

/// Milliseconds after or before 1970.
pub fn instant(g: &mut Gen) -> i64 {
    match g.below(3) {
        0 => day(g) * DAY,
        1 => day(g) * DAY + g.one(&[1, 999, 1000, 52_494_346, DAY - 1]),
        _ => g.one(&[
            0,
            -1,
            1,
            1_566_570_896_346,
            951_827_696_000,
            4_102_444_800_000,
            -62_135_596_800_000,
            253_402_300_799_999,
        ]),
    }
}

/// Bytes.
pub fn bytes(g: &mut Gen) -> Vec<u8> {
    match g.below(4) {
        0 => g
            .one(&[&b""[..], b"\0", b"\xFF", b"abc", b"\x01\x02\x03\x04", b"\xC3\xA9", b"\xF0\x9F\x98\x80"])
            .to_vec(),
        _ => (0..g.below(12)).map(|_| g.bits() as u8).collect(),
    }
}

/// A value as it is without a schema.
pub fn free(g: &mut Gen, depth: usize) -> Value {
    match g.below(100) {
        0..8 => Value::Null,
        8..62 => {
            let kind = g.one(&[
                SchemaType::Int8,
                SchemaType::Int16,
                SchemaType::Int32,
                SchemaType::Int64,
                SchemaType::Int64,
                SchemaType::Float32,
                SchemaType::Float64,
                SchemaType::Boolean,
                SchemaType::String,
                SchemaType::String,
                SchemaType::String,
                SchemaType::Bytes,
            ]);
            scalar(g, kind)
        }
        62..66 => {
            let scale = g.one(&[0, 2, -3, 7, 40]);
            decimal(g, scale)
        }
        66..70 => Value::Instant(instant(g)),
        _ if depth == 0 => Value::String(text::text(g)),
        70..80 => Value::Array((0..count(g)).map(|_| free(g, depth - 1)).collect()),
        80..97 => free_map(g, depth - 1),
        _ => entries(g, |g| Value::Int32(int(g) as i32), |g| free(g, depth - 1)),
    }
}

/// A map with names as its keys, mostly.
pub fn free_map(g: &mut Gen, depth: usize) -> Value {
    entries(g, |g| Value::String(text::name(g).to_owned()), |g| free(g, depth))
}

/// A schema and a value of it, or a value without one.
pub fn typed(g: &mut Gen) -> Typed {
    if g.chance(30) {
        return Typed::new(None, free(g, 3));
    }
    let schema = schema::any(g, 3);
    let value = of(g, &schema);
    Typed::new(Some(schema), value)
}

/// As [`typed`], but the value may be of another schema, or null where it may not.
pub fn mistyped(g: &mut Gen) -> Typed {
    let schema = schema::any(g, 2);
    let value = match g.below(10) {
        0..2 => Value::Null,
        2..7 => {
            let scalar = g.one(&[
                SchemaType::Int8,
                SchemaType::Int16,
                SchemaType::Int32,
                SchemaType::Int64,
                SchemaType::Float32,
                SchemaType::Float64,
                SchemaType::Boolean,
                SchemaType::String,
                SchemaType::Bytes,
            ]);
            self::scalar(g, scalar)
        }
        _ => free(g, 2),
    };
    Typed::new(Some(schema), value)
}
