//! JSON text as Jackson writes it.

use ferry_sdk::data::java;
use serde_json::Value as Json;

/// Appends `text` in quotes, escaped as Jackson escapes it.
pub fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            other => out.extend_from_slice(format!("\\u{other:04X}").as_bytes()),
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

/// Appends `value`; fractions as Java prints them.
pub fn json(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => java::append_f64(out, float),
            _ => out.extend_from_slice(number.to_string().as_bytes()),
        },
        Json::String(text) => quote(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                json(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            for (n, (name, value)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                quote(name, out);
                out.push(b':');
                json(value, out);
            }
            out.push(b'}');
        }
    }
}

/// The number that Java prints for `value` as JSON; `NaN` and the infinities are text, as Jackson has them.
pub fn float(value: f64) -> Json {
    serde_json::Number::from_f64(value).map_or_else(|| Json::String(format!("{value}")), Json::Number)
}
