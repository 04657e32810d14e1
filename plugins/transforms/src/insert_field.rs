//! `InsertField`: metadata of the record, or a fixed text, as fields.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::{Arena, Record, Schema, SchemaBuilder, SchemaRef, ValueRef};
use ferry_sdk::{Error, Result};

use crate::buffer::Buffer;
use crate::hash_map::{HashMap, MapBuffer};
use crate::part::{Part, require_map, require_struct};
use crate::schema::StructSchema;
use crate::schema_cache::SchemaCache;
use crate::{field, keys};

const PURPOSE: &str = "field insertion";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    const OPTIONALITY: &str = "Suffix with <code>!</code> to make this a required field, or <code>?</code> to keep \
                               it optional (the default).";
    let text = |name, doc: &str| ConfigKey::new(name, ConfigType::String, Importance::Medium, doc).or_null();
    let field = |name, doc: &str| text(name, &format!("{doc}{OPTIONALITY}"));
    ConfigDef::new()
        .define(field("topic.field", "Field name for Kafka topic. "))
        .define(field("partition.field", "Field name for Kafka partition. "))
        .define(field(
            "offset.field",
            "Field name for Kafka offset - only applicable to sink connectors.<br/>",
        ))
        .define(field("timestamp.field", "Field name for record timestamp. "))
        .define(field("static.field", "Field name for static data field. "))
        .define(text("static.value", "Static field value, if field name configured."))
        .define(keys::replace_null_with_default())
}

/// What a new field holds.
enum Content {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Static(String),
}

struct Insertion {
    name: String,
    optional: bool,
    content: Content,
}

/// `org.apache.kafka.connect.transforms.InsertField`.
pub struct InsertField {
    part: Part,
    insertions: Vec<Insertion>,
    replace_null: bool,
    schemas: SchemaCache<SchemaRef>,
    values: Buffer<ValueRef<'static>>,
    entries: MapBuffer,
}

impl InsertField {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            insertions: Vec::new(),
            replace_null: true,
            schemas: SchemaCache::default(),
            values: Buffer::default(),
            entries: MapBuffer::default(),
        }
    }
}

/// The schema with the new fields.
fn widened(schema: &Schema, insertions: &[Insertion]) -> Result<SchemaRef> {
    let mut wide = StructSchema::basics_of(schema);
    for field in schema.fields() {
        wide.field(field.name(), field.schema())?;
    }
    for insertion in insertions {
        wide.field(&insertion.name, &insertion.schema())?;
    }
    Ok(wide.build())
}

impl Insertion {
    fn parse(name: &str, content: Content) -> Self {
        let (name, optional) = match (name.strip_suffix('!'), name.strip_suffix('?')) {
            (Some(name), _) => (name, false),
            (_, Some(name)) => (name, true),
            _ => (name, true),
        };
        Self { name: name.to_owned(), optional, content }
    }

    fn schema(&self) -> SchemaRef {
        match (&self.content, self.optional) {
            (Content::Topic | Content::Static(_), false) => Schema::string().clone(),
            (Content::Topic | Content::Static(_), true) => Schema::optional_string().clone(),
            (Content::Partition, false) => Schema::int32().clone(),
            (Content::Partition, true) => Schema::optional_int32().clone(),
            (Content::Offset, false) => Schema::int64().clone(),
            (Content::Offset, true) => Schema::optional_int64().clone(),
            (Content::Timestamp, optional) => SchemaBuilder::timestamp().set_optional(optional).build(),
        }
    }

    /// The value for `record`; `None` where it has no such thing.
    fn value<'a>(
        &self,
        record: &Record<'a>,
        arena: &'a Arena,
        with_schema: bool,
    ) -> Result<Option<ValueRef<'a>>> {
        Ok(match &self.content {
            Content::Topic => Some(ValueRef::str(record.topic())),
            Content::Static(text) => Some(ValueRef::str(arena.str(text))),
            Content::Partition => record.partition().map(ValueRef::int32),
            Content::Timestamp if with_schema => record.timestamp().map(ValueRef::instant),
            Content::Timestamp => record.timestamp().map(ValueRef::int64),
            Content::Offset => match record.kafka_offset() {
                Some(offset) => Some(ValueRef::int64(offset)),
                None => {
                    return Err(Error::data(format!(
                        "Only SinkRecord supported for [{PURPOSE}], found: org.apache.kafka.connect.source.SourceRecord"
                    )));
                }
            },
        })
    }
}

