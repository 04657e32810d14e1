//! `MaskField`: the values of fields replaced by nothing of their type, or by one given value.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::java::{BigDecimal, class_name, decimal_complaint, parse_decimal};
use ferry_sdk::data::{Arena, Record, ValueRef, View};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{self, HashMap, MapBuffer, set_order};
use crate::part::{Part, require_map, require_struct};
use crate::{field, keys};

const PURPOSE: &str = "mask fields";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new()
        .define(keys::names("fields", "Names of fields to mask."))
        .define(
            ConfigKey::new(
                "replacement",
                ConfigType::String,
                Importance::Low,
                "Custom value replacement, that will be applied to all 'fields' values (numeric or non-empty string \
                 values only).",
            )
            .or_null()
            .valid(Validator::NonEmptyString),
        )
        .define(keys::replace_null_with_default())
}

/// The value that the user wants to see instead.
struct Replacement {
    text: String,
    number: Option<BigDecimal>,
}

/// `org.apache.kafka.connect.transforms.MaskField`
pub struct MaskField {
    part: Part,
    /// In the order in which a `HashSet` hands them out.
    fields: Vec<String>,
    replacement: Option<Replacement>,
    replace_null: bool,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
}

impl MaskField {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            fields: Vec::new(),
            replacement: None,
            replace_null: true,
            values: Buffer::default(),
            entries: MapBuffer::default(),
        }
    }

    fn masked<'a>(&self, value: ValueRef<'a>, arena: &'a Arena) -> Result<ValueRef<'a>> {
        match &self.replacement {
            _ if value.is_null() => Ok(ValueRef::NULL),
            Some(replacement) => replacement.instead_of(value, arena),
            None => nothing_instead_of(value, arena),
        }
    }
}

/// The value that means nothing in the type of `value`.
fn nothing_instead_of<'a>(value: ValueRef<'_>, arena: &'a Arena) -> Result<ValueRef<'a>> {
    Ok(match value.view() {
        View::Bool(_) => ValueRef::bool(false),
        View::Int8(_) => ValueRef::int8(0),
        View::Int16(_) => ValueRef::int16(0),
        View::Int32(_) => ValueRef::int32(0),
        View::Int64(_) => ValueRef::int64(0),
        View::Float32(_) => ValueRef::float32(0.0),
        View::Float64(_) => ValueRef::float64(0.0),
        View::Decimal(_) => ValueRef::decimal(arena.decimal(&[0], 0)),
        View::Instant(_) => ValueRef::instant(0),
        View::Str(_) => ValueRef::str(""),
        View::Array(_) => ValueRef::array(&[]),
        View::Map(_) => ValueRef::map(&[]),
        View::Null | View::Bytes(_) | View::Struct(_) => {
            return Err(Error::data(format!("Cannot mask value of type: class {}", class_name(value))));
        }
    })
}

impl Replacement {
    fn parse(text: String) -> Self {
        Self { number: parse_decimal(&text), text }
    }

    fn instead_of<'a>(&self, value: ValueRef<'_>, arena: &'a Arena) -> Result<ValueRef<'a>> {
        let integer = || self.number("a number").map(BigDecimal::to_i64_wrapping);
        Ok(match value.view() {
            View::Int8(_) => ValueRef::int8(integer()? as i8),
            View::Int16(_) => ValueRef::int16(integer()? as i16),
            View::Int32(_) => ValueRef::int32(integer()? as i32),
            View::Int64(_) => ValueRef::int64(integer()?),
            View::Float32(_) => ValueRef::float32(self.number("a number")?.to_f64() as f32),
            View::Float64(_) => ValueRef::float64(self.number("a number")?.to_f64()),
            View::Str(_) => ValueRef::str(arena.str(&self.text)),
            View::Decimal(_) => {
                let number = self.number("number")?;
                ValueRef::decimal(arena.decimal(&number.unscaled, number.scale))
            }
            _ => {
                return Err(Error::data(format!(
                    "Cannot mask value of type class {} with custom replacement.",
                    class_name(value)
                )));
            }
        })
    }

    fn number(&self, kind: &str) -> Result<&BigDecimal> {
        self.number.as_ref().ok_or_else(|| {
            Error::data(format!("Unable to convert {} (class java.lang.String) to {kind}", self.text))
                .caused_by(
                    Error::data(decimal_complaint(&self.text)).class("java.lang.NumberFormatException"),
                )
        })
    }
}

