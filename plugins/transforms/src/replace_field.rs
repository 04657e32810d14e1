//! `ReplaceField`: fields left out and renamed.

use std::collections::{BTreeMap, BTreeSet};

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Record, Schema, SchemaRef, ValueRef};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{HashMap, MapBuffer, key_order};
use crate::part::{Part, require_map, require_name, require_struct};
use crate::schema::{self, StructSchema};
use crate::schema_cache::SchemaCache;
use crate::{field, keys, validate};

const PURPOSE: &str = "field replacement";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let list =
        |name, doc, rule| ConfigKey::new(name, ConfigType::List, Importance::Medium, doc).or("").valid(rule);
    let names = || Validator::List { empty: true };
    ConfigDef::new()
        .define(list(
            "exclude",
            "Fields to exclude. This takes precedence over the fields to include.",
            names(),
        ))
        .define(list("include", "Fields to include. If specified, only these fields will be used.", names()))
        .define(list("renames", "Field rename mappings.", Validator::FieldRenames))
        .define(keys::replace_null_with_default())
}

/// What the user asked for: few names, so looking through a tree costs less than hashing.
#[derive(Default)]
struct Rules {
    exclude: BTreeSet<String>,
    include: BTreeSet<String>,
    renames: BTreeMap<String, String>,
    /// From new names to old ones. Of two old names the one that `HashMap` hands out last wins.
    olds: BTreeMap<String, String>,
}

impl Rules {
    fn parse(config: &Config) -> Self {
        let set = |key| config.list(key).unwrap_or_default().into_iter().collect();
        let mut renames = BTreeMap::new();
        let mut order = Vec::new();
        for mapping in config.list("renames").unwrap_or_default() {
            // The validator has made sure that there are two names.
            if let Some((old, new)) = mapping.split_once(':') {
                let new = new.trim_end_matches(':');
                order.push(old.to_owned());
                renames.insert(old.to_owned(), new.to_owned());
            }
        }
        let olds = key_order(&order, 16).into_iter().map(|old| (renames[&old].clone(), old)).collect();
        Self { exclude: set("exclude"), include: set("include"), renames, olds }
    }

    fn keeps(&self, name: &str) -> bool {
        !self.exclude.contains(name) && (self.include.is_empty() || self.include.contains(name))
    }

    /// The schema without and with other fields, and where their values are.
    fn plan(&self, schema: &Schema) -> Result<Plan> {
        let mut target = StructSchema::basics_of(schema);
        for field in schema::fields(schema)?.iter().filter(|field| self.keeps(field.name())) {
            let name = self.renames.get(field.name()).map_or(field.name(), String::as_str);
            target.field(name, field.schema())?;
        }
        let target = target.build();
        let sources = target.fields().iter().map(|field| self.source(schema, field.name(), field.schema()));
        let sources = sources.collect();
        Ok(Plan { target, sources })
    }

    /// Connect looks for the field under its old name, even where it had its new one from the start.
    fn source(&self, schema: &Schema, name: &str, target: &Schema) -> Source {
        let old = self.olds.get(name).map_or(name, String::as_str);
        match schema.field(old) {
            Some((index, field)) if **field.schema() == *target => Source::Same(index),
            Some((index, _)) => Source::Other(index),
            None => Source::Missing(old.to_owned()),
        }
    }
}

struct Plan {
    target: SchemaRef,
    sources: Vec<Source>,
}

/// Where the value of a field comes from.
enum Source {
    /// A field of the same schema.
    Same(usize),
    /// A field of another schema: two renames got into each other's way.
    Other(usize),
    /// A field that is not there, for the same reason.
    Missing(String),
}

impl Plan {
    fn value<'a>(
        &self,
        at: usize,
        schema: &'a Schema,
        values: &[ValueRef<'a>],
        replace_null: bool,
    ) -> Result<ValueRef<'a>> {
        match &self.sources[at] {
            Source::Same(index) => {
                let value = field::get(&schema.fields()[*index], values[*index], replace_null);
                field::put(&self.target.fields()[at], value)
            }
            Source::Other(index) => {
                let value = field::get(&schema.fields()[*index], values[*index], replace_null);
                let target = &self.target.fields()[at];
                validate::value(Some(target.name()), target.schema(), value)?;
                Ok(value)
            }
            Source::Missing(name) => Err(Error::data(format!("{name} is not a valid field name"))),
        }
    }
}

/// `org.apache.kafka.connect.transforms.ReplaceField`
pub struct ReplaceField {
    part: Part,
    rules: Rules,
    replace_null: bool,
    plans: SchemaCache<Plan>,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
}

