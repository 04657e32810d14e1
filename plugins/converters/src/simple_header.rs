//! `SimpleHeaderConverter`: header values as text, their types guessed when read.

use std::borrow::Cow;

use ferry_sdk::Result;
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Schema, ValueRef, java};

use ferry_sdk::java::values::{self, Parsed};

/// `org.apache.kafka.connect.storage.SimpleHeaderConverter`
#[derive(Debug, Default)]
pub struct SimpleHeaderConverter;

impl Converter for SimpleHeaderConverter {
    fn configure(&mut self, _: &ConfigMap, _: Role) -> Result<()> {
        Ok(())
    }

    fn from_connect(
        &mut self,
        _: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        if value.is_null() {
            return Ok(false);
        }
        let start = out.len();
        let written = values::append(out, schema, value, false);
        if written.is_err() {
            out.truncate(start);
        }
        written.map(|()| true)
    }

    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let Some(bytes) = bytes else { return Ok((None, ValueRef::NULL)) };
        let text = match java::decode(bytes) {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => arena.str(&text),
        };
        Ok(match values::parse(text) {
            Parsed::Null => (None, ValueRef::NULL),
            Parsed::Text(text) => (Some(Schema::string()), ValueRef::str(text)),
            Parsed::Value(schema, value) => (Some(arena.schema(&schema)), value.put(arena)),
        })
    }
}
