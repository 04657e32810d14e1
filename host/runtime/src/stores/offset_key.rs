//! The bytes of an offset key, and when two of them mean the same.

use serde_json::{Map, Value};

/// The key of a source partition: `["connector",{partition}]`.
pub fn offset_key(connector: &str, partition: &Map<String, Value>) -> Vec<u8> {
    let mut out = b"[".to_vec();
    text(&mut out, connector);
    out.push(b',');
    object(&mut out, partition);
    out.push(b']');
    out
}

/// A source offset: `{offset}`.
pub fn offset_value(offset: &Map<String, Value>) -> Vec<u8> {
    let mut out = Vec::new();
    object(&mut out, offset);
    out
}

/// The fields are written in the order in which a Java `HashMap` gives them out, as the JVM worker
/// compares keys as bytes.
fn object(out: &mut Vec<u8>, fields: &Map<String, Value>) {
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    ferry_config::java_order::sort_by_key(&mut fields, |(name, _)| name);
    out.push(b'{');
    for (i, (name, value)) in fields.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        text(out, name);
        out.push(b':');
        match value {
            Value::String(value) => text(out, value),
            other => out.extend(other.to_string().into_bytes()),
        }
    }
    out.push(b'}');
}

/// A JSON string as Jackson writes it: no more escapes than needed, hexadecimal digits in upper case.
fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x08 => out.extend(b"\\b"),
            0x0c => out.extend(b"\\f"),
            0..0x20 => out.extend(format!("\\u{byte:04X}").into_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// What a key means: equal for keys that differ in the order of fields only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Meaning(Vec<u8>);

impl Meaning {
    /// Of the bytes of a key; those that are no JSON mean themselves.
    pub(super) fn of(key: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(key) {
            Ok(mut value) => {
                value.sort_all_objects();
                Self(value.to_string().into_bytes())
            }
            Err(_) => Self(key.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(connector: &str, partition: &str) -> String {
        let partition: Map<String, Value> = serde_json::from_str(partition).unwrap();
        String::from_utf8(offset_key(connector, &partition)).unwrap()
    }

    #[test]
    fn writes_keys_as_the_jvm_worker() {
        let found = [
            key("src", r#"{"filename":"/data/in.txt"}"#),
            key("mm", r#"{"cluster":"a","topic":"t","partition":3}"#),
            key("a\"b", r#"{"f":"ü\u0001\u001f\n\/\\","n":null,"b":true}"#),
            key("none", "{}"),
        ];
        let expected = [
            r#"["src",{"filename":"/data/in.txt"}]"#,
            r#"["mm",{"cluster":"a","partition":3,"topic":"t"}]"#,
            r#"["a\"b",{"b":true,"f":"ü\u0001\u001F\n/\\","n":null}]"#,
            r#"["none",{}]"#,
        ];
        assert_eq!(found, expected);
        let offset: Map<String, Value> =
            serde_json::from_str(r#"{"topic":"t","partition":3,"cluster":"a"}"#).unwrap();
        assert_eq!(offset_value(&offset), br#"{"cluster":"a","partition":3,"topic":"t"}"#);
    }

    #[test]
    fn order_of_fields_means_nothing() {
        let of = |key: &str| Meaning::of(key.as_bytes());
        assert_eq!(of(r#"["c",{"a":1,"b":2}]"#), of(r#"["c", {"b":2,"a":1}]"#));
        assert_ne!(of(r#"["c",{"a":1}]"#), of(r#"["d",{"a":1}]"#));
        assert_ne!(of("[1"), of("[2"));
    }
}
