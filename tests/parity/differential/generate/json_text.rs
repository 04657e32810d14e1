//! JSON as `JsonConverter` reads it: messages and their envelopes, well-formed or slightly wrong.

use base64::Engine as _;
use ferry_plugin_abi::data::java;
use ferry_plugin_abi::data::{Schema, SchemaType, Value};

use super::{Gen, text};

/// Writes JSON; with `noise`, a part is now and then replaced by another.
pub struct JsonText<'g> {
    pub g: &'g mut Gen,
    pub noise: u32,
}

const TOKENS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "01",
    "00",
    "-01",
    "12",
    "300",
    "-129",
    "1.5",
    "1.0",
    "1.9",
    "-1.9",
    "1e3",
    "1E+2",
    "1e-3",
    "1e400",
    "-1e-400",
    "0.1",
    "1.20",
    "1.10e2",
    "12345678901234567890",
    "9223372036854775808",
    "5000000000",
    "-2147483649",
    "86400000",
    "86400001",
    "-1",
    "\"12\"",
    "\"\"",
    "\"abc\"",
    "\"true\"",
    "\"\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"\\n\\t\\\"\\\\\\/\\b\\f\\r\"",
    "\"AQID\"",
    "\"AQI=\"",
    "\"AQI\"",
    "\"AQ ID\"",
    "\"====\"",
    "\"AQID*\"",
    "\"NaN\"",
    "\"Infinity\"",
    "[]",
    "{}",
    "[1]",
    "[1,\"a\",null]",
    "{\"a\":1}",
    "{\"a\":1,\"a\":2}",
    "[[1,2]]",
    "[[\"k\",1]]",
    "[[1,2,3]]",
    "[[]]",
    "[null]",
    "{\"a\":null}",
    "{\"\":[]}",
    "[{\"b\":[{}]}]",
];

