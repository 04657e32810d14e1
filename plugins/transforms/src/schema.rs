//! Making schemas from schemas, with the complaints of `SchemaBuilder` and `SchemaUtil`.

use ferry_sdk::data::{Field, Schema, SchemaBuilder, SchemaRef, SchemaType, ValueRef};
use ferry_sdk::{Error, Result};

use crate::validate;

/// A struct schema that fields are added to; a name is taken once.
pub struct StructSchema {
    builder: SchemaBuilder,
    names: Vec<String>,
}

impl StructSchema {
    /// Without fields and name.
    pub fn new() -> Self {
        Self { builder: SchemaBuilder::structure(), names: Vec::new() }
    }

    /// Required and without fields, with the name, version, doc and parameters of `schema`
    /// (`copySchemaBasics(schema, SchemaBuilder.struct())`).
    pub fn basics_of(schema: &Schema) -> Self {
        Self { builder: basics_as(schema, SchemaType::Struct), names: Vec::new() }
    }

    /// Adds a field.
    pub fn field(&mut self, name: &str, schema: &SchemaRef) -> Result<()> {
        if name.is_empty() {
            return Err(builder_error("fieldName cannot be null."));
        }
        if self.names.iter().any(|n| n == name) {
            return Err(builder_error(&format!(
                "Cannot create field because of field name duplication {name}"
            )));
        }
        self.names.push(name.to_owned());
        self.builder = std::mem::replace(&mut self.builder, SchemaBuilder::structure()).field(name, schema);
        Ok(())
    }

    /// The schema so far, to change its other properties.
    pub fn into_builder(self) -> SchemaBuilder {
        self.builder
    }

    /// The schema.
    pub fn build(self) -> SchemaRef {
        self.builder.build()
    }
}

fn builder_error(message: &str) -> Error {
    Error::data(message).class("org.apache.kafka.connect.errors.SchemaBuilderException")
}

/// The fields of a STRUCT (`ConnectSchema.fields`).
pub fn fields(schema: &Schema) -> Result<&[Field]> {
    match schema.kind() {
        SchemaType::Struct => Ok(schema.fields()),
        _ => Err(Error::data("Cannot list fields on non-struct type")),
    }
}

/// A required schema of type `kind` with the name, version, doc and parameters of `schema`.
pub fn basics_as(schema: &Schema, kind: SchemaType) -> SchemaBuilder {
    basics_on(SchemaBuilder::new(kind), schema)
}

fn basics_on(mut builder: SchemaBuilder, schema: &Schema) -> SchemaBuilder {
    if let Some(name) = schema.name() {
        builder = builder.name(name);
    }
    if let Some(version) = schema.version() {
        builder = builder.version(version);
    }
    if let Some(doc) = schema.doc() {
        builder = builder.doc(doc);
    }
    for (name, value) in schema.parameters() {
        builder = builder.parameter(name, value);
    }
    builder
}

/// A required schema with the type, name, version, doc and parameters of `schema`, and the element schema
/// of an array (`SchemaUtil.copySchemaBasics`).
pub fn basics_of(schema: &Schema) -> Result<SchemaBuilder> {
    if schema.kind() != SchemaType::Array {
        return Ok(basics_as(schema, schema.kind()));
    }
    let element = schema.value_schema().ok_or_else(|| builder_error("valueSchema cannot be null."))?;
    Ok(basics_on(SchemaBuilder::array(element.share()), schema))
}

/// How Java shows a schema: `Schema{INT32}`, `Schema{name:STRUCT}`.
pub fn shown(schema: &Schema) -> String {
    match schema.name() {
        Some(name) => format!("Schema{{{name}:{}}}", schema.kind().name()),
        None => format!("Schema{{{}}}", schema.kind().name()),
    }
}

/// `SchemaBuilder.defaultValue`: it must be a value of the schema.
pub fn with_default(builder: SchemaBuilder, default: ValueRef<'_>) -> Result<SchemaBuilder> {
    validate::value(None, &builder.clone().build(), default)
        .map_err(|error| builder_error("Invalid default value").caused_by(error))?;
    Ok(builder.default_value(default))
}
