//! `InsertHeader`: one more header with a fixed value.

use ferry_sdk::Result;
use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Header, Record, Schema, SchemaRef, Value};
use ferry_sdk::java::values::{self, Parsed};

use crate::buffer::Buffer;
use crate::header;

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let text =
        |name, doc| ConfigKey::new(name, ConfigType::String, Importance::High, doc).valid(Validator::NonNull);
    ConfigDef::new().define(text("header", "The name of the header.")).define(text(
        "value.literal",
        "The literal value that is to be set as the header value on all records.",
    ))
}

/// `org.apache.kafka.connect.transforms.InsertHeader`. The text may be a number, a date, a list and more, as in
/// the header of a record.
#[derive(Default)]
pub struct InsertHeader {
    name: String,
    /// None, and null: the text was `null`.
    schema: Option<SchemaRef>,
    value: Option<Value>,
    buffer: Buffer<Header<'static>>,
}

impl Transform for InsertHeader {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.name = config.string("header").unwrap_or_default();
        (self.schema, self.value) = match values::parse(&config.string("value.literal").unwrap_or_default()) {
            Parsed::Null => (None, None),
            Parsed::Text(text) => (Some(Schema::string().clone()), Some(text.into())),
            Parsed::Value(schema, value) => (Some(schema), Some(value)),
        };
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let schema = self.schema.as_ref().map(|schema| arena.schema(schema));
        let value = self.value.as_ref().unwrap_or(&Value::Null).put(arena);
        let mut headers = self.buffer.take();
        headers.extend_from_slice(record.headers());
        headers.push(header::checked(arena.str(&self.name), schema, value)?);
        record.set_headers(arena.headers(&headers));
        self.buffer.give(headers);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shown;
    use ferry_sdk::data::{Scratch, ValueRef};

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn the_text_says_its_type() {
        for (literal, expected) in [
            ("5", "INT8 5"),
            ("500", "INT16 500"),
            ("1.5", "FLOAT32 1.5"),
            ("true", "BOOLEAN true"),
            ("null", "null"),
            ("", "STRING "),
            ("some text", "STRING some text"),
            ("[1,2,300]", "ARRAY [1, 2, 300]"),
            ("{\"a\":1}", "MAP {a=1}"),
            ("2019-08-23", "Date:1/INT32 Fri Aug 23 00:00:00 UTC 2019"),
        ] {
            let mut transform = InsertHeader::default();
            transform.configure(&ConfigMap::from([("header", "h"), ("value.literal", literal)])).unwrap();
            let scratch = Scratch::new();
            let old = [Header::new("h", None, ValueRef::int8(1))];
            let mut record = Record::to("t").with_headers(&old);
            assert_eq!(transform.apply(&mut record, scratch.arena()), Ok(Outcome::Keep));
            let [first, second] = record.headers() else { panic!("{record:?}") };
            assert_eq!((first.key(), second.key()), ("h", "h"));
            assert_eq!(shown(second.schema(), second.value()), expected);
        }
    }
}
