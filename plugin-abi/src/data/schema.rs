//! Building schemas, as `org.apache.kafka.connect.data.SchemaBuilder`.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::raw::{Schema, SchemaParts, SchemaRef, SchemaType};

use super::Value;

/// Builds one [`Schema`].
#[derive(Clone, Debug)]
pub struct SchemaBuilder {
    kind: SchemaType,
    optional: bool,
    name: Option<String>,
    version: Option<i32>,
    doc: Option<String>,
    default: Option<Value>,
    parameters: Vec<(String, String)>,
    fields: Vec<(String, SchemaRef)>,
    key: Option<SchemaRef>,
    value: Option<SchemaRef>,
}

impl SchemaBuilder {
    /// A required schema of a scalar type, or a STRUCT to add fields to.
    pub fn new(kind: SchemaType) -> Self {
        Self {
            kind,
            optional: false,
            name: None,
            version: None,
            doc: None,
            default: None,
            parameters: Vec::new(),
            fields: Vec::new(),
            key: None,
            value: None,
        }
    }
    /// A STRUCT.
    pub fn structure() -> Self {
        Self::new(SchemaType::Struct)
    }
    /// An ARRAY of `element`.
    pub fn array(element: SchemaRef) -> Self {
        Self { value: Some(element), ..Self::new(SchemaType::Array) }
    }
    /// A MAP from `key` to `value`.
    pub fn map(key: SchemaRef, value: SchemaRef) -> Self {
        Self { key: Some(key), value: Some(value), ..Self::new(SchemaType::Map) }
    }
    /// A MAP from `key` to nulls (`SchemaBuilder.mapWithNullValues`). One whose keys are unknown too is
    /// `new(SchemaType::Map)`, an array of nulls `new(SchemaType::Array)`.
    pub fn map_with_null_values(key: SchemaRef) -> Self {
        Self { key: Some(key), ..Self::new(SchemaType::Map) }
    }
    /// A builder that starts with all of `schema`.
    pub fn from_schema(schema: &Schema) -> Self {
        Self {
            optional: schema.is_optional(),
            default: schema.default_value().map(Value::from),
            fields: schema.fields().iter().map(|f| (f.name().to_owned(), f.schema().clone())).collect(),
            key: schema.key_schema().map(Schema::share),
            value: schema.value_schema().map(Schema::share),
            ..Self::basics_of(schema)
        }
    }
    /// A required builder with the type, name, version, doc and parameters of `schema`
    /// (`SchemaUtil.copySchemaBasics`).
    pub fn basics_of(schema: &Schema) -> Self {
        Self {
            name: schema.name().map(str::to_owned),
            version: schema.version(),
            doc: schema.doc().map(str::to_owned),
            parameters: schema.parameters().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            ..Self::new(schema.kind())
        }
    }
    /// Null is a value.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
    /// Whether null is a value.
    pub fn set_optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }
    /// Names it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
    /// Sets the version.
    pub fn version(mut self, version: i32) -> Self {
        self.version = Some(version);
        self
    }
    /// Documents it.
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = Some(doc.into());
        self
    }
    /// Sets the default; it must be a value of the schema.
    pub fn default_value(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }
    /// Sets a parameter.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.parameters.retain(|(n, _)| *n != name);
        self.parameters.push((name, value.into()));
        self
    }
    /// Appends a field to a STRUCT.
    pub fn field(mut self, name: impl Into<String>, schema: &SchemaRef) -> Self {
        self.fields.push((name.into(), schema.clone()));
        self
    }
    /// The schema.
    pub fn build(self) -> SchemaRef {
        let mut hasher = DefaultHasher::new();
        (self.kind, self.optional, &self.name, self.version, &self.doc, &self.parameters).hash(&mut hasher);
        for (name, schema) in &self.fields {
            (name, schema.structural_hash()).hash(&mut hasher);
        }
        for child in [&self.key, &self.value].into_iter().flatten() {
            child.structural_hash().hash(&mut hasher);
        }
        SchemaParts {
            kind: self.kind,
            optional: self.optional,
            version: self.version,
            hash: hasher.finish(),
            name: self.name.as_deref(),
            doc: self.doc.as_deref(),
            default: self.default.as_ref(),
            parameters: &self.parameters,
            fields: &self.fields,
            key: self.key,
            value: self.value,
        }
        .build()
    }
}
