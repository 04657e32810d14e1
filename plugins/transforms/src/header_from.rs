//! `HeaderFrom`: fields moved or copied to headers.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Header, Record, Schema, SchemaRef, ValueRef};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{self, HashMap, MapBuffer};
use crate::part::{Part, require_map, require_struct};
use crate::schema::{self, StructSchema};
use crate::schema_cache::SchemaCache;
use crate::{field, header, keys};

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let list = |name, doc| {
        ConfigKey::new(name, ConfigType::List, Importance::High, doc).valid(Validator::NonEmptyList)
    };
    ConfigDef::new()
        .define(list("fields", "Field names in the record whose values are to be copied or moved to headers."))
        .define(list(
            "headers",
            "Header names, in the same order as the field names listed in the fields configuration property.",
        ))
        .define(
            ConfigKey::new(
                "operation",
                ConfigType::String,
                Importance::High,
                "Either <code>move</code> if the fields are to be moved to the headers (removed from the key/value), or \
                 <code>copy</code> if the fields are to be copied to the headers (retained in the key/value).",
            )
            .valid(Validator::OneOf(vec!["move".into(), "copy".into()])),
        )
        .define(keys::replace_null_with_default())
}

/// What becomes of a struct schema.
struct Plan {
    /// Without the moved fields, and where the others are; `None` if they are copied.
    rest: Option<(SchemaRef, Vec<usize>)>,
    /// Where the field for each header is; `None` if there is no such field.
    sources: Vec<Option<usize>>,
}

/// `org.apache.kafka.connect.transforms.HeaderFrom`
pub struct HeaderFrom {
    part: Part,
    fields: Vec<String>,
    headers: Vec<String>,
    moves: bool,
    purpose: &'static str,
    replace_null: bool,
    plans: SchemaCache<Plan>,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
    added: Buffer<Header<'static>>,
}

impl HeaderFrom {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            fields: Vec::new(),
            headers: Vec::new(),
            moves: false,
            purpose: "",
            replace_null: true,
            plans: SchemaCache::default(),
            values: Buffer::default(),
            entries: MapBuffer::default(),
            added: Buffer::default(),
        }
    }

    fn without_schema<'a>(
        &mut self,
        record: &mut Record<'a>,
        value: ValueRef<'a>,
        arena: &'a Arena,
    ) -> Result<()> {
        let entries = require_map(value, self.purpose)?;
        let mut headers = self.added.take();
        headers.extend_from_slice(record.headers());
        for (name, header) in self.fields.iter().zip(&self.headers) {
            headers.push(Header::new(arena.str(header), None, hash_map::get(entries, name)));
        }
        let map = HashMap::copy_of(entries, &mut self.entries);
        let moved = if self.moves { &self.fields[..] } else { &[] };
        let map = map.finish_without(moved, arena, &mut self.entries);
        self.part.set(record, None, map);
        record.set_headers(arena.headers(&headers));
        self.added.give(headers);
        Ok(())
    }
}

fn plan(fields: &[String], moves: bool, schema: &Schema) -> Result<Plan> {
    let mut rest = None;
    if moves {
        let mut target = StructSchema::basics_of(schema);
        let mut indexes = Vec::new();
        for (index, field) in schema::fields(schema)?.iter().enumerate() {
            if !fields.iter().any(|name| name == field.name()) {
                target.field(field.name(), field.schema())?;
                indexes.push(index);
            }
        }
        rest = Some((target.build(), indexes));
    }
    let sources = fields.iter().map(|name| schema.field(name).map(|(index, _)| index)).collect();
    Ok(Plan { rest, sources })
}

/// The JVM worker fails like this for a field that the schema does not have.
fn no_such_field() -> Error {
    Error::data(
        "Cannot invoke \"org.apache.kafka.connect.data.Field.schema()\" because the return value of \
         \"org.apache.kafka.connect.data.Schema.field(String)\" is null",
    )
    .class("java.lang.NullPointerException")
}