impl ReplaceField {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            rules: Rules::default(),
            replace_null: true,
            plans: SchemaCache::default(),
            values: Buffer::default(),
            entries: MapBuffer::default(),
        }
    }

    fn without_schema<'a>(&mut self, value: ValueRef<'a>, arena: &'a Arena) -> Result<ValueRef<'a>> {
        let entries = require_map(value, PURPOSE)?;
        let mut map = HashMap::with_capacity(entries.len(), &mut self.entries);
        for entry in entries {
            // `null` is in no set and has no new name.
            let name = require_name(entry.key)?;
            if name.map_or(self.rules.include.is_empty(), |name| self.rules.keeps(name)) {
                let renamed = name.and_then(|name| self.rules.renames.get(name));
                map.put(renamed.map_or(entry.key, |new| ValueRef::str(arena.str(new))), entry.value);
            }
        }
        Ok(map.finish(arena, &mut self.entries))
    }
}

impl Transform for ReplaceField {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.rules = Rules::parse(&config);
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
        let values = require_struct(value, PURPOSE)?;
        let rules = &self.rules;
        let plan = self.plans.get_or(schema, || rules.plan(schema))?;
        let mut picked = self.values.take();
        for at in 0..plan.sources.len() {
            picked.push(plan.value(at, schema, values, self.replace_null)?);
        }
        self.part.set(record, Some(arena.schema(&plan.target)), ValueRef::structure(arena.values(&picked)));
        self.values.give(picked);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use ferry_sdk::data::{SchemaType, Value};

    fn replace(settings: &str, schema: Option<&Schema>, value: Value) -> String {
        run(ReplaceField::new(Part::Value), settings, schema, value)
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn fields_of_a_struct() {
        let number =
            ferry_sdk::data::SchemaBuilder::new(SchemaType::Int32).optional().default_value(5).build();
        let schema = ferry_sdk::data::SchemaBuilder::structure()
            .name("S")
            .optional()
            .field("a", Schema::string())
            .field("b", &number)
            .field("c", Schema::optional_string())
            .build();
        let row = Value::Struct(vec!["x".into(), Value::Null, "z".into()]);
        for (settings, expected) in [
            ("", "S/STRUCT{a:STRING,b:INT32?=5,c:STRING?} Struct{a=x,b=5,c=z}"),
            ("replace.null.with.default=false", "S/STRUCT{a:STRING,b:INT32?=5,c:STRING?} Struct{a=x,c=z}"),
            ("exclude=a,b", "S/STRUCT{c:STRING?} Struct{c=z}"),
            ("include=a,b;exclude=b;renames=a:n", "S/STRUCT{n:STRING} Struct{n=x}"),
            ("include=zz", "S/STRUCT{} Struct{}"),
            ("renames=a:c,c:a", "S/STRUCT{c:STRING,b:INT32?=5,a:STRING?} Struct{c=x,b=5,a=z}"),
            ("renames=zz:a", "zz is not a valid field name"),
            (
                "renames=a:b;exclude=a",
                "Invalid Java object for schema with type INT32: class java.lang.String for field: \"b\"",
            ),
            (
                "renames=a:b",
                "org.apache.kafka.connect.errors.SchemaBuilderException: Cannot create field because of field name \
                 duplication b",
            ),
            (
                "renames=a:b:c",
                "org.apache.kafka.common.config.ConfigException: Invalid value [a:b:c] for configuration renames: \
                 Invalid rename mapping: a:b:c",
            ),
        ] {
            assert_eq!(replace(settings, Some(&schema), row.clone()), expected, "{settings}");
        }
        assert_eq!(replace("include=zz", Some(&schema), Value::Null).rsplit(' ').next(), Some("null"));
    }

    #[test]
    fn entries_of_a_map() {
        let map = Value::map([("zeta", 1), ("alpha", 2), ("Mid", 3), ("omega", 4)]);
        assert_eq!(replace("exclude=alpha;renames=omega:o", None, map.clone()), "{zeta=1, Mid=3, o=4}");
        assert_eq!(replace("include=zeta", None, map), "{zeta=1}");
        let odd = Value::Map(vec![(Value::Null, 1.into())]);
        assert_eq!(replace("exclude=a", None, odd.clone()), "{null=1}");
        assert_eq!(replace("include=a", None, odd), "{}");
        assert_eq!(
            replace("exclude=a", None, Value::Map(vec![(1.into(), 1.into())])),
            "java.lang.ClassCastException: class java.lang.Integer cannot be cast to class java.lang.String \
             (java.lang.Integer and java.lang.String are in module java.base of loader 'bootstrap')"
        );
    }
}
