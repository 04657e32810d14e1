//! `TimestampConverter`: dates and times as texts, as numbers and as Connect's own types.

mod kind;

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Record, Schema, SchemaRef, ValueRef, View};
use ferry_sdk::java::SimpleDateFormat;
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{self, HashMap, MapBuffer};
use crate::part::{Part, require_map, require_struct_or_null};
use crate::schema::{self, StructSchema, with_default};
use crate::schema_cache::SchemaCache;
use crate::{field, keys};
use kind::{Forms, Kind, Precision};

const PURPOSE: &str = "converting timestamp formats";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let text = |name, importance, doc| ConfigKey::new(name, ConfigType::String, importance, doc);
    let names = |names: &[&str]| Validator::OneOf(names.iter().map(|name| (*name).to_owned()).collect());
    ConfigDef::new()
        .define(
            text(
                "field",
                Importance::High,
                "The field containing the timestamp, or empty if the entire value is a timestamp",
            )
            .or(""),
        )
        .define(
            text(
                "target.type",
                Importance::High,
                "The desired timestamp representation: string, unix, Date, Time, or Timestamp",
            )
            .valid(names(&["string", "unix", "Date", "Time", "Timestamp"])),
        )
        .define(
            text(
                "format",
                Importance::Medium,
                "A SimpleDateFormat-compatible format for the timestamp. Used to generate the output when type=string or \
                 used to parse the input if the input is a string.",
            )
            .or(""),
        )
        .define(
            text(
                "unix.precision",
                Importance::Low,
                "The desired Unix precision for the timestamp: seconds, milliseconds, microseconds, or nanoseconds. Used \
                 to generate the output when type=unix or used to parse the input if the input is a Long.Note: This SMT \
                 will cause precision loss during conversions from, and to, values with sub-millisecond components.",
            )
            .or("milliseconds")
            .valid(names(&["nanoseconds", "microseconds", "milliseconds", "seconds"])),
        )
        .define(keys::replace_null_with_default())
}

/// What is converted, and into what.
struct Rule {
    /// Empty for the whole.
    field: String,
    target: Kind,
    /// The target's schema, required and optional.
    schemas: [SchemaRef; 2],
    forms: Forms,
    replace_null: bool,
}

impl Rule {
    fn parse(config: &Config) -> Result<Self> {
        let text = |key| config.string(key).unwrap_or_default();
        // The validator lets no other name in.
        let target = Kind::named(&text("target.type")).unwrap_or(Kind::Timestamp);
        let pattern = text("format");
        let blank = pattern.trim().is_empty();
        if target == Kind::Text && blank {
            return Err(Error::config(
                "TimestampConverter requires format option to be specified when using string timestamps",
            ));
        }
        let format = (!blank).then(|| SimpleDateFormat::new(&pattern)).transpose().map_err(|error| {
            Error::config(format!(
                "Invalid value {}: {} for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern \
                 for string timestamps: {pattern}",
                error.java_class(),
                error.message()
            ))
        })?;
        let forms = Forms { format, precision: Precision::named(&text("unix.precision")) };
        let schemas = [target.schema(false), target.schema(true)];
        Ok(Self { field: text("field"), target, schemas, forms, replace_null: keys::replaces_null(config) })
    }

    fn schema(&self, optional: bool) -> &SchemaRef {
        &self.schemas[usize::from(optional)]
    }

    fn convert<'a>(
        &self,
        source: Kind,
        value: ValueRef<'a>,
        arena: &'a Arena,
        text: &mut String,
    ) -> Result<ValueRef<'a>> {
        if value.is_null() {
            return Ok(value);
        }
        Ok(self.target.write(&self.forms, source.read(&self.forms, value)?, arena, text))
    }

    fn convert_any<'a>(
        &self,
        value: ValueRef<'a>,
        arena: &'a Arena,
        text: &mut String,
    ) -> Result<ValueRef<'a>> {
        if value.is_null() { Ok(value) } else { self.convert(Kind::of_value(value)?, value, arena, text) }
    }

    /// The struct schema with the field's new type.
    fn plan<'a>(&self, schema: &'a Schema, arena: &'a Arena, text: &mut String) -> Result<SchemaRef> {
        let mut target = StructSchema::basics_of(schema);
        for field in schema::fields(schema)? {
            let is_it = field.name() == self.field;
            let optional = field.schema().is_optional();
            target.field(field.name(), if is_it { self.schema(optional) } else { field.schema() })?;
        }
        let target = target.into_builder().set_optional(schema.is_optional());
        let Some(View::Struct(default)) = schema.default_value().map(ValueRef::view) else {
            return Ok(target.build());
        };
        let mut values = Vec::new();
        self.fields(schema, default, arena, text, &mut values)?;
        Ok(with_default(target, ValueRef::structure(&values))?.build())
    }

    /// Appends the fields of a struct, the one in question converted.
    fn fields<'a>(
        &self,
        schema: &'a Schema,
        values: &[ValueRef<'a>],
        arena: &'a Arena,
        text: &mut String,
        out: &mut Vec<ValueRef<'a>>,
    ) -> Result<()> {
        for (field, value) in schema.fields().iter().zip(values) {
            let value = field::get(field, *value, self.replace_null);
            if field.name() == self.field {
                let value = self.convert(Kind::of_schema(field.schema())?, value, arena, text)?;
                out.push(field::put_as(field, self.schema(field.schema().is_optional()), value)?);
            } else {
                out.push(field::put(field, value)?);
            }
        }
        Ok(())
    }
}

/// `org.apache.kafka.connect.transforms.TimestampConverter`
pub struct TimestampConverter {
    part: Part,
    rule: Option<Rule>,
    plans: SchemaCache<SchemaRef>,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
    text: String,
}

impl TimestampConverter {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            rule: None,
            plans: SchemaCache::default(),
            values: Buffer::default(),
            entries: MapBuffer::default(),
            text: String::new(),
        }
    }
}

impl Transform for TimestampConverter {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.rule = Some(Rule::parse(&Config::parse(&config_def(), config)?)?);
        self.plans = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let rule = self.rule.as_ref().ok_or_else(|| Error::fatal("TimestampConverter was not configured"))?;
        let text = &mut self.text;
        let (schema, value) = self.part.of(record);
        let Some(schema) = schema else {
            let converted = if value.is_null() || rule.field.is_empty() {
                rule.convert_any(value, arena, text)?
            } else {
                let entries = require_map(value, PURPOSE)?;
                let mut map = HashMap::copy_of(entries, &mut self.entries);
                let value = rule.convert_any(hash_map::get(entries, &rule.field), arena, text)?;
                map.put_name(&rule.field, value, arena);
                map.finish(arena, &mut self.entries)
            };
            self.part.set(record, None, converted);
            return Ok(Outcome::Keep);
        };
        if rule.field.is_empty() {
            let value = rule.convert(Kind::of_schema(schema)?, value, arena, text)?;
            self.part.set(record, Some(arena.schema(rule.schema(schema.is_optional()))), value);
            return Ok(Outcome::Keep);
        }
        let values = require_struct_or_null(value, PURPOSE)?;
        let target = self.plans.get_or(schema, || rule.plan(schema, arena, text))?;
        let mut value = value;
        if let Some(values) = values {
            let mut converted = self.values.take();
            rule.fields(schema, values, arena, text, &mut converted)?;
            value = ValueRef::structure(arena.values(&converted));
            self.values.give(converted);
        }
        self.part.set(record, Some(arena.schema(target)), value);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests;