/// Not JSON.
const BROKEN: &[&str] = &[
    "nul",
    "nulll",
    "tru",
    "truex",
    "NaN",
    "Infinity",
    "-Infinity",
    "'a'",
    "+1",
    ".5",
    "1.",
    "-",
    "1e",
    "1e+",
    "\"abc",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\n\"",
    "[1",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{",
    "{a:1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{1:2}",
    "/*c*/1",
    "//c",
    "#",
    "]",
    "}",
    ",",
    ":",
    "\u{feff}1",
    "0x1F",
    "1_0",
    "undefined",
    "--1",
    "1a",
    "\\",
    "\"\u{1}\"",
];

impl JsonText<'_> {
    /// A whole message: an envelope, or with one chance in ten something like one.
    pub fn envelope(&mut self, schema: Option<&Schema>, value: &Value) -> String {
        let schema_text = schema.map_or("null".to_owned(), |schema| self.schema(schema, None));
        let payload = self.payload(schema, value);
        let mut members = vec![("schema".to_owned(), schema_text), ("payload".to_owned(), payload)];
        if self.noise > 0 && self.g.chance(12) {
            match self.g.below(5) {
                0 => members.reverse(),
                1 => drop(members.pop()),
                2 => drop(members.remove(0)),
                3 => members.push((text::name(self.g).to_owned(), "1".to_owned())),
                _ => members.push(("payload".to_owned(), self.token())),
            }
        }
        self.object(members)
    }

    fn token(&mut self) -> String {
        if self.g.chance(4) { self.g.pick(BROKEN).to_owned() } else { self.g.pick(TOKENS).to_owned() }
    }

    fn noisy(&mut self) -> bool {
        self.noise > 0 && self.g.chance(self.noise)
    }

    fn space(&mut self) -> &'static str {
        if self.noisy() { self.g.pick(&[" ", "\n", "\t ", "\r\n"]) } else { "" }
    }

    fn object(&mut self, members: Vec<(String, String)>) -> String {
        let mut out = "{".to_owned();
        for (at, (name, value)) in members.iter().enumerate() {
            out += if at > 0 { "," } else { "" };
            out += self.space();
            out += &self.quoted(name);
            out += self.space();
            out += ":";
            out += self.space();
            out += value;
        }
        out + self.space() + "}"
    }

    fn quoted(&mut self, text: &str) -> String {
        let plain = serde_json::to_string(text).expect("JSON");
        if !self.noisy() {
            return plain;
        }
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escaped}\"")
    }

    /// A schema in Connect's notation.
    pub fn schema(&mut self, schema: &Schema, field: Option<&str>) -> String {
        if self.noise > 0 && self.g.chance(1) {
            return self.token();
        }
        let mut members = vec![("type".to_owned(), self.type_name(schema.kind()))];
        let mut add = |name: &str, value: String| members.push((name.to_owned(), value));
        match schema.kind() {
            SchemaType::Array => add("items", self.schema(schema.value_schema().expect("an element"), None)),
            SchemaType::Map => {
                add("keys", self.schema(schema.key_schema().expect("a key"), None));
                add("values", self.schema(schema.value_schema().expect("a value"), None));
            }
            SchemaType::Struct => {
                let fields: Vec<String> =
                    schema.fields().iter().map(|f| self.schema(f.schema(), Some(f.name()))).collect();
                add("fields", format!("[{}]", fields.join(",")));
            }
            _ => {}
        }
        if schema.is_optional() || self.g.chance(80) {
            add("optional", schema.is_optional().to_string());
        }
        if let Some(name) = schema.name() {
            add("name", self.quoted(name));
        }
        if let Some(version) = schema.version() {
            add("version", version.to_string());
        }
        if let Some(doc) = schema.doc() {
            add("doc", self.quoted(doc));
        }
        if schema.parameters().len() > 0 {
            let parameters = schema.parameters().map(|(k, v)| (k.to_owned(), self.quoted(v))).collect();
            add("parameters", self.object(parameters));
        }
        if let Some(default) = schema.default_value() {
            add("default", self.payload(Some(schema), &default.into()));
        }
        if let Some(field) = field {
            add("field", self.quoted(field));
        }
        self.disturb(&mut members);
        self.object(members)
    }

    fn type_name(&mut self, kind: SchemaType) -> String {
        let name = match kind {
            SchemaType::Float32 => "float".to_owned(),
            SchemaType::Float64 => "double".to_owned(),
            kind => kind.name().to_lowercase(),
        };
        self.quoted(&name)
    }

    /// Something a schema should not have, lacks, or has elsewhere.
    fn disturb(&mut self, members: &mut Vec<(String, String)>) {
        if !self.noisy() {
            return;
        }
        let at = self.g.below(members.len());
        match self.g.below(6) {
            0 => drop(members.remove(at)),
            1 => members[at].1 = self.token(),
            2 => members.reverse(),
            3 => members.push(("extra".to_owned(), self.token())),
            4 => members.push((members[at].0.clone(), self.token())),
            _ => {
                let name =
                    self.g.pick(&["default", "optional", "version", "name", "doc", "parameters", "items"]);
                let value = self.token();
                members.retain(|(n, _)| n != name);
                members.push((name.to_owned(), value));
            }
        }
    }

    /// A value as the payload of its schema, or as it is without one.
    pub fn payload(&mut self, schema: Option<&Schema>, value: &Value) -> String {
        if self.noisy() {
            return self.token();
        }
        match value {
            Value::Null => "null".to_owned(),
            Value::Float32(v) => float(f64::from(*v)),
            Value::Float64(v) => float(*v),
            Value::String(v) => self.quoted(v),
            Value::Bytes(v) => base64(v),
            Value::Decimal { unscaled, scale } => {
                if self.g.chance(60) {
                    return base64(unscaled);
                }
                let mut out = Vec::new();
                java::append_decimal(&mut out, unscaled, *scale);
                String::from_utf8(out).expect("digits")
            }
            Value::Instant(millis) => {
                let days = schema.and_then(Schema::name).is_some_and(|n| n.ends_with(".Date"));
                if days { millis.div_euclid(86_400_000) } else { *millis }.to_string()
            }
            Value::Array(items) => {
                let element = schema.and_then(Schema::value_schema);
                let items: Vec<String> = items.iter().map(|item| self.payload(element, item)).collect();
                format!("[{}]", items.join(","))
            }
            Value::Struct(items) => {
                let fields = schema.map_or(&[][..], Schema::fields);
                let members = fields.iter().zip(items);
                let mut members: Vec<_> =
                    members.map(|(f, i)| (f.name().to_owned(), self.payload(Some(f.schema()), i))).collect();
                if !members.is_empty() {
                    self.disturb(&mut members);
                }
                self.object(members)
            }
            Value::Map(entries) => self.map(schema, entries),
            other => {
                let scratch = ferry_plugin_abi::data::Scratch::new();
                java::to_string(None, other.put(scratch.arena()))
            }
        }
    }

    fn map(&mut self, schema: Option<&Schema>, entries: &[(Value, Value)]) -> String {
        let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
        let names: Option<Vec<&str>> = entries.iter().map(|(key, _)| key.as_str()).collect();
        match names {
            Some(names) if keys.is_none_or(|k| k.kind() == SchemaType::String) => {
                let members = names.iter().zip(entries);
                let members = members.map(|(n, (_, v))| ((*n).to_owned(), self.payload(values, v))).collect();
                self.object(members)
            }
            _ => {
                let pairs = entries.iter();
                let pairs: Vec<String> = pairs
                    .map(|(k, v)| format!("[{},{}]", self.payload(keys, k), self.payload(values, v)))
                    .collect();
                format!("[{}]", pairs.join(","))
            }
        }
    }
}

fn float(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { "\"NaN\"".to_owned() }
}

fn base64(bytes: &[u8]) -> String {
    format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// Damages a text here or there.
pub fn damage(g: &mut Gen, text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    let at = g.below(bytes.len() + 1);
    match g.below(8) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => bytes.insert(at, g.one(b"{}[]\",:0 x\\-\n/")),
        3 => bytes.extend_from_slice(g.pick::<[u8]>(&[b" ", b" 1", b"}", b"\n", b"x"])),
        4 => bytes.splice(0..0, *g.pick::<[u8; 1]>(&[b" ", b"\n"])).for_each(drop),
        // Not 0xFF: Jackson pads names with it, and so takes it for nothing at all in some.
        5 => bytes.insert(at, g.one(&[0xFE, 0xC0, 0x80, 0xED, 0xF5])),
        6 => bytes.clear(),
        _ => bytes = g.pick(BROKEN).as_bytes().to_vec(),
    }
    bytes
}

/// The text in another encoding that JSON may have, with or without its mark.
pub fn transcode(g: &mut Gen, text: &str) -> Vec<u8> {
    let marked = if g.chance(50) { "\u{feff}" } else { "" }.to_owned() + text;
    match g.below(5) {
        0 => marked.into_bytes(),
        1 => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        2 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        3 => marked.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        _ => marked.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
    }
}
