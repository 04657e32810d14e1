//! `Cast`: fields, or the whole, as values of another type.

mod convert;

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Record, Schema, SchemaBuilder, SchemaRef, SchemaType, ValueRef};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{self, HashMap, MapBuffer, key_order};
use crate::part::{Part, require_map, require_struct};
use crate::schema::{self, StructSchema, with_default};
use crate::schema_cache::SchemaCache;
use crate::{field, keys};
use convert::cast;

const PURPOSE: &str = "cast types";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new()
        .define(
            ConfigKey::new(
                "spec",
                ConfigType::List,
                Importance::High,
                "List of fields and the type to cast them to of the form field1:type,field2:type to cast fields of Maps \
                 or Structs. A single type to cast the entire value. Valid types are int8, int16, int32, int64, float32, \
                 float64, boolean, and string. Note that binary fields can only be cast to string.",
            )
            .valid(Validator::CastSpec),
        )
        .define(keys::replace_null_with_default())
}

/// What is to become what.
enum Spec {
    Whole(SchemaType),
    /// In the order in which a `HashMap` hands out their names.
    Fields(Vec<(String, SchemaType)>),
}

impl Spec {
    fn parse(items: &[String]) -> Result<Self> {
        let kind = |name: &str| {
            SchemaType::from_name(&trim(name).to_uppercase())
                .ok_or_else(|| Error::config(format!("Invalid type found in casting spec: {name}")))
        };
        let mut fields: Vec<(String, SchemaType)> = Vec::new();
        for item in items {
            let Some((name, rest)) = item.trim_end_matches(':').split_once(':') else {
                return Ok(Self::Whole(kind(item.trim_end_matches(':'))?));
            };
            let (name, kind) = (trim(name), kind(rest)?);
            // As a map keeps the place of a key that comes again.
            match fields.iter_mut().find(|(other, _)| other == name) {
                Some(known) => known.1 = kind,
                None => fields.push((name.to_owned(), kind)),
            }
        }
        let names: Vec<_> = fields.iter().map(|(name, _)| name.clone()).collect();
        let mut ordered = Vec::with_capacity(fields.len());
        for name in key_order(&names, 16) {
            ordered.extend(fields.iter().find(|(other, _)| *other == name).cloned());
        }
        Ok(Self::Fields(ordered))
    }

    /// The schema that comes out.
    fn plan<'a>(&self, schema: &'a Schema, arena: &'a Arena, text: &mut Vec<u8>) -> Result<Plan> {
        match self {
            Self::Whole(kind) => {
                let target = schema::basics_as(schema, *kind);
                let target = inherit(target, schema, *kind, arena, text)?;
                Ok(Plan { target: target.build(), casts: Vec::new() })
            }
            Self::Fields(specs) => {
                let mut target = StructSchema::basics_of(schema);
                let mut casts = Vec::new();
                for field in schema::fields(schema)? {
                    let kind = specs.iter().find(|(name, _)| name == field.name()).map(|(_, kind)| *kind);
                    match kind {
                        Some(kind) => {
                            let builder =
                                inherit(SchemaBuilder::new(kind), field.schema(), kind, arena, text)?;
                            target.field(field.name(), &builder.build())?;
                        }
                        None => target.field(field.name(), field.schema())?,
                    }
                    casts.push(kind);
                }
                let target = inherit(target.into_builder(), schema, SchemaType::Struct, arena, text)?;
                Ok(Plan { target: target.build(), casts })
            }
        }
    }
}

/// Java's `trim`.
fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// Optional as `schema` is, and with its default cast.
fn inherit<'a>(
    builder: SchemaBuilder,
    schema: &'a Schema,
    kind: SchemaType,
    arena: &'a Arena,
    text: &mut Vec<u8>,
) -> Result<SchemaBuilder> {
    let builder = builder.set_optional(schema.is_optional());
    match schema.default_value() {
        Some(default) => with_default(builder, cast(Some(schema), default, kind, arena, text)?),
        None => Ok(builder),
    }
}

struct Plan {
    target: SchemaRef,
    /// Per field of a struct what it becomes.
    casts: Vec<Option<SchemaType>>,
}

/// `org.apache.kafka.connect.transforms.Cast`
pub struct Cast {
    part: Part,
    spec: Spec,
    replace_null: bool,
    plans: SchemaCache<Plan>,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
    text: Vec<u8>,
}

impl Cast {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            spec: Spec::Fields(Vec::new()),
            replace_null: true,
            plans: SchemaCache::default(),
            values: Buffer::default(),
            entries: MapBuffer::default(),
            text: Vec::new(),
        }
    }

    fn without_schema<'a>(&mut self, value: ValueRef<'a>, arena: &'a Arena) -> Result<ValueRef<'a>> {
        let specs = match &self.spec {
            Spec::Whole(kind) => return cast(None, value, *kind, arena, &mut self.text),
            Spec::Fields(specs) => specs,
        };
        let entries = require_map(value, PURPOSE)?;
        let mut map = HashMap::copy_of(entries, &mut self.entries);
        for (name, kind) in specs {
            map.put_name(
                name,
                cast(None, hash_map::get(entries, name), *kind, arena, &mut self.text)?,
                arena,
            );
        }
        Ok(map.finish(arena, &mut self.entries))
    }
}

impl Transform for Cast {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.spec = Spec::parse(&config.list("spec").unwrap_or_default())?;
        self.replace_null = keys::replaces_null(&config);
        self.plans = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        if value.is_null() {
            return Ok(Outcome::Keep);
        }
        let Some(schema) = schema else {
            let value = self.without_schema(value, arena)?;
            self.part.set(record, None, value);
            return Ok(Outcome::Keep);
        };
        let (spec, text) = (&self.spec, &mut self.text);
        let plan = self.plans.get_or(schema, || spec.plan(schema, arena, text))?;
        if let Spec::Whole(kind) = spec {
            let value = cast(Some(schema), value, *kind, arena, text)?;
            self.part.set(record, Some(arena.schema(&plan.target)), value);
            return Ok(Outcome::Keep);
        }
        let values = require_struct(value, PURPOSE)?;
        let mut changed = self.values.take();
        for (at, (field, value)) in schema.fields().iter().zip(values).enumerate() {
            let value = field::get(field, *value, self.replace_null);
            let value = match plan.casts[at] {
                Some(kind) => cast(Some(field.schema()), value, kind, arena, text)?,
                None => value,
            };
            changed.push(field::put(&plan.target.fields()[at], value)?);
        }
        self.part.set(record, Some(arena.schema(&plan.target)), ValueRef::structure(arena.values(&changed)));
        self.values.give(changed);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests;
