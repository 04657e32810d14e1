//! Adding headers (`ConnectHeaders.add`).

use ferry_sdk::data::java::to_string;
use ferry_sdk::data::{Header, Schema, ValueRef};
use ferry_sdk::{Error, Result};

use crate::validate;

/// A header whose value fits its schema.
pub fn checked<'a>(key: &'a str, schema: Option<&'a Schema>, value: ValueRef<'a>) -> Result<Header<'a>> {
    if let Some(schema) = schema {
        if value.is_null() && !schema.is_optional() {
            return Err(Error::data(format!(
                "A null value requires an optional schema but was {}",
                crate::schema::shown(schema)
            )));
        }
        if !value.is_null() && !validate::fits_header(schema, value) {
            return Err(Error::data(format!(
                "The value {} is not compatible with the schema {}",
                to_string(Some(schema), value),
                crate::schema::shown(schema)
            )));
        }
    }
    Ok(Header::new(key, schema, value))
}