impl Transform for MaskField {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.fields = set_order(&config.list("fields").unwrap_or_default());
        self.replacement = config.string("replacement").map(Replacement::parse);
        self.replace_null = keys::replaces_null(&config);
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        let Some(schema) = schema else {
            let entries = require_map(value, PURPOSE)?;
            let mut map = HashMap::copy_of(entries, &mut self.entries);
            for name in &self.fields {
                map.put_name(name, self.masked(hash_map::get(entries, name), arena)?, arena);
            }
            self.part.set(record, None, map.finish(arena, &mut self.entries));
            return Ok(Outcome::Keep);
        };
        let values = require_struct(value, PURPOSE)?;
        let mut masked = self.values.take();
        for (field, value) in schema.fields().iter().zip(values) {
            let value = field::get(field, *value, self.replace_null);
            let hidden = self.fields.iter().any(|name| name == field.name());
            masked.push(field::put(field, if hidden { self.masked(value, arena)? } else { value })?);
        }
        self.part.set(record, Some(schema), ValueRef::structure(arena.values(&masked)));
        self.values.give(masked);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use ferry_sdk::data::{Schema, SchemaBuilder, Value};

    fn mask(settings: &str, value: Value) -> String {
        run(MaskField::new(Part::Value), settings, None, Value::map([("f", value)]))
    }

    fn each() -> Vec<Value> {
        let decimal = Value::Decimal { unscaled: vec![123], scale: 1 };
        vec![
            true.into(),
            Value::Int8(1),
            Value::Int16(1),
            1.into(),
            1i64.into(),
            1f32.into(),
            1f64.into(),
            decimal,
            Value::Instant(5),
            "x".into(),
            Value::Array(vec![1.into()]),
            Value::map([("a", 1)]),
            Value::Null,
        ]
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn each_type_has_its_nothing() {
        let nothings: Vec<_> = each().into_iter().map(|value| mask("fields=f", value)).collect();
        let epoch = "Thu Jan 01 00:00:00 UTC 1970";
        let expected = ["false", "0", "0", "0", "0", "0.0", "0.0", "0", epoch, "", "[]", "{}", "null"];
        assert_eq!(nothings, expected.map(|nothing| format!("{{f={nothing}}}")));
        assert_eq!(mask("fields=f", Value::Bytes(vec![1])), "Cannot mask value of type: class [B");
        assert_eq!(mask("fields=g", 1.into()), "{f=1, g=null}");
    }

    #[test]
    fn a_replacement_takes_the_type_of_what_it_hides() {
        let with = |replacement: &str| -> Vec<_> {
            let settings = format!("fields=f;replacement={replacement}");
            each().into_iter().map(|value| mask(&settings, value)).collect()
        };
        let no = |class: &str| format!("Cannot mask value of type class {class} with custom replacement.");
        let numbers = ["44", "300", "300", "300", "300.5", "300.5", "300.5"].map(|n| format!("{{f={n}}}"));
        let replaced = with("300.5");
        assert_eq!(replaced[0], no("java.lang.Boolean"));
        assert_eq!(replaced[1..8], numbers);
        assert_eq!(replaced[8], no("java.util.Date"));
        assert_eq!(replaced[9], "{f=300.5}");
        assert_eq!(replaced[10], no("java.util.ArrayList"));
        assert_eq!(replaced[12], "{f=null}");
        let text = with("x");
        assert_eq!(text[1], "Unable to convert x (class java.lang.String) to a number");
        assert_eq!(text[7], "Unable to convert x (class java.lang.String) to number");
        assert_eq!(text[9], "{f=x}");
    }

    #[test]
    fn fields_of_a_struct() {
        let schema = SchemaBuilder::structure()
            .field("a", Schema::string())
            .field(
                "b",
                &SchemaBuilder::new(ferry_sdk::data::SchemaType::Int32).optional().default_value(5).build(),
            )
            .build();
        let row = Value::Struct(vec!["x".into(), Value::Null]);
        let masked = |settings: &str, row| run(MaskField::new(Part::Value), settings, Some(&schema), row);
        assert_eq!(masked("fields=b", row.clone()), "STRUCT{a:STRING,b:INT32?=5} Struct{a=x,b=0}");
        assert_eq!(
            masked("fields=a,b;replace.null.with.default=false;replacement=7", row),
            "STRUCT{a:STRING,b:INT32?=5} Struct{a=7}"
        );
        assert_eq!(
            masked("fields=a", Value::Null),
            "Only Struct objects supported for [mask fields], found: null"
        );
    }
}
