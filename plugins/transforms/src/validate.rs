//! Whether a value is one of its schema (`ConnectSchema.validateValue`).

use ferry_sdk::data::java::class_name;
use ferry_sdk::data::{DATE, DECIMAL, Field, Schema, SchemaType, TIME, TIMESTAMP, ValueRef, View};
use ferry_sdk::{Error, Result};

/// Checks all of `value`, for the field of that name or, without one, as a value on its own.
pub fn value(field: Option<&str>, schema: &Schema, value: ValueRef<'_>) -> Result<()> {
    check(schema, value, &|| location(field))
}

/// How Connect names the place of a value.
pub fn location(field: Option<&str>) -> String {
    field.map_or_else(|| "value".to_owned(), |name| format!("field: \"{name}\""))
}

/// The complaint about a null.
#[cold]
pub fn null_used(location: &str, schema: &Schema) -> Error {
    Error::data(format!(
        "Invalid value: null used for required {location}, schema type: {}",
        schema.kind().name()
    ))
}

fn check(schema: &Schema, value: ValueRef<'_>, location: &dyn Fn() -> String) -> Result<()> {
    if value.is_null() {
        return if schema.is_optional() { Ok(()) } else { Err(null_used(&location(), schema)) };
    }
    if !is_instance(schema, value) {
        let name = schema.name().map(|name| format!(" \"{name}\"")).unwrap_or_default();
        return Err(Error::data(format!(
            "Invalid Java object for schema{name} with type {}: class {} for {}",
            schema.kind().name(),
            class_name(value),
            location()
        )));
    }
    let element = |schema: Option<&Schema>, value, part: &dyn Fn() -> String| match schema {
        Some(schema) => check(schema, value, part),
        None => Err(Error::data(format!("No schema defined for {}", part()))),
    };
    match value.view() {
        View::Struct(values) => {
            let given = |field: &Field, value: ValueRef<'_>| {
                !value.is_null()
                    || !(field.schema().is_optional() || field.schema().default_value().is_some())
            };
            for (field, value) in schema.fields().iter().zip(values).filter(|(f, v)| given(f, **v)) {
                check(field.schema(), *value, &|| self::location(Some(field.name())))?;
            }
        }
        View::Array(items) => {
            let part = || format!("element of array {}", location());
            if schema.value_schema().is_none() {
                return Err(Error::data(format!("No schema defined for {}", part())));
            }
            for item in items {
                element(schema.value_schema(), *item, &part)?;
            }
        }
        View::Map(entries) => {
            let key = || format!("key of map {}", location());
            let value = || format!("value of map {}", location());
            for (schema, part) in
                [(schema.key_schema(), &key as &dyn Fn() -> String), (schema.value_schema(), &value)]
            {
                if schema.is_none() {
                    return Err(Error::data(format!("No schema defined for {}", part())));
                }
            }
            for entry in entries {
                element(schema.key_schema(), entry.key, &key)?;
                element(schema.value_schema(), entry.value, &value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether Java's class for `value` is one that the schema takes.
fn is_instance(schema: &Schema, value: ValueRef<'_>) -> bool {
    match schema.name() {
        Some(DECIMAL) => return matches!(value.view(), View::Decimal(_)),
        Some(DATE | TIME | TIMESTAMP) => return matches!(value.view(), View::Instant(_)),
        _ => {}
    }
    is_of_type(schema.kind(), value)
}

fn is_of_type(kind: SchemaType, value: ValueRef<'_>) -> bool {
    matches!(
        (kind, value.view()),
        (SchemaType::Int8, View::Int8(_))
            | (SchemaType::Int16, View::Int16(_))
            | (SchemaType::Int32, View::Int32(_))
            | (SchemaType::Int64, View::Int64(_))
            | (SchemaType::Float32, View::Float32(_))
            | (SchemaType::Float64, View::Float64(_))
            | (SchemaType::Boolean, View::Bool(_))
            | (SchemaType::String, View::Str(_))
            | (SchemaType::Bytes, View::Bytes(_))
            | (SchemaType::Array, View::Array(_))
            | (SchemaType::Map, View::Map(_))
            | (SchemaType::Struct, View::Struct(_))
    )
}

/// Whether a header may hold `value` under `schema` (`ConnectHeaders.checkSchemaMatches`): unlike a field,
/// one with a logical type may hold the number behind it as well.
pub fn fits_header(schema: &Schema, value: ValueRef<'_>) -> bool {
    is_of_type(schema.kind(), value) || is_instance(schema, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{SchemaBuilder, Scratch, Value};

    fn complaint(schema: &Schema, given: Value) -> String {
        let scratch = Scratch::new();
        value(Some("f"), schema, given.put(scratch.arena()))
            .map_or_else(|e| e.message().to_owned(), |()| "ok".into())
    }

    /// The texts of `Struct.put` of Connect 4.3.1.
    #[test]
    fn complains_in_the_words_of_connect() {
        let list = SchemaBuilder::array(Schema::int32().clone()).build();
        let map = SchemaBuilder::map(Schema::string().clone(), Schema::int8().clone()).build();
        let row = SchemaBuilder::structure().field("a", Schema::string()).build();
        for (schema, given, text) in [
            (
                &**Schema::int8(),
                Value::Null,
                "Invalid value: null used for required field: \"f\", schema type: INT8",
            ),
            (Schema::optional_int8(), Value::Null, "ok"),
            (
                Schema::int8(),
                "x".into(),
                "Invalid Java object for schema with type INT8: class java.lang.String for field: \"f\"",
            ),
            (
                &SchemaBuilder::date().build(),
                Value::Int32(1),
                "Invalid Java object for schema \"org.apache.kafka.connect.data.Date\" with type INT32: class java.lang.Integer for field: \"f\"",
            ),
            (
                &list,
                Value::Array(vec![Value::Int32(1), Value::Null]),
                "Invalid value: null used for required element of array field: \"f\", schema type: INT32",
            ),
            (
                &SchemaBuilder::new(SchemaType::Array).build(),
                Value::Array(vec![]),
                "No schema defined for element of array field: \"f\"",
            ),
            (
                &map,
                Value::map([("k", Value::Null)]),
                "Invalid value: null used for required value of map field: \"f\", schema type: INT8",
            ),
            (
                &row,
                Value::Struct(vec![Value::Null]),
                "Invalid value: null used for required field: \"a\", schema type: STRING",
            ),
        ] {
            assert_eq!(complaint(schema, given), text);
        }
    }
}
