//! From a Connect schema to an Avro schema (`AvroData.fromConnectSchema`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ferry_sdk::data::{DATE, DECIMAL, Schema, SchemaBuilder, SchemaRef, SchemaType, TIME, TIMESTAMP};
use ferry_sdk::{Error, Result};
use serde_json::{Value as Json, json};

use super::Settings;
use super::defaults;
use super::names::{self, DEFAULT, ENUM, MAP_ENTRY, NAMESPACE, SUM_ENUM};
use super::schema::{Avro, AvroSchema, Field, Kind, Name, enum_of, union};

/// The precision of decimals that name none.
pub const DEFAULT_PRECISION: i64 = 64;
/// The parameter that makes BYTES a fixed.
pub const FIXED_SIZE: &str = "connect.fixed.size";
/// The parameter with the precision of a Decimal.
pub const PRECISION: &str = "connect.decimal.precision";
/// Says that a default came from an Avro field.
pub const FIELD_DEFAULT: &str = "io.confluent.connect.avro.field.default";

/// The Avro schema of `schema`; of none, the schema of anything.
pub fn convert(settings: &Settings, schema: Option<&Schema>) -> Result<Avro> {
    Conversion { settings, done: HashMap::new(), seen: HashSet::new(), unnamed: 0 }.schema(schema, false)
}

/// Whether `schema` is a union as a struct.
pub fn is_union(schema: &Schema) -> bool {
    schema.name() == Some(names::UNION) || schema.parameter(names::SUM_UNION).is_some()
}

/// Whether maps with these keys are maps in Avro, too.
pub fn string_keys(settings: &Settings, keys: &Schema) -> bool {
    keys.kind() == SchemaType::String && (!keys.is_optional() || settings.optional_map_keys)
}

/// Whether `schema` becomes a fixed.
pub fn is_fixed(schema: &Schema) -> bool {
    schema.kind() == SchemaType::Bytes && schema.name().is_some() && schema.parameter(FIXED_SIZE).is_some()
}

/// A parameter that has to be a number.
pub fn number(schema: &Schema, parameter: &str) -> Result<Option<i64>> {
    let Some(text) = schema.parameter(parameter) else { return Ok(None) };
    let number = text.parse::<i32>().map_err(|_| {
        Error::data(format!("For input string: \"{text}\"")).class("java.lang.NumberFormatException")
    });
    number.map(|n| Some(n.into()))
}

struct Conversion<'s> {
    settings: &'s Settings,
    /// Required schemas that were converted already: each named one is defined once.
    done: HashMap<u64, Vec<(SchemaRef, Avro)>>,
    seen: HashSet<String>,
    unnamed: u32,
}

