//! `ValueToKey`: a key made of fields of the value.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigMap};
use ferry_sdk::data::{Arena, Record, Schema, SchemaRef, ValueRef};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{self, HashMap, MapBuffer};
use crate::part::{require_map, require_struct};
use crate::schema::StructSchema;
use crate::schema_cache::SchemaCache;
use crate::{field, keys};

const PURPOSE: &str = "copying fields from value to key";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new()
        .define(keys::names("fields", "Field names on the record value to extract as the record key."))
        .define(keys::replace_null_with_default())
}

/// The key's schema, and where in the value its fields are.
struct Key {
    schema: SchemaRef,
    indexes: Vec<usize>,
}

/// `org.apache.kafka.connect.transforms.ValueToKey`
#[derive(Default)]
pub struct ValueToKey {
    fields: Vec<String>,
    replace_null: bool,
    keys: SchemaCache<Key>,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
}

impl Key {
    fn of(fields: &[String], schema: &Schema) -> Result<Self> {
        let mut key = StructSchema::new();
        let mut indexes = Vec::with_capacity(fields.len());
        for name in fields {
            let (index, field) =
                schema.field(name).ok_or_else(|| Error::data(format!("Field does not exist: {name}")))?;
            key.field(name, field.schema())?;
            indexes.push(index);
        }
        Ok(Self { schema: key.build(), indexes })
    }
}

impl Transform for ValueToKey {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.fields = config.list("fields").unwrap_or_default();
        self.replace_null = keys::replaces_null(&config);
        self.keys = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let Some(schema) = record.value_schema() else {
            let entries = require_map(record.value(), PURPOSE)?;
            let mut key = HashMap::with_capacity(self.fields.len(), &mut self.entries);
            for name in &self.fields {
                key.put(ValueRef::str(arena.str(name)), hash_map::get(entries, name));
            }
            let key = key.finish(arena, &mut self.entries);
            record.set_key(None, key);
            return Ok(Outcome::Keep);
        };
        let values = require_struct(record.value(), PURPOSE)?;
        let fields = &self.fields;
        let key = self.keys.get_or(schema, || Key::of(fields, schema))?;
        let mut picked = self.values.take();
        for index in &key.indexes {
            picked.push(field::copy(&schema.fields()[*index], values[*index], self.replace_null)?);
        }
        record.set_key(Some(arena.schema(&key.schema)), ValueRef::structure(arena.values(&picked)));
        self.values.give(picked);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{config, shown};
    use ferry_sdk::data::{SchemaBuilder, Scratch, Value};

    fn key(settings: &str, schema: Option<&Schema>, value: Value) -> String {
        let mut transform = ValueToKey::default();
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let schema = schema.map(|schema| arena.schema(&schema.share()));
        let mut record = Record::to("t").with_value(schema, value.put(arena));
        match transform.configure(&config(settings)).and_then(|()| transform.apply(&mut record, arena)) {
            Ok(_) => shown(record.key_schema(), record.key()),
            Err(error) => error.message().to_owned(),
        }
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn the_key_has_the_fields_in_the_order_given() {
        let schema = SchemaBuilder::structure()
            .name("S")
            .field("a", Schema::string())
            .field("b", Schema::optional_int32())
            .build();
        let row = Value::Struct(vec!["x".into(), 2.into()]);
        assert_eq!(
            key("fields=b,a", Some(&schema), row.clone()),
            "STRUCT{b:INT32?,a:STRING} Struct{b=2,a=x}"
        );
        assert_eq!(key("fields=zz", Some(&schema), row), "Field does not exist: zz");
        let map = Value::map([("a", 1), ("b", 2)]);
        assert_eq!(key("fields=zeta,a,omega", None, map), "{zeta=null, a=1, omega=null}");
        assert_eq!(
            key("fields=a", Some(&schema), Value::Null),
            "Only Struct objects supported for [copying fields from value to key], found: null"
        );
        assert_eq!(
            key("fields=a", None, Value::Null),
            "Only Map objects supported in absence of schema for [copying fields from value to key], found: null"
        );
    }
}
