//! `SetSchemaMetadata`: another name or version for a struct's schema.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::{Arena, Record, Schema, SchemaBuilder, SchemaRef, ValueRef, View};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::part::Part;
use crate::schema_cache::SchemaCache;
use crate::{field, keys, schema};

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let key = |name, kind, doc| ConfigKey::new(name, kind, Importance::High, doc).or_null();
    ConfigDef::new()
        .define(key("schema.name", ConfigType::String, "Schema name to set."))
        .define(key("schema.version", ConfigType::Int, "Schema version to set."))
        .define(keys::replace_null_with_default())
}

/// `org.apache.kafka.connect.transforms.SetSchemaMetadata`
pub struct SetSchemaMetadata {
    part: Part,
    name: Option<String>,
    version: Option<i32>,
    replace_null: bool,
    schemas: SchemaCache<SchemaRef>,
    values: Buffer<ValueRef<'static>>,
}

impl SetSchemaMetadata {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            name: None,
            version: None,
            replace_null: true,
            schemas: SchemaCache::default(),
            values: Buffer::default(),
        }
    }
}

fn renamed(schema: &Schema, name: Option<&String>, version: Option<i32>) -> Result<SchemaRef> {
    // Connect lists the fields of whatever it is given.
    schema::fields(schema)?;
    let mut builder = SchemaBuilder::from_schema(schema);
    if let Some(name) = name {
        builder = builder.name(name);
    }
    if let Some(version) = version {
        builder = builder.version(version);
    }
    Ok(builder.build())
}

impl Transform for SetSchemaMetadata {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.name = config.string("schema.name");
        self.version = config.int("schema.version");
        self.replace_null = keys::replaces_null(&config);
        self.schemas = SchemaCache::default();
        if self.name.is_none() && self.version.is_none() {
            return Err(Error::config("Neither schema name nor version configured"));
        }
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        let Some(schema) = schema else {
            if value.is_null() {
                return Ok(Outcome::Keep);
            }
            return Err(Error::data("Schema required for [updating schema metadata]"));
        };
        let (name, version) = (self.name.as_ref(), self.version);
        let updated = self.schemas.get_or(schema, || renamed(schema, name, version))?;
        let mut value = value;
        if let View::Struct(values) = value.view() {
            // Without nulls no default comes in and nothing is refused: the values stay where they are.
            if values.iter().any(|value| value.is_null()) {
                let mut copied = self.values.take();
                for (field, value) in schema.fields().iter().zip(values) {
                    copied.push(field::copy(field, *value, self.replace_null)?);
                }
                value = ValueRef::structure(arena.values(&copied));
                self.values.give(copied);
            }
        }
        self.part.set(record, Some(arena.schema(updated)), value);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use ferry_sdk::data::{SchemaType, Value};

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn name_and_version_change_and_nothing_else() {
        let number = SchemaBuilder::new(SchemaType::Int32).optional().default_value(5).build();
        let schema = SchemaBuilder::structure().name("S").optional().field("b", &number).build();
        let set = |settings, schema: Option<&Schema>, value| {
            run(SetSchemaMetadata::new(Part::Value), settings, schema, value)
        };
        let row = || Value::Struct(vec![Value::Null]);
        for (settings, schema, value, expected) in [
            ("schema.name=N", Some(&*schema), row(), "N/STRUCT?{b:INT32?=5} Struct{b=5}"),
            (
                "schema.name=",
                Some(&*schema),
                row(),
                "/STRUCT?{b:INT32?=5} Struct{b=5}".trim_start_matches('/'),
            ),
            (
                "schema.version=3;replace.null.with.default=false",
                Some(&*schema),
                row(),
                "S:3/STRUCT?{b:INT32?=5} Struct{}",
            ),
            ("schema.name=N;schema.version=3", Some(&*schema), Value::Null, "N:3/STRUCT?{b:INT32?=5} null"),
            ("schema.name=N", None, Value::Null, "null"),
            ("schema.name=N", None, 1.into(), "Schema required for [updating schema metadata]"),
            ("schema.name=N", Some(&**Schema::int32()), 1.into(), "Cannot list fields on non-struct type"),
            (
                "",
                None,
                Value::Null,
                "org.apache.kafka.common.config.ConfigException: Neither schema name nor version configured",
            ),
            (
                "schema.version=x",
                None,
                Value::Null,
                "org.apache.kafka.common.config.ConfigException: Invalid value x for configuration schema.version: Not \
                 a number of type INT",
            ),
        ] {
            assert_eq!(set(settings, schema, value), expected, "{settings}");
        }
    }

    #[test]
    fn values_stay_where_they_are() {
        let mut transform = SetSchemaMetadata::new(Part::Value);
        transform.configure(&ConfigMap::from([("schema.name", "N")])).unwrap();
        let scratch = ferry_sdk::data::Scratch::new();
        let arena = scratch.arena();
        let schema = SchemaBuilder::structure().field("a", Schema::int8()).build();
        let value = ValueRef::structure(arena.values(&[ValueRef::int8(1)]));
        let mut record = Record::to("t").with_value(Some(arena.schema(&schema)), value);
        assert_eq!(transform.apply(&mut record, arena), Ok(Outcome::Keep));
        assert!(record.value().same(value));
        assert_eq!(record.value_schema().and_then(Schema::name), Some("N"));
    }
}
