//! `BooleanConverter`: one byte, 0 or 1.

use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Schema, SchemaType, ValueRef, View, java};
use ferry_sdk::{Error, ErrorKind, Result};

use crate::class;

/// `org.apache.kafka.connect.converters.BooleanConverter`
#[derive(Debug, Default)]
pub struct BooleanConverter;

impl Converter for BooleanConverter {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        class::parse(&class::type_only(), config, role).map(|_| ())
    }

    fn from_connect(
        &mut self,
        _: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        if let Some(schema) = schema.filter(|s| s.kind() != SchemaType::Boolean) {
            let kind = schema.kind().name();
            return Err(Error::data(format!("Invalid schema type for BooleanConverter: {kind}")));
        }
        match value.view() {
            View::Null => Ok(false),
            View::Bool(value) => {
                out.push(value.into());
                Ok(true)
            }
            _ => Err(Error::data(format!(
                "BooleanConverter is not compatible with objects of type class {}",
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
        let bad = |why: String| {
            let cause = Error::data(why).class("org.apache.kafka.common.errors.SerializationException");
            Err(cause.context(ErrorKind::Data, "Failed to deserialize boolean: "))
        };
        let value = match bytes {
            None => ValueRef::NULL,
            Some([0]) => ValueRef::bool(false),
            Some([1]) => ValueRef::bool(true),
            Some([byte]) => {
                return bad(format!("Unexpected byte received by BooleanDeserializer: {}", *byte as i8));
            }
            Some(_) => return bad("Size of data received by BooleanDeserializer is not 1".to_owned()),
        };
        Ok((Some(Schema::optional_boolean()), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::Scratch;

    #[test]
    fn both_ways() {
        let scratch = Scratch::new();
        for (value, bytes) in [
            (ValueRef::NULL, None),
            (ValueRef::bool(true), Some(&[1][..])),
            (ValueRef::bool(false), Some(&[0])),
        ] {
            let mut out = Vec::new();
            let some = BooleanConverter.from_connect("t", None, value, &mut out).unwrap();
            assert_eq!(some.then_some(&out[..]), bytes);
            let read = BooleanConverter.to_connect("t", bytes, scratch.arena()).unwrap();
            assert_eq!(read, (Some(&**Schema::optional_boolean()), value));
        }
    }

    #[test]
    fn errors_in_connects_words() {
        let scratch = Scratch::new();
        let write =
            |schema, value| BooleanConverter.from_connect("t", schema, value, &mut Vec::new()).unwrap_err();
        assert_eq!(
            write(Some(&**Schema::int64()), ValueRef::NULL).message(),
            "Invalid schema type for BooleanConverter: INT64"
        );
        assert_eq!(
            write(None, ValueRef::str("x")).message(),
            "BooleanConverter is not compatible with objects of type class java.lang.String"
        );
        let read = |bytes| BooleanConverter.to_connect("t", Some(bytes), scratch.arena()).unwrap_err();
        assert_eq!(
            read(&[200]).trace(),
            "org.apache.kafka.connect.errors.DataException: Failed to deserialize boolean: \n\
             Caused by: org.apache.kafka.common.errors.SerializationException: Unexpected byte received by BooleanDeserializer: -56\n"
        );
        assert_eq!(read(&[]).causes()[0].message, "Size of data received by BooleanDeserializer is not 1");
    }
}
