//! `HoistField`: the whole value becomes a field.

use ferry_sdk::Result;
use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::{Arena, Entry, Record, SchemaRef, ValueRef};

use crate::part::Part;
use crate::schema::StructSchema;
use crate::schema_cache::SchemaCache;
use crate::validate;

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new().define(ConfigKey::new(
        "field",
        ConfigType::String,
        Importance::Medium,
        "Field name for the single field that will be created in the resulting Struct or Map.",
    ))
}

/// `org.apache.kafka.connect.transforms.HoistField`
pub struct HoistField {
    part: Part,
    field: String,
    schemas: SchemaCache<SchemaRef>,
}

impl HoistField {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self { part, field: String::new(), schemas: SchemaCache::default() }
    }
}

impl Transform for HoistField {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.field = Config::parse(&config_def(), config)?.string("field").unwrap_or_default();
        self.schemas = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        let Some(schema) = schema else {
            let key = ValueRef::str(arena.str(&self.field));
            self.part.set(record, None, ValueRef::map(arena.entries(&[Entry { key, value }])));
            return Ok(Outcome::Keep);
        };
        let field = &self.field;
        let hoisted = self.schemas.get_or(schema, || {
            let mut hoisted = StructSchema::new();
            hoisted.field(field, &schema.share())?;
            Ok(hoisted.build())
        })?;
        // Nothing has looked at the value before: it may not be one of its schema.
        validate::value(Some(field), schema, value)?;
        self.part.set(record, Some(arena.schema(hoisted)), ValueRef::structure(arena.values(&[value])));
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use ferry_sdk::data::{Schema, SchemaBuilder, Value};

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn the_whole_becomes_a_field() {
        let hoist = |settings, schema: Option<&Schema>, value| {
            run(HoistField::new(Part::Value), settings, schema, value)
        };
        let named =
            SchemaBuilder::structure().name("S").version(1).optional().field("a", Schema::int8()).build();
        for (schema, value, expected) in [
            (None, 1.into(), "{f=1}"),
            (None, Value::Null, "{f=null}"),
            (Some(&**Schema::int32()), 1.into(), "STRUCT{f:INT32} Struct{f=1}"),
            (Some(&named), Value::Null, "STRUCT{f:S:1/STRUCT?{a:INT8}} Struct{}"),
            (
                Some(Schema::int8()),
                Value::Null,
                "Invalid value: null used for required field: \"f\", schema type: INT8",
            ),
            (
                Some(Schema::int8()),
                "x".into(),
                "Invalid Java object for schema with type INT8: class java.lang.String for field: \"f\"",
            ),
        ] {
            assert_eq!(hoist("field=f", schema, value), expected);
        }
        assert_eq!(
            hoist("field=", Some(Schema::int8()), Value::Int8(1)),
            "org.apache.kafka.connect.errors.SchemaBuilderException: fieldName cannot be null."
        );
    }
}
