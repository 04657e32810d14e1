//! `InsertField`: fields from the record's own attributes, or a fixed one.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::{Arena, Entry, Record, Schema, SchemaBuilder, SchemaRef, SchemaType, ValueRef, View};
use ferry_sdk::{Error, Result, java};

use crate::Operand;
use crate::operand::copy_basics;

/// `org.apache.kafka.connect.transforms.InsertField$Key` and `$Value`
#[derive(Debug)]
pub struct InsertField {
    operand: Operand,
    fields: Vec<Insertion>,
    replace_null: bool,
    /// Schemas and what they became, the last used first.
    schemas: Vec<(SchemaRef, SchemaRef)>,
}

/// As many updated schemas as Connect keeps.
const CACHED: usize = 16;

#[derive(Debug)]
struct Insertion {
    name: String,
    optional: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Static(String),
}

/// What it accepts.
pub fn config_def() -> ConfigDef {
    const OPTIONALITY: &str = "Suffix with <code>!</code> to make this a required field, or <code>?</code> to keep it optional (the default).";
    let key =
        |name: &str, doc: String| ConfigKey::new(name, ConfigType::String, Importance::Medium, doc).or_null();
    ConfigDef::new()
        .define(key("topic.field", format!("Field name for Kafka topic. {OPTIONALITY}")))
        .define(key("partition.field", format!("Field name for Kafka partition. {OPTIONALITY}")))
        .define(key(
            "offset.field",
            format!("Field name for Kafka offset - only applicable to sink connectors.<br/>{OPTIONALITY}"),
        ))
        .define(key("timestamp.field", format!("Field name for record timestamp. {OPTIONALITY}")))
        .define(key("static.field", format!("Field name for static data field. {OPTIONALITY}")))
        .define(key("static.value", "Static field value, if field name configured.".to_owned()))
        .define(
            ConfigKey::new(
                "replace.null.with.default",
                ConfigType::Boolean,
                Importance::Medium,
                "Whether to replace fields that have a default value and that are null to the default value. When set to true, \
                 the default value is used, otherwise null is used.",
            )
            .or("true"),
        )
}

impl Insertion {
    fn schema(&self) -> SchemaRef {
        let (required, optional) = match self.what {
            What::Topic | What::Static(_) => (Schema::string(), Schema::optional_string()),
            What::Partition => (Schema::int32(), Schema::optional_int32()),
            What::Offset => (Schema::int64(), Schema::optional_int64()),
            What::Timestamp => return SchemaBuilder::timestamp().set_optional(self.optional).build(),
        };
        if self.optional { optional.clone() } else { required.clone() }
    }

    /// `None`: the record has no such attribute, and nothing is put.
    fn value<'a>(
        &self,
        record: &Record<'a>,
        schemaless: bool,
        arena: &'a Arena,
    ) -> Result<Option<ValueRef<'a>>> {
        Ok(match &self.what {
            What::Topic => Some(ValueRef::str(record.topic())),
            What::Partition => record.partition().map(ValueRef::int32),
            What::Offset => Some(ValueRef::int64(record.kafka_offset().ok_or_else(|| {
                Error::data(
                    "Only SinkRecord supported for [field insertion], found: \
                     org.apache.kafka.connect.source.SourceRecord",
                )
            })?)),
            What::Timestamp if schemaless => record.timestamp().map(ValueRef::int64),
            What::Timestamp => record.timestamp().map(ValueRef::instant),
            What::Static(text) => Some(ValueRef::str(arena.str(text))),
        })
    }
}

impl InsertField {
    /// The one for keys or for values.
    pub fn new(operand: Operand) -> Self {
        Self { operand, fields: Vec::new(), replace_null: true, schemas: Vec::new() }
    }

