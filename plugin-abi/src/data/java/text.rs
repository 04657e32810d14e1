//! `String.valueOf` for every value.

use super::{append_decimal, append_f32, append_f64};
use crate::raw::{Schema, SchemaType, ValueRef, View};

/// Appends what Java's `String.valueOf` prints for `value`; `schema` names the fields of structs.
///
/// Where Java prints an identity (`[B@1b2c3d`), the number is made from the bytes.
pub fn append(out: &mut Vec<u8>, schema: Option<&Schema>, value: ValueRef<'_>) {
    match value.view() {
        View::Null => out.extend_from_slice(b"null"),
        View::Bool(true) => out.extend_from_slice(b"true"),
        View::Bool(false) => out.extend_from_slice(b"false"),
        View::Int8(v) => append_i64(out, v.into()),
        View::Int16(v) => append_i64(out, v.into()),
        View::Int32(v) => append_i64(out, v.into()),
        View::Int64(v) => append_i64(out, v),
        View::Float32(v) => append_f32(out, v),
        View::Float64(v) => append_f64(out, v),
        View::Str(v) => out.extend_from_slice(v.as_bytes()),
        View::Bytes(v) => {
            let hash = v.iter().fold(0x811c_9dc5u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193));
            out.extend_from_slice(format!("[B@{:x}", hash & 0x7fff_ffff).as_bytes());
        }
        View::Array(items) => {
            let element = schema.and_then(Schema::value_schema);
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.extend_from_slice(b", ");
                }
                append(out, element, *item);
            }
            out.push(b']');
        }
        View::Map(entries) => {
            let (keys, values) = match schema {
                Some(schema) if schema.kind() == SchemaType::Map => {
                    (schema.key_schema(), schema.value_schema())
                }
                _ => (None, None),
            };
            out.push(b'{');
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.extend_from_slice(b", ");
                }
                append(out, keys, entry.key);
                out.push(b'=');
                append(out, values, entry.value);
            }
            out.push(b'}');
        }
        View::Struct(values) => {
            out.extend_from_slice(b"Struct{");
            let fields = schema.map_or(&[][..], Schema::fields);
            let mut first = true;
            for (field, value) in fields.iter().zip(values).filter(|(_, v)| !v.is_null()) {
                if !std::mem::take(&mut first) {
                    out.push(b',');
                }
                out.extend_from_slice(field.name().as_bytes());
                out.push(b'=');
                append(out, Some(field.schema()), *value);
            }
            out.push(b'}');
        }
        View::Decimal(v) => append_decimal(out, v.unscaled(), v.scale()),
        View::Instant(millis) => super::date::append(out, millis),
    }
}

/// [`append`] to a string of its own.
pub fn to_string(schema: Option<&Schema>, value: ValueRef<'_>) -> String {
    let mut out = Vec::new();
    append(&mut out, schema, value);
    String::from_utf8(out).expect("texts and digits are UTF-8")
}

/// Appends the decimal digits of `value`.
pub fn append_i64(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

/// The name of the Java class that holds such a value: `java.lang.Long`, `[B`; `null` has none.
pub fn class_name(value: ValueRef<'_>) -> &'static str {
    match value.view() {
        View::Null => "null",
        View::Bool(_) => "java.lang.Boolean",
        View::Int8(_) => "java.lang.Byte",
        View::Int16(_) => "java.lang.Short",
        View::Int32(_) => "java.lang.Integer",
        View::Int64(_) => "java.lang.Long",
        View::Float32(_) => "java.lang.Float",
        View::Float64(_) => "java.lang.Double",
        View::Str(_) => "java.lang.String",
        View::Bytes(_) => "[B",
        View::Array(_) => "java.util.ArrayList",
        View::Map(_) => "java.util.HashMap",
        View::Struct(_) => "org.apache.kafka.connect.data.Struct",
        View::Decimal(_) => "java.math.BigDecimal",
        View::Instant(_) => "java.util.Date",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{SchemaBuilder, Scratch, Value};

    fn shown(schema: Option<&Schema>, value: Value) -> String {
        let scratch = Scratch::new();
        to_string(schema, value.put(scratch.arena()))
    }

    #[test]
    fn prints_what_java_prints() {
        let int = |v| Value::Int32(v);
        assert_eq!(shown(None, Value::Null), "null");
        assert_eq!(shown(None, Value::Int64(i64::MIN)), "-9223372036854775808");
        assert_eq!(shown(None, Value::Array(vec![int(1), "a".into(), Value::Null])), "[1, a, null]");
        assert_eq!(shown(None, Value::map([("a", int(1)), ("b", int(2))])), "{a=1, b=2}");
        assert_eq!(shown(None, Value::Decimal { unscaled: vec![123], scale: 2 }), "1.23");
        assert_eq!(shown(None, Value::Instant(0)), "Thu Jan 01 00:00:00 UTC 1970");
        let inner = SchemaBuilder::structure().field("x", Schema::optional_string()).build();
        let outer = SchemaBuilder::structure()
            .field("a", Schema::int32())
            .field("n", Schema::optional_string())
            .field("s", &inner)
            .field("l", &SchemaBuilder::array(inner.clone()).build())
            .build();
        let one = Value::Struct(vec!["y".into()]);
        let value = Value::Struct(vec![int(1), Value::Null, one.clone(), Value::Array(vec![one])]);
        assert_eq!(shown(Some(&outer), value), "Struct{a=1,s=Struct{x=y},l=[Struct{x=y}]}");
        assert!(shown(None, Value::Bytes(vec![1])).starts_with("[B@"));
    }
}