impl Conversion<'_> {
    fn schema(&mut self, schema: Option<&Schema>, ignore_optional: bool) -> Result<Avro> {
        let Some(schema) = schema else { return Ok(super::anything::schema().clone()) };
        let keep = !schema.is_optional();
        if keep
            && !is_union(schema)
            && let Some(bucket) = self.done.get(&schema.structural_hash())
            && let Some((_, avro)) = bucket.iter().find(|(other, _)| **other == *schema)
        {
            return Ok(avro.clone());
        }
        let base = self.base(schema)?;
        let avro = if matches!(base.kind, Kind::Union(_)) {
            Arc::new(base)
        } else {
            let base = Arc::new(self.annotate(schema, base)?);
            if ignore_optional { base } else { optional(schema, base)? }
        };
        if keep {
            self.done.entry(schema.structural_hash()).or_default().push((schema.share(), avro.clone()));
        }
        Ok(avro)
    }

    fn base(&mut self, schema: &Schema) -> Result<AvroSchema> {
        Ok(AvroSchema::new(match schema.kind() {
            SchemaType::Int8 | SchemaType::Int16 | SchemaType::Int32 => Kind::Int,
            SchemaType::Int64 => Kind::Long,
            SchemaType::Float32 => Kind::Float,
            SchemaType::Float64 => Kind::Double,
            SchemaType::Boolean => Kind::Boolean,
            SchemaType::String => return self.string(schema),
            SchemaType::Bytes => return self.bytes(schema),
            SchemaType::Array => Kind::Array(self.schema(schema.value_schema(), false)?),
            SchemaType::Map => return self.map(schema),
            SchemaType::Struct => return self.structure(schema),
        }))
    }

    fn name_or_default(&mut self, name: Option<&str>) -> (Option<String>, String) {
        match name {
            Some(name) => names::split(name, self.settings.scrub),
            None => {
                self.unnamed += 1;
                let number = if self.unnamed > 1 { self.unnamed.to_string() } else { String::new() };
                (Some(NAMESPACE.to_owned()), format!("{DEFAULT}{number}"))
            }
        }
    }

    fn string(&mut self, schema: &Schema) -> Result<AvroSchema> {
        let settings = self.settings;
        let is_enum = schema.parameter(SUM_ENUM).is_some() || schema.parameter(ENUM).is_some();
        if !(settings.sum_types || settings.enhanced) || !is_enum {
            return Ok(AvroSchema::new(Kind::String));
        }
        let parameter = if settings.sum_types { SUM_ENUM } else { ENUM };
        let prefix = format!("{parameter}.");
        let symbols =
            schema.parameters().filter_map(|(key, _)| key.strip_prefix(&prefix).map(str::to_owned)).collect();
        let (_, name) = self.name_or_default(schema.name());
        let full = schema.parameter(parameter).unwrap_or_default();
        let (doc, default) = if settings.discard_docs {
            (schema.parameter("connect.enum.doc"), None)
        } else {
            (
                schema.parameter(&format!("{NAMESPACE}.enum.doc.{name}")),
                schema.parameter(&format!("{NAMESPACE}.enum.default.{name}")),
            )
        };
        let mut avro = AvroSchema::named(enum_of(symbols, default)?, Name::new(full, None)?);
        avro.doc = doc.map(str::to_owned);
        Ok(avro)
    }

    fn bytes(&mut self, schema: &Schema) -> Result<AvroSchema> {
        let mut avro = if is_fixed(schema) {
            let (space, name) = self.name_or_default(schema.name());
            let size = number(schema, FIXED_SIZE)?.unwrap_or_default();
            let size = usize::try_from(size).map_err(|_| {
                Error::data(format!("Invalid fixed size: {size}")).class("java.lang.IllegalArgumentException")
            })?;
            AvroSchema::named(Kind::Fixed(size), Name::new(&name, space.as_deref())?)
        } else {
            AvroSchema::new(Kind::Bytes)
        };
        if is(schema, DECIMAL) {
            avro.add("scale", json!(number(schema, "scale")?.unwrap_or_default()))?;
            avro.add("precision", json!(number(schema, PRECISION)?.unwrap_or(DEFAULT_PRECISION)))?;
        }
        Ok(avro)
    }

    fn map(&mut self, schema: &Schema) -> Result<AvroSchema> {
        if schema.key_schema().is_some_and(|keys| string_keys(self.settings, keys)) {
            return Ok(AvroSchema::new(Kind::Map(self.schema(schema.value_schema(), false)?)));
        }
        let mut entry = match schema.name() {
            None => AvroSchema::named(Kind::Null, Name::new(MAP_ENTRY, Some(NAMESPACE))?),
            Some(name) => {
                let (space, name) = self.name_or_default(Some(name));
                let mut entry = AvroSchema::named(Kind::Null, Name::new(&name, space.as_deref())?);
                entry.add("connect.internal.type", json!(MAP_ENTRY))?;
                entry
            }
        };
        let key = self.field("key", schema.key_schema(), None)?;
        entry.kind = Kind::Record(vec![key, self.field("value", schema.value_schema(), None)?]);
        Ok(AvroSchema::new(Kind::Array(Arc::new(entry))))
    }

    fn structure(&mut self, schema: &Schema) -> Result<AvroSchema> {
        if is_union(schema) {
            let mut members = Vec::new();
            if schema.is_optional() {
                members.push(Arc::new(AvroSchema::new(Kind::Null)));
            }
            for field in schema.fields() {
                members.push(self.schema(Some(&required(field.schema())), true)?);
            }
            return Ok(AvroSchema::new(union(members)?.kind.clone()));
        }
        if schema.is_optional() {
            let inner = self.schema(Some(&required(schema)), false)?;
            return Ok(AvroSchema::new(
                union(vec![Arc::new(AvroSchema::new(Kind::Null)), inner])?.kind.clone(),
            ));
        }
        let (space, name) = self.name_or_default(schema.name());
        let mut avro = AvroSchema::named(Kind::Null, Name::new(&name, space.as_deref())?);
        let discard = self.settings.discard_docs;
        let doc = if discard { "connect.record.doc" } else { "io.confluent.connect.avro.record.doc" };
        avro.doc = schema.parameter(doc).map(str::to_owned);
        let mut fields: Vec<Field> = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let name = names::scrubbed(field.name(), self.settings.scrub);
            let doc = (!discard)
                .then(|| schema.parameter(&format!("{NAMESPACE}.field.doc.{}", field.name())))
                .flatten();
            if fields.iter().any(|other| other.name == name) {
                return Err(Error::data(format!("Duplicate field {name} in record {}", avro.full_name()))
                    .class("org.apache.avro.AvroRuntimeException"));
            }
            fields.push(self.field(&name, Some(field.schema()), doc)?);
        }
        avro.kind = Kind::Record(fields);
        Ok(avro)
    }

    /// `addAvroRecordField`
    fn field(&mut self, name: &str, schema: Option<&Schema>, doc: Option<&str>) -> Result<Field> {
        let settings = self.settings;
        super::schema::valid(name)?;
        let Some(schema) = schema else {
            let schema = self.schema(None, false)?;
            return Ok(Field { name: name.to_owned(), schema, doc: None, default: None, props: Vec::new() });
        };
        let default = match schema.default_value().filter(|v| !v.is_null()) {
            Some(value) => Some(defaults::to_json(settings, schema, value)?),
            None => schema.is_optional().then_some(Json::Null),
        };
        let again =
            schema.name().is_some_and(|name| !self.seen.insert(names::scrubbed_full(name, settings.scrub)));
        let avro = self.schema(Some(schema), false)?;
        let mut props = Vec::new();
        if settings.meta_data && again && has_name(&avro) {
            let parameters = parameters(settings, schema);
            if !parameters.is_empty() {
                props.push(("connect.parameters".to_owned(), Json::Object(parameters)));
            }
        }
        let doc = if settings.discard_docs { schema.doc() } else { doc };
        Ok(Field {
            name: name.to_owned(),
            // As Avro: a default that is no value of the schema is left out.
            default: default.filter(|value| defaults::is_valid(&avro, value)),
            schema: avro,
            doc: doc.map(str::to_owned),
            props,
        })
    }

    /// What would be lost without it, as properties.
    fn annotate(&self, schema: &Schema, mut avro: AvroSchema) -> Result<AvroSchema> {
        let settings = self.settings;
        if settings.meta_data {
            if let Some(doc) = schema.doc() {
                avro.add("connect.doc", json!(doc))?;
            }
            if let Some(version) = schema.version() {
                avro.add("connect.version", json!(version))?;
            }
            let parameters = parameters(settings, schema);
            if !parameters.is_empty() {
                avro.add("connect.parameters", Json::Object(parameters))?;
            }
            if let Some(value) = schema.default_value().filter(|v| !v.is_null())
                && (settings.discard_docs || schema.parameter(FIELD_DEFAULT).is_none())
            {
                avro.add("connect.default", defaults::to_json(settings, schema, value)?)?;
            }
            if let Some(name) = schema.name() {
                avro.add("connect.name", json!(name))?;
            }
            match schema.kind() {
                SchemaType::Int8 => avro.add("connect.type", json!("int8"))?,
                SchemaType::Int16 => avro.add("connect.type", json!("int16"))?,
                _ => {}
            }
        }
        if is(schema, DECIMAL) {
            fits(schema, &avro)?;
            avro.add("logicalType", json!("decimal"))?;
        }
        for (name, logical) in [(TIME, "time-millis"), (TIMESTAMP, "timestamp-millis"), (DATE, "date")] {
            if is(schema, name) {
                avro.add("logicalType", json!(logical))?;
            }
        }
        for (key, value) in schema.parameters().filter(|(key, _)| key.starts_with("avro")) {
            avro.add(key, json!(value))?;
        }
        Ok(avro)
    }
}