    fn updated_schema(&mut self, schema: &Schema) -> Result<SchemaRef> {
        let known = self.schemas.iter().position(|(old, _)| std::ptr::eq(&**old, schema));
        let known = known.or_else(|| self.schemas.iter().position(|(old, _)| **old == *schema));
        if let Some(at) = known {
            self.schemas[..=at].rotate_right(1);
            return Ok(self.schemas[0].1.clone());
        }
        let mut builder = copy_basics(schema, SchemaBuilder::structure());
        let mut names: Vec<&str> = Vec::with_capacity(schema.fields().len() + self.fields.len());
        for field in schema.fields() {
            names.push(field.name());
            builder = builder.field(field.name(), field.schema());
        }
        for field in &self.fields {
            if names.contains(&&*field.name) {
                let name = &field.name;
                return Err(Error::data(format!(
                    "Cannot create field because of field name duplication {name}"
                ))
                .class("org.apache.kafka.connect.errors.SchemaBuilderException"));
            }
            names.push(&field.name);
            builder = builder.field(&field.name, &field.schema());
        }
        let updated = builder.build();
        self.schemas.truncate(CACHED - 1);
        self.schemas.insert(0, (schema.share(), updated.clone()));
        Ok(updated)
    }

    fn with_schema<'a>(
        &mut self,
        schema: &'a Schema,
        value: ValueRef<'a>,
        record: &mut Record<'a>,
        arena: &'a Arena,
    ) -> Result<()> {
        let View::Struct(old) = value.view() else {
            let class = java::class_name(value);
            return Err(Error::data(format!(
                "Only Struct objects supported for [field insertion], found: {class}"
            )));
        };
        let updated = self.updated_schema(schema)?;
        let mut values = Vec::with_capacity(updated.fields().len());
        values.extend_from_slice(old);
        if self.replace_null {
            for (value, field) in values.iter_mut().zip(schema.fields()).filter(|(v, _)| v.is_null()) {
                *value = field.schema().default_value().unwrap_or(ValueRef::NULL);
            }
        }
        for field in &self.fields {
            values.push(field.value(record, false, arena)?.unwrap_or(ValueRef::NULL));
        }
        let updated = arena.schema(&updated);
        self.operand.set(record, Some(updated), ValueRef::structure(arena.values(&values)));
        Ok(())
    }

    fn schemaless<'a>(&self, value: ValueRef<'a>, record: &mut Record<'a>, arena: &'a Arena) -> Result<()> {
        let View::Map(old) = value.view() else {
            let class = java::class_name(value);
            return Err(Error::data(format!(
                "Only Map objects supported in absence of schema for [field insertion], found: {class}"
            )));
        };
        let mut entries = Vec::with_capacity(old.len() + self.fields.len());
        entries.extend_from_slice(old);
        for field in &self.fields {
            if let Some(value) = field.value(record, true, arena)? {
                entries.push(Entry { key: ValueRef::str(arena.str(&field.name)), value });
            }
        }
        // `new HashMap<>(value)` makes room for the old entries at a load of three quarters.
        let room = (old.len() as f32 / 0.75 + 1.0) as usize;
        java::hash_map_order(&mut entries, room);
        self.operand.set(record, None, ValueRef::map(arena.entries(&entries)));
        Ok(())
    }
}

