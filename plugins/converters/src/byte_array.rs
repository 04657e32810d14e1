//! `ByteArrayConverter`: bytes as they are.

use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Schema, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, Result};

/// `org.apache.kafka.connect.converters.ByteArrayConverter`
#[derive(Debug, Default)]
pub struct ByteArrayConverter;

impl Converter for ByteArrayConverter {
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
        if let Some(schema) = schema.filter(|s| s.kind() != SchemaType::Bytes) {
            let kind = schema.kind().name();
            return Err(Error::data(format!("Invalid schema type for ByteArrayConverter: {kind}")));
        }
        match value.view() {
            View::Null => Ok(false),
            View::Bytes(bytes) => {
                out.extend_from_slice(bytes);
                Ok(true)
            }
            _ => Err(Error::data(format!(
                "ByteArrayConverter is not compatible with objects of type class {}",
                java::class_name(value)
            ))),
        }
    }

    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        _: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        Ok((Some(Schema::optional_bytes()), bytes.map_or(ValueRef::NULL, ValueRef::bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::Scratch;

    #[test]
    fn passes_bytes_through() {
        let scratch = Scratch::new();
        for bytes in [None, Some(&b""[..]), Some(b"\x00\xFF")] {
            let (schema, value) = ByteArrayConverter.to_connect("t", bytes, scratch.arena()).unwrap();
            assert_eq!(schema, Some(&**Schema::optional_bytes()));
            let mut out = Vec::new();
            let some = ByteArrayConverter.from_connect("t", schema, value, &mut out).unwrap();
            assert_eq!(some.then_some(&out[..]), bytes);
        }
    }

    #[test]
    fn errors_in_connects_words() {
        let write =
            |schema, value| ByteArrayConverter.from_connect("t", schema, value, &mut Vec::new()).unwrap_err();
        assert_eq!(
            write(Some(&**Schema::string()), ValueRef::NULL).message(),
            "Invalid schema type for ByteArrayConverter: STRING"
        );
        assert_eq!(
            write(None, ValueRef::int64(1)).message(),
            "ByteArrayConverter is not compatible with objects of type class java.lang.Long"
        );
    }
}