impl Transform for InsertField {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        let text = |key: &str| config.string(key);
        let value = text("static.value");
        let without_value = text("static.field").filter(|_| value.is_none());
        let fields = [
            ("topic.field", Content::Topic),
            ("partition.field", Content::Partition),
            ("offset.field", Content::Offset),
            ("timestamp.field", Content::Timestamp),
            ("static.field", Content::Static(value.unwrap_or_default())),
        ];
        self.insertions = fields
            .into_iter()
            .filter_map(|(key, content)| Some(Insertion::parse(&text(key)?, content)))
            .collect();
        if self.insertions.is_empty() {
            return Err(Error::config("No field insertion configured"));
        }
        if let Some(field) = without_value {
            return Err(Error::config(format!(
                "Invalid value null for configuration static.value: No value specified for static field: {field}"
            )));
        }
        self.replace_null = keys::replaces_null(&config);
        self.schemas = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let (schema, value) = self.part.of(record);
        if value.is_null() {
            return Ok(Outcome::Keep);
        }
        let Some(schema) = schema else {
            let mut map = HashMap::copy_of(require_map(value, PURPOSE)?, &mut self.entries);
            for insertion in &self.insertions {
                if let Some(value) = insertion.value(record, arena, false)? {
                    map.put_name(&insertion.name, value, arena);
                }
            }
            self.part.set(record, None, map.finish(arena, &mut self.entries));
            return Ok(Outcome::Keep);
        };
        let values = require_struct(value, PURPOSE)?;
        let insertions = &self.insertions;
        let wide = self.schemas.get_or(schema, || widened(schema, insertions))?;
        let mut all = self.values.take();
        for (field, value) in schema.fields().iter().zip(values) {
            all.push(field::copy(field, *value, self.replace_null)?);
        }
        for insertion in insertions {
            all.push(insertion.value(record, arena, true)?.unwrap_or(ValueRef::NULL));
        }
        self.part.set(record, Some(arena.schema(wide)), ValueRef::structure(arena.values(&all)));
        self.values.give(all);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Scratch, TimestampType, Value, View};

    fn insert(config: &[(&str, &str)]) -> Result<InsertField> {
        let mut transform = InsertField::new(Part::Value);
        transform.configure(&config.iter().copied().collect())?;
        Ok(transform)
    }

    #[test]
    fn widens_a_struct_and_keeps_its_values_where_they_are() {
        let mut transform = insert(&[
            ("topic.field", "t!"),
            ("partition.field", "p"),
            ("timestamp.field", "ts"),
            ("static.field", "s?"),
            ("static.value", "x"),
        ])
        .unwrap();
        let schema =
            SchemaBuilder::structure().name("S").version(2).optional().field("a", Schema::string()).build();
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let text = arena.str("old");
        let fields = arena.values(&[ValueRef::str(text)]);
        let mut record = Record::to("topic")
            .with_value(Some(arena.schema(&schema)), ValueRef::structure(fields))
            .with_timestamp(5);
        assert_eq!(transform.apply(&mut record, arena), Ok(Outcome::Keep));
        let View::Struct(values) = record.value().view() else { panic!("{record:?}") };
        assert_eq!(
            values.iter().map(|v| v.view()).collect::<Vec<_>>(),
            [View::Str("old"), View::Str("topic"), View::Null, View::Instant(5), View::Str("x")]
        );
        assert!(values[0].same(ValueRef::str(text)), "an untouched field was copied");
        let wide = record.value_schema().unwrap();
        assert_eq!((wide.name(), wide.version(), wide.is_optional()), (Some("S"), Some(2), false));
        let shapes: Vec<_> = wide
            .fields()
            .iter()
            .map(|f| (f.name(), f.schema().kind().name(), f.schema().is_optional()))
            .collect();
        assert_eq!(
            shapes,
            [
                ("a", "STRING", false),
                ("t", "STRING", false),
                ("p", "INT32", true),
                ("ts", "INT64", true),
                ("s", "STRING", true)
            ]
        );
    }

    #[test]
    fn adds_entries_to_a_map_and_replaces_those_of_the_name() {
        let mut transform =
            insert(&[("topic.field", "a"), ("offset.field", "o"), ("timestamp.field", "ts")]).unwrap();
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let mut record = Record::to("topic")
            .with_value(None, Value::map([("a", Value::Int64(1))]).put(arena))
            .from_kafka("topic", 3, 9, TimestampType::CreateTime)
            .with_timestamp(7);
        assert_eq!(transform.apply(&mut record, arena), Ok(Outcome::Keep));
        let value = Value::from(record.value());
        assert_eq!(value.get("a"), Some(&Value::from("topic")));
        assert_eq!(value.get("o"), Some(&Value::Int64(9)));
        assert_eq!(value.get("ts"), Some(&Value::Int64(7)));
    }

    fn complaint<'a>(config: &[(&str, &str)], mut record: Record<'a>, arena: &'a Arena) -> String {
        insert(config).unwrap().apply(&mut record, arena).unwrap_err().message().to_owned()
    }

    #[test]
    fn says_what_is_wrong_in_the_words_of_the_jvm() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let text = Record::to("t").with_value(None, ValueRef::str("x"));
        assert_eq!(
            complaint(&[("topic.field", "a")], text, arena),
            "Only Map objects supported in absence of schema for [field insertion], found: java.lang.String"
        );
        let map = Record::to("t").with_value(None, ValueRef::map(&[]));
        assert_eq!(
            complaint(&[("offset.field", "a")], map, arena),
            "Only SinkRecord supported for [field insertion], found: org.apache.kafka.connect.source.SourceRecord"
        );
        let schema = SchemaBuilder::structure().field("a", Schema::string()).build();
        let fields = arena.values(&[ValueRef::str("x")]);
        let row = Record::to("t").with_value(Some(arena.schema(&schema)), ValueRef::structure(fields));
        assert_eq!(
            complaint(&[("topic.field", "a")], row, arena),
            "Cannot create field because of field name duplication a"
        );
        assert_eq!(insert(&[]).err().unwrap().message(), "No field insertion configured");
    }

    #[test]
    fn null_stays_null() {
        let mut transform = insert(&[("topic.field", "a")]).unwrap();
        let scratch = Scratch::new();
        let mut record = Record::to("t");
        assert_eq!(transform.apply(&mut record, scratch.arena()), Ok(Outcome::Keep));
        assert!(record.value().is_null());
    }
}
