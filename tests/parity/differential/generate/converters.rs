//! Cases of the converters.

use ferry_plugin_abi::data::{Schema, SchemaType, Value};
use serde_json::{Value as Json, json};

use super::header_text::header_text;
use super::json_text::{JsonText, damage, transcode};
use super::{Config, Gen, Subject, schema, text, value};
use crate::data::{Typed, bytes_to_json};

const BOTH: &[&str] = &["key", "value", "value", "header"];

/// The converters.
pub fn subjects() -> Vec<Subject> {
    macro_rules! number {
        ($name:literal, $make:expr) => {
            Subject {
                name: $name,
                class: concat!("org.apache.kafka.connect.converters.", $name),
                kinds: BOTH,
                make: $make,
            }
        };
    }
    vec![
        Subject {
            name: "JsonConverter",
            class: "org.apache.kafka.connect.json.JsonConverter",
            kinds: BOTH,
            make: json,
        },
        Subject {
            name: "StringConverter",
            class: "org.apache.kafka.connect.storage.StringConverter",
            kinds: BOTH,
            make: string,
        },
        Subject {
            name: "SimpleHeaderConverter",
            class: "org.apache.kafka.connect.storage.SimpleHeaderConverter",
            kinds: &["header"],
            make: simple_header,
        },
        number!("ShortConverter", |g| scalar(g, SchemaType::Int16)),
        number!("IntegerConverter", |g| scalar(g, SchemaType::Int32)),
        number!("LongConverter", |g| scalar(g, SchemaType::Int64)),
        number!("FloatConverter", |g| scalar(g, SchemaType::Float32)),
        number!("DoubleConverter", |g| scalar(g, SchemaType::Float64)),
        number!("BooleanConverter", |g| scalar(g, SchemaType::Boolean)),
        number!("ByteArrayConverter", |g| scalar(g, SchemaType::Bytes)),
    ]
}

fn read(bytes: Option<&[u8]>) -> Json {
    json!({"read": bytes.map(bytes_to_json)})
}

/// A converter of one scalar type.
fn scalar(g: &mut Gen, kind: SchemaType) -> (Config, Vec<Json>) {
    let steps = (0..1 + g.below(4)).map(|_| match g.below(10) {
        0..4 => {
            let schema = ferry_plugin_abi::data::SchemaBuilder::new(kind).set_optional(g.chance(50)).build();
            let value = value::of(g, &schema);
            json!({"round": Typed::new(g.chance(70).then_some(schema), value).to_json()})
        }
        4..6 => json!({"write": value::mistyped(g).to_json()}),
        6 => json!({"write": value::typed(g).to_json()}),
        7 => read(None),
        _ => {
            let count = g.one(&[0, 1, 1, 2, 2, 3, 4, 4, 5, 7, 8, 8, 9]);
            let bytes: Vec<u8> =
                (0..count).map(|_| if g.chance(30) { g.below(3) as u8 } else { g.bits() as u8 }).collect();
            read(Some(&bytes))
        }
    });
    (Vec::new(), steps.collect())
}

fn string(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(
        &mut config,
        40,
        "converter.encoding",
        &[
            "UTF-8",
            "utf8",
            "ISO-8859-1",
            "latin1",
            "US-ASCII",
            "UTF-16",
            "UTF-16BE",
            "UTF-16LE",
            "EBCDIC-X",
            "",
            "UTF 8",
        ],
    );
    let steps = (0..1 + g.below(4)).map(|_| match g.below(10) {
        0..2 => json!({"round": Typed::new(None, Value::String(text::text(g))).to_json()}),
        2..6 => json!({"round": value::typed(g).to_json()}),
        6 => json!({"write": value::mistyped(g).to_json()}),
        7 => read(None),
        8 => read(Some(text::text(g).as_bytes())),
        _ => read(Some(&value::bytes(g))),
    });
    (config, steps.collect())
}

fn simple_header(g: &mut Gen) -> (Config, Vec<Json>) {
    let steps = (0..1 + g.below(4)).map(|_| match g.below(10) {
        0..4 => read(Some(header_text(g).as_bytes())),
        4..8 => json!({"round": value::typed(g).to_json()}),
        8 => json!({"round": Typed::new(None, Value::String(header_text(g))).to_json()}),
        _ if g.chance(20) => read(None),
        _ => read(Some(&value::bytes(g))),
    });
    (Vec::new(), steps.collect())
}

fn json(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(&mut config, 60, "schemas.enable", &["true", "false", "false", "false", "False", "yes"]);
    g.option(&mut config, 12, "schemas.cache.size", &["1000", "1", "2", "0", "-1", "x", "99999999999", ""]);
    g.option(&mut config, 35, "decimal.format", &["BASE64", "NUMERIC", "numeric", "Numeric", "Bad", ""]);
    g.replace_null(&mut config);
    let enveloped = !config.iter().any(|(k, v)| k == "schemas.enable" && v.eq_ignore_ascii_case("false"));
    let content = g.chance(15).then(|| schema::any(g, 2));
    if let Some(schema) = &content {
        let noise = g.one(&[0, 0, 4]);
        config.push(("schema.content".to_owned(), JsonText { g, noise }.schema(schema, None)));
    }
    let mut last = Typed::new(None, Value::Null);
    let mut steps = Vec::new();
    for _ in 0..1 + g.below(3) {
        // The same schema again meets what is cached.
        let typed = match last.schema.take().filter(|_| g.chance(35)) {
            Some(schema) => Typed::new(Some(schema.clone()), value::of(g, &schema)),
            None => value::typed(g),
        };
        steps.push(match g.below(10) {
            0..3 => json!({"round": typed.to_json()}),
            3 => json!({"write": value::mistyped(g).to_json()}),
            4 if g.chance(15) => read(None),
            _ => read(Some(&message(g, &typed, enveloped, content.as_deref()))),
        });
        last = typed;
    }
    (config, steps)
}

fn message(g: &mut Gen, typed: &Typed, enveloped: bool, content: Option<&Schema>) -> Vec<u8> {
    let noise = g.one(&[0, 0, 3, 6, 10]);
    let value = content.filter(|_| g.chance(80)).map(|schema| value::of(g, schema));
    let mut text = JsonText { g, noise };
    let text = match (value, enveloped) {
        (Some(value), _) => text.payload(content, &value),
        (None, true) if text.g.chance(95) => text.envelope(typed.schema.as_deref(), &typed.value),
        _ => text.payload(typed.schema.as_deref(), &typed.value),
    };
    match g.below(100) {
        0..12 => damage(g, text),
        12..16 => transcode(g, &text),
        _ => text.into_bytes(),
    }
}