fn is(schema: &Schema, logical: &str) -> bool {
    schema.name().is_some_and(|name| name.eq_ignore_ascii_case(logical))
}

/// `LogicalTypes.Decimal.validate`: a fixed must have room for the precision, where Avro looks at all.
fn fits(schema: &Schema, avro: &AvroSchema) -> Result<()> {
    let precision = number(schema, PRECISION)?.unwrap_or(DEFAULT_PRECISION);
    let scale = number(schema, "scale")?.unwrap_or_default();
    let Kind::Fixed(size) = avro.kind else { return Ok(()) };
    let most = ((8 * size).saturating_sub(1) as f64 * std::f64::consts::LOG10_2).floor() as i64;
    if scale < 0 || scale > precision || precision <= most {
        return Ok(());
    }
    Err(Error::data(format!("fixed({size}) cannot store {precision} digits (max {most})"))
        .class("java.lang.IllegalArgumentException"))
}

fn parameters(settings: &Settings, schema: &Schema) -> serde_json::Map<String, Json> {
    let kept = schema.parameters().filter(|(key, _)| settings.discard_docs || *key != FIELD_DEFAULT);
    kept.map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

fn has_name(avro: &AvroSchema) -> bool {
    avro.name.is_some() || avro.union().iter().any(|member| member.name.is_some())
}

fn optional(schema: &Schema, base: Avro) -> Result<Avro> {
    if !schema.is_optional() {
        return Ok(base);
    }
    let null = Arc::new(AvroSchema::new(Kind::Null));
    // The default of a union is one of its first type.
    let with_default = schema.default_value().is_some_and(|v| !v.is_null());
    union(if with_default { vec![base, null] } else { vec![null, base] })
}

/// `schema`, but required.
fn required(schema: &Schema) -> SchemaRef {
    if schema.is_optional() {
        SchemaBuilder::from_schema(schema).set_optional(false).build()
    } else {
        schema.share()
    }
}
