//! `ExtractField`: one field instead of all.

use ferry_sdk::Error;
use ferry_sdk::Result;
use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::{Arena, Record};

use crate::field_path::{FieldPath, syntax_version, value_at};
use crate::keys;
use crate::part::{Part, require_map_or_null, require_struct_or_null};
use crate::schema_cache::SchemaCache;

const PURPOSE: &str = "field extraction";

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new()
        .define(ConfigKey::new("field", ConfigType::String, Importance::Medium, "Field name to extract."))
        .define(keys::replace_null_with_default())
        .define(syntax_version())
}

/// `org.apache.kafka.connect.transforms.ExtractField`
pub struct ExtractField {
    part: Part,
    path: Option<FieldPath>,
    replace_null: bool,
    /// The index of the field at each step.
    indexes: SchemaCache<Vec<usize>>,
}

impl ExtractField {
    /// For keys or for values.
    pub fn new(part: Part) -> Self {
        Self { part, path: None, replace_null: true, indexes: SchemaCache::default() }
    }
}

impl Transform for ExtractField {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.path = Some(FieldPath::new(config.string("field").unwrap_or_default(), &config)?);
        self.replace_null = keys::replaces_null(&config);
        self.indexes = SchemaCache::default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> {
        let path = self.path.as_ref().ok_or_else(|| Error::fatal("ExtractField was not configured"))?;
        let (schema, value) = self.part.of(record);
        let Some(schema) = schema else {
            if require_map_or_null(value, PURPOSE)?.is_some() {
                self.part.set(record, None, path.value_in_map(value)?);
            }
            return Ok(Outcome::Keep);
        };
        require_struct_or_null(value, PURPOSE)?;
        let indexes = self.indexes.get_or(schema, || path.resolve(schema))?;
        let (schema, value) = value_at(indexes, schema, value, self.replace_null)?;
        self.part.set(record, Some(schema), value);
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use ferry_sdk::data::{Schema, SchemaBuilder, Value};

    fn extract(settings: &str, schema: Option<&Schema>, value: Value) -> String {
        run(ExtractField::new(Part::Value), settings, schema, value)
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn one_field_of_a_struct() {
        let with_default = SchemaBuilder::new(ferry_sdk::data::SchemaType::Int32).default_value(42).build();
        let inner = SchemaBuilder::structure().optional().field("c.d", &with_default).build();
        let schema = SchemaBuilder::structure().field("a", Schema::string()).field("b", &inner).build();
        let row = |inner| Value::Struct(vec!["x".into(), inner]);
        let full = row(Value::Struct(vec![Value::Null]));
        for (settings, value, expected) in [
            ("field=a", full.clone(), "STRING x"),
            ("field=a", Value::Null, "STRING null"),
            ("field=b", row(Value::Null), "STRUCT?{c.d:INT32=42} null"),
            ("field=b.`c.d`;field.syntax.version=V2", full.clone(), "INT32=42 42"),
            (
                "field=b.`c.d`;field.syntax.version=v2;replace.null.with.default=false",
                full.clone(),
                "INT32=42 null",
            ),
            ("field=b.`c.d`;field.syntax.version=V2", row(Value::Null), "INT32=42 null"),
            (
                "field=b.x;field.syntax.version=V2",
                full.clone(),
                "java.lang.IllegalArgumentException: Unknown field: b.x",
            ),
            ("field=a.x;field.syntax.version=V2", full.clone(), "Cannot look up fields on non-struct type"),
            ("field=b.`c.d`", full.clone(), "java.lang.IllegalArgumentException: Unknown field: b.`c.d`"),
            (
                "field=;field.syntax.version=V2",
                full.clone(),
                "java.lang.IllegalArgumentException: fromIndex(0) > toIndex(-1)",
            ),
            (
                "field=a;field.syntax.version=V3",
                full.clone(),
                "org.apache.kafka.common.config.ConfigException: Invalid value V3 for configuration \
                 field.syntax.version: String must be one of (case insensitive): V1, V2",
            ),
            (
                "field=a",
                "x".into(),
                "Only Struct objects supported for [field extraction], found: java.lang.String",
            ),
        ] {
            assert_eq!(extract(settings, Some(&schema), value), expected, "{settings}");
        }
    }

    #[test]
    fn one_entry_of_a_map() {
        let map = Value::map([("a", Value::from(1)), ("b", Value::map([("c", Value::from(2))]))]);
        for (settings, value, expected) in [
            ("field=a", map.clone(), "1"),
            ("field=zz", map.clone(), "null"),
            ("field=b.c", map.clone(), "null"),
            ("field=a", Value::Null, "null"),
            ("field=b.c;field.syntax.version=V2", map.clone(), "2"),
            ("field=x.c;field.syntax.version=V2", map.clone(), "null"),
            (
                "field=a.c;field.syntax.version=V2",
                map.clone(),
                "Only Map objects supported in absence of schema for [nested field access], found: java.lang.Integer",
            ),
            (
                "field=a",
                1.into(),
                "Only Map objects supported in absence of schema for [field extraction], found: java.lang.Integer",
            ),
        ] {
            assert_eq!(extract(settings, None, value), expected, "{settings}");
        }
    }
}
