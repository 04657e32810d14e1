//! `Flatten`: the fields of nested structs and maps side by side.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::java::class_name;
use ferry_sdk::data::{Arena, Entry, Field, Record, Schema, SchemaRef, SchemaType, ValueRef, View};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::field;
use crate::part::{Part, require_map, require_name, require_struct};
use crate::schema::{self, StructSchema};
use crate::schema_cache::SchemaCache;

const PURPOSE: &str = "flattening";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new().define(
        ConfigKey::new(
            "delimiter",
            ConfigType::String,
            Importance::Medium,
            "Delimiter to insert between field names from the input record when generating field names for the output \
             record",
        )
        .or("."),
    )
}

/// `org.apache.kafka.connect.transforms.Flatten`
pub struct Flatten {
    part: Part,
    delimiter: String,
    schemas: SchemaCache<SchemaRef>,
    values: Buffer<ValueRef<'static>>,
    entries: Buffer<Entry<'static>>,
}

impl Flatten {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            delimiter: String::new(),
            schemas: SchemaCache::default(),
            values: Buffer::default(),
            entries: Buffer::default(),
        }
    }
}

fn joined(prefix: &str, delimiter: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}{delimiter}{name}") }
}

fn no_support(what: &str, schemas: &str, field: &str) -> Error {
    Error::data(format!(
        "Flatten transformation does not support {what} for record {schemas} schemas (for field {field})."
    ))
}

/// Whether the field becomes several.
fn is_nested(field: &Field) -> bool {
    field.schema().kind() == SchemaType::Struct
}

/// Adds the fields of `schema`: optional if one of the structs around them is, with the default that they
/// have in the default of the struct around them.
fn add_fields<'s>(
    schema: &'s Schema,
    prefix: &str,
    delimiter: &str,
    optional: bool,
    default: Option<&[ValueRef<'s>]>,
    target: &mut StructSchema,
) -> Result<()> {
    for (index, field) in schema.fields().iter().enumerate() {
        let name = joined(prefix, delimiter, field.name());
        let optional = optional || field.schema().is_optional();
        let of_parent = default.and_then(|values| values.get(index)).filter(|value| !value.is_null());
        let default = field.schema().default_value().or(of_parent.copied());
        match field.schema().kind() {
            SchemaType::Struct => {
                let default = match default.map(ValueRef::view) {
                    Some(View::Struct(values)) => Some(values),
                    _ => None,
                };
                add_fields(field.schema(), &name, delimiter, optional, default, target)?;
            }
            SchemaType::Map => return Err(no_support("MAP", "with", &name)),
            _ => target.field(&name, &leaf(field.schema(), optional, default)?)?,
        }
    }
    Ok(())
}

/// The schema of a field with what it inherits.
fn leaf(schema: &Schema, optional: bool, default: Option<ValueRef<'_>>) -> Result<SchemaRef> {
    let mut builder = schema::basics_of(schema)?;
    if optional {
        builder = builder.optional();
    }
    match default {
        Some(default) => Ok(schema::with_default(builder, default)?.build()),
        None => Ok(builder.build()),
    }
}

/// Appends the values of the fields of `schema` in the order of [`add_fields`].
fn flatten_struct<'a>(
    schema: &'a Schema,
    values: Option<&'a [ValueRef<'a>]>,
    target: &Schema,
    out: &mut Vec<ValueRef<'a>>,
) -> Result<()> {
    for (index, field) in schema.fields().iter().enumerate() {
        let value = values.map(|values| values[index]);
        if is_nested(field) {
            // A nested struct that is null leaves its fields unset, default or not.
            let inner = match value {
                Some(value) if !value.is_null() => Some(require_struct(value, PURPOSE)?),
                _ => None,
            };
            flatten_struct(field.schema(), inner, target, out)?;
        } else {
            let value = value.map_or(Ok(ValueRef::NULL), |value| {
                let value = field::get(field, value, true);
                field::put(&target.fields()[out.len()], value)
            })?;
            out.push(value);
        }
    }
    Ok(())
}

/// Appends the entries of a schemaless map and of the maps in it. `fresh`: none of its keys is there yet.
fn flatten_map<'a>(
    entries: &[Entry<'a>],
    prefix: &str,
    delimiter: &str,
    mut fresh: bool,
    arena: &'a Arena,
    out: &mut Vec<Entry<'a>>,
) -> Result<()> {
    for entry in entries {
        let name = require_name(entry.key)?;
        let full = || joined(prefix, delimiter, name.unwrap_or("null"));
        match entry.value.view() {
            View::Map(inner) => {
                fresh = false;
                flatten_map(inner, &full(), delimiter, false, arena, out)?;
            }
            View::Instant(_) | View::Decimal(_) => {
                return Err(Error::data(format!(
                    "Flatten transformation was passed a value of type class {} which is not supported by Connect's \
                     data API",
                    class_name(entry.value)
                )));
            }
            View::Struct(_) => {
                return Err(no_support(&format!("class {}", class_name(entry.value)), "without", &full()));
            }
            // The keys of the map itself are all different.
            _ if prefix.is_empty() && fresh => out.push(*entry),
            _ if prefix.is_empty() => put(out, entry.key, entry.value),
            _ => put(out, ValueRef::str(arena.str(&full())), entry.value),
        }
    }
    Ok(())
}