impl Transform for HeaderFrom {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.fields = config.list("fields").unwrap_or_default();
        self.headers = config.list("headers").unwrap_or_default();
        if self.headers.len() != self.fields.len() {
            return Err(Error::config(
                "'fields' config must have the same number of elements as 'headers' config.",
            ));
        }
        self.moves = config.string("operation").as_deref() == Some("move");
        self.purpose = if self.moves { "header move" } else { "header copy" };
        self.replace_null = keys::replaces_null(&config);
        self.plans = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        let Some(schema) = schema else {
            self.without_schema(record, value, arena)?;
            return Ok(Outcome::Keep);
        };
        let values = require_struct(value, self.purpose)?;
        let (fields, moves) = (&self.fields, self.moves);
        let plan = self.plans.get_or(schema, || plan(fields, moves, schema))?;
        let mut rest = None;
        if let Some((target, indexes)) = &plan.rest {
            let mut kept = self.values.take();
            for index in indexes {
                kept.push(field::copy(&schema.fields()[*index], values[*index], self.replace_null)?);
            }
            rest = Some((arena.schema(target), ValueRef::structure(arena.values(&kept))));
            self.values.give(kept);
        }
        let mut headers = self.added.take();
        headers.extend_from_slice(record.headers());
        for (name, source) in self.headers.iter().zip(&plan.sources) {
            let source = source.ok_or_else(no_such_field)?;
            let field = &schema.fields()[source];
            let value = field::get(field, values[source], self.replace_null);
            headers.push(header::checked(arena.str(name), Some(field.schema()), value)?);
        }
        record.set_headers(arena.headers(&headers));
        self.added.give(headers);
        if let Some((schema, value)) = rest {
            self.part.set(record, Some(schema), value);
        }
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{config, shown};
    use ferry_sdk::data::{SchemaBuilder, Scratch, Value};

    /// The value and the headers that come out.
    fn run(settings: &str, schema: Option<&Schema>, value: Value) -> String {
        let mut transform = HeaderFrom::new(Part::Value);
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let old = arena.headers(&[Header::new("old", None, ValueRef::int8(1))]);
        let schema = schema.map(|schema| arena.schema(&schema.share()));
        let mut record = Record::to("t").with_value(schema, value.put(arena)).with_headers(old);
        match transform.configure(&config(settings)).and_then(|()| transform.apply(&mut record, arena)) {
            Ok(_) => {
                let headers =
                    record.headers().iter().map(|h| format!("{}={}", h.key(), shown(h.schema(), h.value())));
                format!(
                    "{} [{}]",
                    shown(record.value_schema(), record.value()),
                    headers.collect::<Vec<_>>().join(", ")
                )
            }
            Err(error) => error.message().to_owned(),
        }
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn fields_of_a_struct() {
        let schema = SchemaBuilder::structure()
            .name("S")
            .optional()
            .field("a", Schema::string())
            .field("b", Schema::optional_int32())
            .build();
        let row = Value::Struct(vec!["x".into(), Value::Null]);
        for (settings, expected) in [
            (
                "fields=a,b,a;headers=h,i,h;operation=copy",
                "S/STRUCT?{a:STRING,b:INT32?} Struct{a=x} [old=1, h=STRING x, i=INT32? null, h=STRING x]",
            ),
            ("fields=a;headers=h;operation=move", "S/STRUCT{b:INT32?} Struct{} [old=1, h=STRING x]"),
            (
                "fields=zz;headers=h;operation=move",
                "Cannot invoke \"org.apache.kafka.connect.data.Field.schema()\" because the return value of \
                 \"org.apache.kafka.connect.data.Schema.field(String)\" is null",
            ),
            (
                "fields=a,b;headers=h;operation=move",
                "'fields' config must have the same number of elements as 'headers' config.",
            ),
            (
                "fields=a;headers=h;operation=Move",
                "Invalid value Move for configuration operation: String must be one of: move, copy",
            ),
            ("fields=;headers=h;operation=move", "Invalid value [] for configuration fields: Empty list"),
        ] {
            assert_eq!(run(settings, Some(&schema), row.clone()), expected, "{settings}");
        }
        assert_eq!(
            run("fields=a;headers=h;operation=move", Some(&schema), Value::Null),
            "Only Struct objects supported for [header move], found: null"
        );
        let unset = Value::Struct(vec![Value::Null, Value::Null]);
        assert_eq!(
            run("fields=a;headers=h;operation=copy", Some(&schema), unset),
            "A null value requires an optional schema but was Schema{STRING}"
        );
    }

    #[test]
    fn entries_of_a_map() {
        let map = || Value::map([("zeta", 1), ("alpha", 2), ("Mid", 3), ("omega", 4)]);
        assert_eq!(
            run("fields=alpha,zz;headers=h,i;operation=move", None, map()),
            "{zeta=1, Mid=3, omega=4} [old=1, h=2, i=null]"
        );
        assert_eq!(
            run("fields=alpha;headers=h;operation=copy", None, map()),
            "{zeta=1, Mid=3, omega=4, alpha=2} [old=1, h=2]"
        );
    }
}
