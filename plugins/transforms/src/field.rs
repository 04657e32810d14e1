//! Reading and copying the fields of structs, as `Struct.get` and `Struct.put` do.

use ferry_sdk::Result;
use ferry_sdk::data::{Field, Schema, ValueRef};

use crate::validate;

/// `Struct.get`, or `Struct.getWithoutDefault` unless null is to be replaced by the field's default.
#[inline]
pub fn get<'a>(field: &'a Field, value: ValueRef<'a>, replace_null: bool) -> ValueRef<'a> {
    if value.is_null() && replace_null {
        return field.schema().default_value().unwrap_or(ValueRef::NULL);
    }
    value
}

/// `Struct.put` of a value that was in a field of this schema before: null is all that can be wrong.
#[inline]
pub fn put<'a>(field: &Field, value: ValueRef<'a>) -> Result<ValueRef<'a>> {
    put_as(field, field.schema(), value)
}

/// The same for a field that was given another schema.
#[inline]
pub fn put_as<'a>(field: &Field, schema: &Schema, value: ValueRef<'a>) -> Result<ValueRef<'a>> {
    if value.is_null() && !schema.is_optional() {
        return Err(validate::null_used(&validate::location(Some(field.name())), schema));
    }
    Ok(value)
}

/// Both, one after the other: the field goes to a struct that has it too.
#[inline]
pub fn copy<'a>(field: &'a Field, value: ValueRef<'a>, replace_null: bool) -> Result<ValueRef<'a>> {
    put(field, get(field, value, replace_null))
}
