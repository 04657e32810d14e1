//! What the converters read equals what Kafka's own read: each golden file was printed by Kafka
//! 4.3.1 on JDK 17, one message per line.

use ferry_converters::{JsonConverter, SimpleHeaderConverter};
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Schema, SchemaType, Scratch, ValueRef, View, java};

fn simple(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

fn schema(schema: Option<&Schema>) -> String {
    let Some(s) = schema else { return "-".into() };
    let mut out = s.kind().name().to_owned();
    match s.kind() {
        SchemaType::Array => out += &format!("<{}>", self::schema(s.value_schema())),
        SchemaType::Map => {
            out += &format!("<{},{}>", self::schema(s.key_schema()), self::schema(s.value_schema()))
        }
        SchemaType::Struct => {
            let fields: String = s
                .fields()
                .iter()
                .map(|f| format!("{} {};", f.name(), self::schema(Some(f.schema()))))
                .collect();
            out += &format!("({fields})");
        }
        _ => {}
    }
    if s.is_optional() {
        out += "?";
    }
    if let Some(name) = s.name() {
        out += &format!(":{}", name.replace("org.apache.kafka.connect.data.", ""));
    }
    if let Some(version) = s.version() {
        out += &format!("v{version}");
    }
    if let Some(doc) = s.doc() {
        out += &format!("#{doc}");
    }
    if s.parameters().len() > 0 {
        let all: Vec<_> = s.parameters().map(|(k, v)| format!("{k}={v}")).collect();
        out += &format!("{{{}}}", all.join(", "));
    }
    if let Some(default) = s.default_value() {
        out += &format!("={}", value(default));
    }
    out
}

fn value(v: ValueRef<'_>) -> String {
    let join = |items: &[ValueRef<'_>]| items.iter().map(|i| value(*i)).collect::<Vec<_>>().join(", ");
    match v.view() {
        View::Null => "null".into(),
        View::Array(items) => format!("[{}]", join(items)),
        View::Struct(items) => format!("({})", join(items)),
        View::Map(entries) => {
            let all: Vec<_> =
                entries.iter().map(|e| format!("{}={}", value(e.key), value(e.value))).collect();
            format!("{{{}}}", all.join(", "))
        }
        View::Bytes(bytes) => {
            format!("bytes:{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
        }
        View::Instant(millis) => format!("Date:{millis}"),
        _ => format!("{}:{}", simple(java::class_name(v)), java::to_string(None, v)),
    }
}

fn escaped(text: &str) -> String {
    text.encode_utf16()
        .map(|u| match u {
            32..127 => char::from(u as u8).to_string(),
            _ => format!("\\u{{{u:04x}}}"),
        })
        .collect()
}

fn shown(converter: &mut dyn Converter, message: &str) -> String {
    let scratch = Scratch::new();
    match converter.to_connect("t", Some(message.as_bytes()), scratch.arena()) {
        Ok((s, v)) => format!("{} | {}", schema(s), value(v)),
        Err(error) => {
            let cause = error.causes().first().map(|c| simple(&c.class));
            // What Jackson and the JDK call it when base64 or a missing parameter is the fault.
            let cause = match cause {
                Some("IOException") => Some("InvalidFormatException"),
                Some("DataException") if error.message() == "Invalid bytes for Decimal field" => {
                    Some("NullPointerException")
                }
                other => other,
            };
            let cause = cause.map(|c| format!(" <- {c}")).unwrap_or_default();
            format!("{}: {}{cause}", simple(error.java_class()), error.message())
        }
    }
}

/// Every line, each with a converter of its own and again with one that has seen all before.
fn check(golden: &str, make: impl Fn() -> Box<dyn Converter>) {
    let mut used = make();
    let mut count = 0;
    for line in golden.lines() {
        let (message, expected) = line.split_once(" \u{21d2} ").expect("message and result");
        let message = if message == "EMPTY" { "" } else { message };
        assert_eq!(escaped(&shown(&mut *make(), message)), expected, "{message}");
        for _ in 0..2 {
            assert_eq!(escaped(&shown(&mut *used, message)), expected, "again: {message}");
        }
        count += 1;
    }
    assert!(count > 5, "the golden file has only {count} lines");
}

fn json(settings: &[(&str, &str)]) -> Box<dyn Converter> {
    let mut converter = JsonConverter::default();
    let config: ConfigMap = settings.iter().map(|(k, v)| (*k, *v)).collect();
    converter.configure(&config, Role::Value).unwrap();
    Box::new(converter)
}

#[test]
fn header_texts() {
    check(include_str!("golden/header.txt"), || Box::new(SimpleHeaderConverter));
}

#[test]
fn bare_json() {
    check(include_str!("golden/json-bare.txt"), || json(&[("schemas.enable", "false")]));
}

#[test]
fn enveloped_json() {
    check(include_str!("golden/json-envelope.txt"), || json(&[]));
    check(include_str!("golden/json-envelope-null.txt"), || json(&[("replace.null.with.default", "false")]));
    check(include_str!("golden/json-envelope.txt"), || json(&[("schemas.cache.size", "1")]));
}

#[test]
fn schema_by_configuration() {
    check(include_str!("golden/json-content-struct.txt"), || {
        json(&[("schema.content", r#"{"type":"struct","fields":[{"type":"int32","field":"a"}]}"#)])
    });
    check(include_str!("golden/json-content-string.txt"), || {
        json(&[("schema.content", r#"{"type":"string","optional":true}"#)])
    });
}

#[test]
fn no_bytes_are_null_without_a_schema() {
    let scratch = Scratch::new();
    for mut converter in [json(&[]), json(&[("schemas.enable", "false")]), Box::new(SimpleHeaderConverter)] {
        assert_eq!(converter.to_connect("t", None, scratch.arena()).unwrap(), (None, ValueRef::NULL));
    }
}

#[test]
fn strings_without_escapes_are_not_copied() {
    let scratch = Scratch::new();
    let message = br#"{"schema":{"type":"string","optional":false},"payload":"a text"}"#;
    let mut converter = json(&[]);
    for _ in 0..2 {
        let (_, value) = converter.to_connect("t", Some(message), scratch.arena()).unwrap();
        let text = std::str::from_utf8(&message[message.len() - 8..message.len() - 2]).unwrap();
        assert!(value.same(ValueRef::str(text)), "{value:?}");
    }
}

/// As deep as Jackson goes, on the stack that a thread has by default.
#[test]
fn nesting_is_bounded() {
    let message = format!("{}1{}", "[{\"a\":".repeat(500), "}]".repeat(500));
    let too_deep = format!("[{message}]");
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let scratch = Scratch::new();
        let mut converter = json(&[("schemas.enable", "false")]);
        let (_, value) = converter.to_connect("t", Some(message.as_bytes()), scratch.arena()).unwrap();
        let mut again = Vec::new();
        converter.from_connect("t", None, value, &mut again).unwrap();
        assert_eq!(String::from_utf8(again).unwrap(), message);
        assert_eq!(java::to_string(None, value), message.replace("\"a\":", "a="));
        let error = converter.to_connect("t", Some(too_deep.as_bytes()), scratch.arena()).unwrap_err();
        assert_eq!(
            error.message(),
            "Converting byte[] to Kafka Connect data failed due to serialization error: "
        );
        let deep_header = "[".repeat(100_000);
        let (_, value) =
            SimpleHeaderConverter.to_connect("t", Some(deep_header.as_bytes()), scratch.arena()).unwrap();
        assert_eq!(value.as_str(), Some(&*deep_header));
    });
    worker.unwrap().join().unwrap();
}
