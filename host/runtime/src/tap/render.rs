//! Connect's data as JSON for people: every type as what it is, long values cut, no secrets.

use std::borrow::Cow;
use std::cell::Cell;

use base64::prelude::{BASE64_STANDARD, Engine};
use ferry_config::providers::Secrets;
use ferry_plugin_abi::data::java::to_string;
use ferry_plugin_abi::data::{Schema, ValueRef, View};
use serde_json::{Map, Value as Json, json};

/// How much of a value is shown.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a text or of bytes.
    pub bytes: usize,
    /// Values inside of a value.
    pub values: usize,
}

impl Limits {
    /// For samples.
    pub const SAMPLE: Self = Self { bytes: 1024, values: 500 };
}

/// How values are shown.
#[derive(Clone, Copy)]
pub struct Rendering<'s> {
    /// What is hidden.
    pub secrets: &'s Secrets,
    /// How much is shown.
    pub limits: Limits,
}

impl Rendering<'_> {
    /// A value as JSON. Bytes are an object with `base64`, and with `text` where they are UTF-8; decimals are texts;
    /// dates and times are milliseconds since 1970; a map whose keys are no texts is a list of pairs.
    pub fn value(&self, schema: Option<&Schema>, value: ValueRef<'_>) -> Json {
        self.part(schema, value, &Cell::new(self.limits.values))
    }

    /// A text, cut and without secrets.
    pub fn text(&self, text: &str) -> Json {
        let hidden = self.secrets.hide(text);
        Json::String(match cut(&hidden, self.limits.bytes) {
            whole if whole.len() == hidden.len() => hidden.into_owned(),
            part => format!("{part}… (cut, {} bytes in all)", text.len()),
        })
    }

    /// Bytes, marked as such.
    pub fn bytes(&self, bytes: &[u8]) -> Json {
        let mut shown = Map::new();
        let text = std::str::from_utf8(bytes).ok();
        let lossy = text.map_or_else(|| String::from_utf8_lossy(bytes), Cow::Borrowed);
        // What is hidden as text must not be there as base64.
        if self.secrets.hide(&lossy) == lossy {
            let part = &bytes[..bytes.len().min(self.limits.bytes)];
            shown.insert("base64".to_owned(), json!(BASE64_STANDARD.encode(part)));
        }
        if text.is_some() || !shown.contains_key("base64") {
            shown.insert("text".to_owned(), self.text(&lossy));
        }
        if bytes.len() > self.limits.bytes {
            shown.insert("bytes".to_owned(), json!(bytes.len()));
        }
        Json::Object(shown)
    }

    fn number(&self, number: Json) -> Json {
        let text = number.to_string();
        match self.secrets.hide(&text) {
            same if same == text => number,
            hidden => Json::String(hidden.into_owned()),
        }
    }

    fn float(&self, number: f64, text: &str) -> Json {
        serde_json::Number::from_f64(number)
            .map_or_else(|| json!(text), |number| self.number(Json::Number(number)))
    }

    fn part(&self, schema: Option<&Schema>, value: ValueRef<'_>, left: &Cell<usize>) -> Json {
        match value.view() {
            View::Null => Json::Null,
            View::Bool(value) => json!(value),
            View::Int8(value) => self.number(json!(value)),
            View::Int16(value) => self.number(json!(value)),
            View::Int32(value) => self.number(json!(value)),
            View::Int64(value) | View::Instant(value) => self.number(json!(value)),
            // The shortest digits that say the same, not those of the double that it is widened to.
            View::Float32(value) => {
                self.float(value.to_string().parse().unwrap_or(f64::NAN), &value.to_string())
            }
            View::Float64(value) => self.float(value, &value.to_string()),
            View::Str(text) => self.text(text),
            View::Decimal(_) => self.text(&to_string(schema, value)),
            View::Bytes(bytes) => self.bytes(bytes),
            View::Array(items) => {
                let item = schema.and_then(Schema::value_schema);
                Json::Array(self.parts(items.iter().map(|value| (item, *value)), left).collect())
            }
            View::Map(entries) => {
                let (key, item) =
                    (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
                let texts = entries.iter().all(|entry| entry.key.as_str().is_some());
                let values: Vec<_> =
                    self.parts(entries.iter().map(|entry| (item, entry.value)), left).collect();
                if texts {
                    let names = entries.iter().map(|entry| entry.key.as_str().unwrap_or_default());
                    return self.object(names, values);
                }
                let keys = entries.iter().map(|entry| self.part(key, entry.key, left));
                Json::Array(keys.zip(values).map(|(key, value)| json!([key, value])).collect())
            }
            View::Struct(fields) => {
                let known = schema.map(Schema::fields).unwrap_or_default();
                let of = |index: usize| known.get(index).map(|field| &**field.schema());
                let values = fields.iter().enumerate().map(|(index, value)| (of(index), *value));
                let values: Vec<_> = self.parts(values, left).collect();
                self.object(known.iter().map(|field| field.name()), values)
            }
        }
    }

    /// Values inside of one, as many as may be shown, and a word about the rest.
    fn parts<'p, 'v: 'p>(
        &'p self,
        values: impl ExactSizeIterator<Item = (Option<&'p Schema>, ValueRef<'v>)> + 'p,
        left: &'p Cell<usize>,
    ) -> impl Iterator<Item = Json> + 'p {
        let count = values.len();
        let mut over = false;
        values.enumerate().map_while(move |(index, (schema, value))| {
            if over {
                return None;
            }
            if left.get() == 0 {
                over = true;
                return Some(json!(format!("… (cut, {} more)", count - index)));
            }
            left.set(left.get() - 1);
            Some(self.part(schema, value, left))
        })
    }

    fn object<'n>(&self, names: impl Iterator<Item = &'n str>, values: Vec<Json>) -> Json {
        let name = |name: &str| match self.text(name) {
            Json::String(text) => text,
            other => other.to_string(),
        };
        Json::Object(names.map(name).zip(values).collect())
    }
}

/// The beginning of a text, in whole characters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