/// `LinkedHashMap.put`: a key keeps its first place.
fn put<'a>(out: &mut Vec<Entry<'a>>, key: ValueRef<'a>, value: ValueRef<'a>) {
    match out.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.value = value,
        None => out.push(Entry { key, value }),
    }
}

impl Transform for Flatten {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.delimiter = Config::parse(&config_def(), config)?.string("delimiter").unwrap_or_default();
        self.schemas = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        if value.is_null() {
            return Ok(Outcome::Keep);
        }
        let Some(schema) = schema else {
            let mut flat = self.entries.take();
            flatten_map(require_map(value, PURPOSE)?, "", &self.delimiter, true, arena, &mut flat)?;
            self.part.set(record, None, ValueRef::map(arena.entries(&flat)));
            self.entries.give(flat);
            return Ok(Outcome::Keep);
        };
        let values = require_struct(value, PURPOSE)?;
        let delimiter = &self.delimiter;
        let target = self.schemas.get_or(schema, || {
            let mut target = StructSchema::basics_of(schema);
            let default = match schema.default_value().map(ValueRef::view) {
                Some(View::Struct(values)) => Some(values),
                _ => None,
            };
            schema::fields(schema)?;
            add_fields(schema, "", delimiter, schema.is_optional(), default, &mut target)?;
            Ok(target.build())
        })?;
        let mut flat = self.values.take();
        flatten_struct(schema, Some(values), target, &mut flat)?;
        self.part.set(record, Some(arena.schema(target)), ValueRef::structure(arena.values(&flat)));
        self.values.give(flat);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use ferry_sdk::data::{SchemaBuilder, Value};

    fn flatten(settings: &str, schema: Option<&Schema>, value: Value) -> String {
        run(Flatten::new(Part::Value), settings, schema, value)
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn nested_structs() {
        let five = SchemaBuilder::new(SchemaType::Int32).default_value(5).build();
        let inner = SchemaBuilder::structure()
            .optional()
            .field("x", Schema::int32())
            .field("y", &five)
            .field("l", &SchemaBuilder::array(Schema::string().clone()).build())
            .build();
        let schema = SchemaBuilder::structure()
            .name("S")
            .doc("d")
            .field("a", Schema::string())
            .field("n", &inner)
            .build();
        let row = |inner| Value::Struct(vec!["x".into(), inner]);
        let full = Value::Struct(vec![1.into(), 2.into(), Value::Array(vec!["e".into()])]);
        let shape = "S/STRUCT{a:STRING,n.x:INT32?,n.y:INT32?=5,n.l:ARRAY?}";
        assert_eq!(
            flatten("", Some(&schema), row(full.clone())),
            format!("{shape} Struct{{a=x,n.x=1,n.y=2,n.l=[e]}}")
        );
        assert_eq!(flatten("", Some(&schema), row(Value::Null)), format!("{shape} Struct{{a=x}}"));
        assert_eq!(
            flatten("delimiter=", Some(&schema), row(full)),
            "S/STRUCT{a:STRING,nx:INT32?,ny:INT32?=5,nl:ARRAY?} Struct{a=x,nx=1,ny=2,nl=[e]}"
        );
        let map = SchemaBuilder::map(Schema::string().clone(), Schema::string().clone()).build();
        let with_map = SchemaBuilder::structure().field("m", &map).build();
        assert_eq!(
            flatten("", Some(&with_map), Value::Struct(vec![Value::map::<&str, Value>([])])),
            "Flatten transformation does not support MAP for record with schemas (for field m)."
        );
    }

    #[test]
    fn defaults_of_a_struct_reach_its_fields() {
        let inner = SchemaBuilder::structure()
            .field("x", Schema::int32())
            .default_value(Value::Struct(vec![7.into()]))
            .build();
        let schema = SchemaBuilder::structure().field("n", &inner).build();
        let row = Value::Struct(vec![Value::Struct(vec![1.into()])]);
        assert_eq!(flatten("", Some(&schema), row), "STRUCT{n.x:INT32=7} Struct{n.x=1}");
        // The JVM leaves the fields of a struct that is null unset.
        assert_eq!(
            flatten("", Some(&schema), Value::Struct(vec![Value::Null])),
            "STRUCT{n.x:INT32=7} Struct{}"
        );
    }

    #[test]
    fn nested_maps() {
        let map = Value::map([
            ("b", Value::map([("c", Value::from(1)), ("d", Value::map([("e", Value::Null)]))])),
            ("empty", Value::Map(vec![])),
            ("a", Value::Array(vec![Value::map([("z", 1)])])),
            ("b.c", 2.into()),
        ]);
        assert_eq!(flatten("", None, map.clone()), "{b.c=2, b.d.e=null, a=[{z=1}]}");
        assert_eq!(flatten("delimiter=_", None, map), "{b_c=1, b_d_e=null, a=[{z=1}], b.c=2}");
        let unnamed =
            Value::map([("x", Value::from(1)), ("", Value::map([("x", Value::from(2))])), ("y", 3.into())]);
        assert_eq!(flatten("", None, unnamed), "{x=2, y=3}");
        assert_eq!(flatten("", None, Value::Null), "null");
        assert_eq!(
            flatten("", None, Value::map([("t", Value::Instant(1))])),
            "Flatten transformation was passed a value of type class java.util.Date which is not supported by \
             Connect's data API"
        );
        assert_eq!(
            flatten("", None, "x".into()),
            "Only Map objects supported in absence of schema for [flattening], found: java.lang.String"
        );
    }
}