impl Transform for InsertField {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        let value = config.string("static.value");
        let mut fields = Vec::new();
        for (key, what) in [
            ("topic.field", What::Topic),
            ("partition.field", What::Partition),
            ("offset.field", What::Offset),
            ("timestamp.field", What::Timestamp),
            ("static.field", What::Static(value.clone().unwrap_or_default())),
        ] {
            if let Some(spec) = config.string(key) {
                let (name, optional) = match spec.strip_suffix('!') {
                    Some(name) => (name, false),
                    None => (spec.strip_suffix('?').unwrap_or(&spec), true),
                };
                fields.push(Insertion { name: name.to_owned(), optional, what });
            }
        }
        if fields.is_empty() {
            return Err(Error::config("No field insertion configured"));
        }
        if let Some(Insertion { name, what: What::Static(_), .. }) = fields.last()
            && value.is_none()
        {
            return Err(Error::config(format!(
                "Invalid value null for configuration static.value: No value specified for static field: {name}"
            )));
        }
        self.fields = fields;
        self.replace_null = config.boolean("replace.null.with.default").unwrap_or(true);
        self.schemas.clear();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        match self.operand.of(record) {
            (_, value) if value.is_null() => {}
            (Some(schema), value) if schema.kind() == SchemaType::Struct => {
                self.with_schema(schema, value, record, arena)?;
            }
            (Some(_), value) => {
                let class = java::class_name(value);
                return Err(Error::data(format!(
                    "Only Struct objects supported for [field insertion], found: {class}"
                )));
            }
            (None, value) => self.schemaless(value, record, arena)?,
        }
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Scratch, TimestampType, Value};

    const ALL: [(&str, &str); 6] = [
        ("topic.field", "t!"),
        ("partition.field", "p?"),
        ("offset.field", "o"),
        ("timestamp.field", "ts"),
        ("static.field", "s"),
        ("static.value", "fixed"),
    ];

    fn transform(operand: Operand, config: &[(&str, &str)]) -> Result<InsertField> {
        let mut transform = InsertField::new(operand);
        transform.configure(&config.iter().map(|(k, v)| (*k, *v)).collect())?;
        Ok(transform)
    }

    #[test]
    fn adds_fields_to_a_struct_without_copying_the_others() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let schema = SchemaBuilder::structure()
            .name("n")
            .version(2)
            .doc("d")
            .parameter("k", "v")
            .optional()
            .field("a", Schema::string())
            .field("d", &SchemaBuilder::new(SchemaType::Int32).optional().default_value(7).build())
            .build();
        let text = ValueRef::str(arena.str("unmoved"));
        let value = ValueRef::structure(arena.values(&[text, ValueRef::NULL]));
        let before = Record::to("topic")
            .from_kafka("topic", 4, 9, TimestampType::CreateTime)
            .with_value(Some(arena.schema(&schema)), value)
            .with_timestamp(5);
        let mut insert = transform(Operand::Value, &ALL).unwrap();
        let mut first = before;
        assert_eq!(insert.apply(&mut first, arena).unwrap(), Outcome::Keep);
        let View::Struct(values) = first.value().view() else { panic!("a struct: {first:?}") };
        assert!(values[0].same(text));
        assert_eq!(
            Value::from(first.value()),
            Value::Struct(vec![
                "unmoved".into(),
                7.into(),
                "topic".into(),
                4.into(),
                9i64.into(),
                Value::Instant(5),
                "fixed".into()
            ])
        );
        let updated = first.value_schema().unwrap();
        let expected = SchemaBuilder::from_schema(&schema)
            .set_optional(false)
            .field("t", Schema::string())
            .field("p", Schema::optional_int32())
            .field("o", Schema::optional_int64())
            .field("ts", &SchemaBuilder::timestamp().optional().build())
            .field("s", Schema::optional_string())
            .build();
        assert_eq!(*updated, *expected);
        let mut second = before;
        assert_eq!(insert.apply(&mut second, arena).unwrap(), Outcome::Keep);
        assert!(std::ptr::eq(second.value_schema().unwrap(), updated), "the updated schema is cached");
    }

    #[test]
    fn leaves_nulls_and_missing_attributes_out() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let schema = SchemaBuilder::structure().field("d", Schema::optional_string()).build();
        let value = ValueRef::structure(arena.values(&[ValueRef::NULL]));
        let mut record = Record::to("t").with_key(Some(arena.schema(&schema)), value);
        let mut insert =
            transform(Operand::Key, &[("partition.field", "p"), ("timestamp.field", "ts")]).unwrap();
        assert_eq!(insert.apply(&mut record, arena).unwrap(), Outcome::Keep);
        assert_eq!(Value::from(record.key()), Value::Struct(vec![Value::Null; 3]));
        let mut tombstone = Record::to("t").with_value(Some(Schema::string()), ValueRef::NULL);
        let mut insert = transform(Operand::Value, &[("topic.field", "t")]).unwrap();
        assert_eq!(insert.apply(&mut tombstone, arena).unwrap(), Outcome::Keep);
        assert_eq!(
            (tombstone.value(), tombstone.value_schema()),
            (ValueRef::NULL, Some(&**Schema::string()))
        );
    }

    #[test]
    fn adds_entries_to_a_map() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let value = Value::map([("s", "old"), ("zeta", "z"), ("alpha", "a")]).put(arena);
        let mut record = Record::to("t").with_value(None, value).with_timestamp(5);
        let config = [("timestamp.field", "ts"), ("static.field", "s"), ("static.value", "new")];
        assert_eq!(
            transform(Operand::Value, &config).unwrap().apply(&mut record, arena).unwrap(),
            Outcome::Keep
        );
        assert_eq!(java::to_string(None, record.value()), "{zeta=z, s=new, alpha=a, ts=5}");
        let twelve = Value::map((0..12).map(|n| (format!("k{n}"), n))).put(arena);
        let View::Map(twelve) = twelve.view() else { panic!("a map: {twelve:?}") };
        let mut twelve = twelve.to_vec();
        java::hash_map_order(&mut twelve, 16);
        let mut record =
            Record::to("t").with_value(None, ValueRef::map(arena.entries(&twelve))).with_timestamp(5);
        assert_eq!(
            transform(Operand::Value, &config).unwrap().apply(&mut record, arena).unwrap(),
            Outcome::Keep
        );
        assert_eq!(
            java::to_string(None, record.value()),
            "{k0=0, k1=1, k2=2, k3=3, k4=4, k5=5, k11=11, k6=6, k10=10, k7=7, k8=8, k9=9, s=new, ts=5}"
        );
    }

    #[test]
    fn faults_are_connects() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let apply = |config: &[(&str, &str)], schema: Option<&SchemaRef>, value: &Value| {
            let mut record = Record::to("t").with_value(schema.map(|s| arena.schema(s)), value.put(arena));
            let before = format!("{record:?}");
            let error = transform(Operand::Value, config).unwrap().apply(&mut record, arena).unwrap_err();
            assert_eq!(format!("{record:?}"), before, "a failed transform changes nothing");
            error.trace()
        };
        let schema = SchemaBuilder::structure().field("i", Schema::int32()).build();
        let one = Value::Struct(vec![1.into()]);
        assert_eq!(
            apply(&[("offset.field", "o")], Some(&schema), &one),
            "org.apache.kafka.connect.errors.DataException: Only SinkRecord supported for [field insertion], found: \
             org.apache.kafka.connect.source.SourceRecord\n"
        );
        assert_eq!(
            apply(&[("topic.field", "i")], Some(&schema), &one),
            "org.apache.kafka.connect.errors.SchemaBuilderException: Cannot create field because of field name duplication i\n"
        );
        assert_eq!(
            apply(&[("topic.field", "i")], Some(Schema::int32()), &1.into()),
            "org.apache.kafka.connect.errors.DataException: Only Struct objects supported for [field insertion], found: \
             java.lang.Integer\n"
        );
        assert_eq!(
            apply(&[("topic.field", "i")], None, &1.into()),
            "org.apache.kafka.connect.errors.DataException: Only Map objects supported in absence of schema for [field \
             insertion], found: java.lang.Integer\n"
        );
        assert_eq!(transform(Operand::Key, &[]).unwrap_err().message(), "No field insertion configured");
        assert_eq!(
            transform(Operand::Key, &[("static.field", "s")]).unwrap_err().message(),
            "Invalid value null for configuration static.value: No value specified for static field: s"
        );
    }
}
