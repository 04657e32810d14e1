//! From an Avro schema to a Connect schema (`AvroData.toConnectSchema`).

use ferry_sdk::data::{DECIMAL, Schema, SchemaBuilder, SchemaRef, SchemaType};
use ferry_sdk::{Error, Result};
use serde_json::Value as Json;

use super::Settings;
use super::defaults;
use super::from_connect::{DEFAULT_PRECISION, FIELD_DEFAULT, FIXED_SIZE, PRECISION};
use super::names::{self, DEFAULT_FULL, ENUM, MAP_ENTRY, NAMESPACE, SUM_ENUM, SUM_PREFIX, SUM_UNION};
use super::schema::{Avro, Field, Kind};

/// The Connect schema of `avro`, which has `version` in its subject.
pub fn convert(settings: &Settings, avro: &Avro, version: Option<i32>) -> Result<SchemaRef> {
    let mut conversion = Conversion { settings, unions: 0 };
    conversion.schema(avro, &Place { version, ..Place::default() })
}

/// The name of the field of a union's struct for its member `avro`, the `at`th of all members.
fn member_name(settings: &Settings, avro: &Avro, at: usize) -> String {
    if settings.sum_types {
        return format!("{SUM_PREFIX}field_{at}");
    }
    match avro.name {
        Some(_) if settings.enhanced => avro.full_name(),
        Some(_) => names::split(avro.simple_name(), settings.scrub).1,
        None => avro.type_name().to_owned(),
    }
}

/// Whether `avro` is an entry of a map whose keys are no strings.
pub fn is_map_entry(avro: &Avro) -> bool {
    let named = avro
        .name
        .as_ref()
        .is_some_and(|name| name.space.as_deref() == Some(NAMESPACE) && name.name == MAP_ENTRY);
    matches!(avro.kind, Kind::Record(_)) && (named || avro.text("connect.internal.type") == Some(MAP_ENTRY))
}

/// The member of an optional, where a union is one.
pub fn optional_member<'a>(settings: &Settings, members: &'a [Avro]) -> Option<(&'a Avro, bool)> {
    match members {
        [only] if settings.flatten_singletons => Some((only, false)),
        [null, some] if null.kind == Kind::Null && some.kind != Kind::Null => Some((some, true)),
        [some, null] if null.kind == Kind::Null && some.kind != Kind::Null => Some((some, true)),
        _ => None,
    }
}

/// Where a schema stands.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    optional: bool,
    default: Option<&'a Json>,
    doc: Option<&'a str>,
    version: Option<i32>,
}

/// The parts of a Connect schema; setting a parameter again leaves it where it stood.
struct Draft {
    builder: SchemaBuilder,
    name: Option<String>,
    version: Option<i32>,
    parameters: Vec<(String, String)>,
}

impl Draft {
    fn new(builder: SchemaBuilder) -> Self {
        let schema = builder.clone().build();
        Self {
            name: schema.name().map(str::to_owned),
            version: schema.version(),
            parameters: schema.parameters().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            builder,
        }
    }
    fn of(kind: SchemaType) -> Self {
        Self::new(SchemaBuilder::new(kind))
    }
    fn parameter(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.parameters.iter_mut().find(|(other, _)| *other == name) {
            Some(known) => known.1 = value,
            None => self.parameters.push((name, value)),
        }
    }
    fn builder(&self) -> SchemaBuilder {
        let mut builder = self.builder.clone();
        for (name, value) in &self.parameters {
            builder = builder.parameter(name, value);
        }
        if let Some(name) = &self.name {
            builder = builder.name(name);
        }
        if let Some(version) = self.version {
            builder = builder.version(version);
        }
        builder
    }
}

struct Conversion<'s> {
    settings: &'s Settings,
    unions: u32,
}

impl Conversion<'_> {
    fn schema(&mut self, avro: &Avro, place: &Place<'_>) -> Result<SchemaRef> {
        if let Kind::Union(members) = &avro.kind
            && let Some((member, optional)) = optional_member(self.settings, members)
        {
            return self.schema(member, &Place { optional, doc: place.doc, ..Place::default() });
        }
        let mut draft = self.typed(avro)?;
        self.document(avro, place, &mut draft);
        version(avro, place.version, &mut draft)?;
        self.parameters(avro, &mut draft)?;
        let default = self.default(avro, place, &mut draft);
        self.name(avro, &mut draft)?;
        let mut builder = draft.builder();
        if let Some(default) = default {
            builder = builder.default_value(default);
        }
        // A union with null is optional by itself.
        let null = avro.union().iter().any(|member| member.kind == Kind::Null);
        Ok(builder.set_optional(place.optional || null).build())
    }

    fn typed(&mut self, avro: &Avro) -> Result<Draft> {
        let logical = avro.text("logicalType").unwrap_or_default();
        let is = |name: &str| logical.eq_ignore_ascii_case(name);
        Ok(match &avro.kind {
            Kind::Boolean => Draft::of(SchemaType::Boolean),
            Kind::Bytes | Kind::Fixed(_) => bytes(avro, is("decimal"))?,
            Kind::Double => Draft::of(SchemaType::Float64),
            Kind::Float => Draft::of(SchemaType::Float32),
            Kind::Int if is("date") => Draft::new(SchemaBuilder::date()),
            Kind::Int if is("time-millis") => Draft::new(SchemaBuilder::time()),
            Kind::Int => match avro.text("connect.type") {
                Some("int8") if logical.is_empty() => Draft::of(SchemaType::Int8),
                Some("int16") if logical.is_empty() => Draft::of(SchemaType::Int16),
                Some(_) if logical.is_empty() => {
                    return Err(Error::data("Connect type annotation for Avro int field is null"));
                }
                _ => Draft::of(SchemaType::Int32),
            },
            Kind::Long if is("timestamp-millis") => Draft::new(SchemaBuilder::timestamp()),
            Kind::Long => Draft::of(SchemaType::Int64),
            Kind::String => Draft::of(SchemaType::String),
            Kind::Array(items) => Draft::new(self.array(items)?),
            Kind::Map(values) => {
                let values = self.schema(values, &Place::default())?;
                Draft::new(SchemaBuilder::map(Schema::string().clone(), values))
            }
            Kind::Record(fields) => self.record(avro, fields)?,
            Kind::Enum { symbols, default } => self.enumeration(avro, symbols, default.as_deref()),
            Kind::Union(members) => self.union(members)?,
            Kind::Null => {
                return Err(Error::data("Standalone null schemas are not supported by this converter"));
            }
            Kind::Recursive => {
                return Err(Error::data(format!(
                    "The Avro schema {} contains itself, which Ferry cannot represent as a Connect schema",
                    avro.full_name()
                )));
            }
        })
    }

    fn array(&mut self, items: &Avro) -> Result<SchemaBuilder> {
        if !is_map_entry(items) {
            return Ok(SchemaBuilder::array(self.schema(items, &Place::default())?));
        }
        let (2, Some(key), Some(value)) = (items.fields().len(), items.field("key"), items.field("value"))
        else {
            return Err(Error::data(
                "Found map encoded as array of key-value pairs, but array elements do not match the expected format.",
            ));
        };
        let key = self.schema(&key.schema, &Place::default())?;
        Ok(SchemaBuilder::map(key, self.schema(&value.schema, &Place::default())?))
    }

    fn record(&mut self, avro: &Avro, fields: &[Field]) -> Result<Draft> {
        let documents = !self.settings.discard_docs && self.settings.meta_data;
        let mut draft = Draft::new(SchemaBuilder::structure());
        if let (true, Some(doc)) = (documents, &avro.doc) {
            draft.parameter(format!("{NAMESPACE}.record.doc"), doc);
        }
        for field in fields {
            if let (true, Some(doc)) = (documents, &field.doc) {
                draft.parameter(format!("{NAMESPACE}.field.doc.{}", field.name), doc);
            }
            let place =
                Place { default: field.default.as_ref(), doc: field.doc.as_deref(), ..Place::default() };
            let mut schema = self.schema(&field.schema, &place)?;
            let own = field.props.iter().find(|(name, _)| name == "connect.parameters");
            if let (true, Some((_, Json::Object(own)))) = (self.settings.meta_data, own) {
                for (name, value) in own {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    if schema.parameter(name) != Some(value.as_str()) {
                        schema = SchemaBuilder::from_schema(&schema).parameter(name, value).build();
                    }
                }
            }
            draft.builder = draft.builder.field(&field.name, &schema);
        }
        Ok(draft)
    }

    fn enumeration(&self, avro: &Avro, symbols: &[String], default: Option<&str>) -> Draft {
        let settings = self.settings;
        let mut draft = Draft::of(SchemaType::String);
        if settings.meta_data {
            if let Some(doc) = &avro.doc {
                let own = format!("{NAMESPACE}.enum.doc.{}", avro.simple_name());
                draft.parameter(if settings.discard_docs { "connect.enum.doc".to_owned() } else { own }, doc);
            }
            if let (false, Some(default)) = (settings.discard_docs, default) {
                draft.parameter(format!("{NAMESPACE}.enum.default.{}", avro.simple_name()), default);
            }
        }
        let parameter = if settings.sum_types { SUM_ENUM } else { ENUM };
        draft.parameter(parameter, avro.full_name());
        for (at, symbol) in symbols.iter().enumerate() {
            let value = if settings.sum_types { at.to_string() } else { symbol.clone() };
            draft.parameter(format!("{parameter}.{symbol}"), value);
        }
        draft
    }

    fn union(&mut self, members: &[Avro]) -> Result<Draft> {
        let mut draft = Draft::new(SchemaBuilder::structure());
        if self.settings.sum_types {
            let name = format!("{SUM_PREFIX}{}", self.unions);
            self.unions += 1;
            draft.parameter(SUM_UNION, name.as_str());
            draft.name = Some(name);
        } else {
            draft.name = Some(names::UNION.to_owned());
        }
        let mut known: Vec<String> = Vec::new();
        for (at, member) in members.iter().enumerate().filter(|(_, member)| member.kind != Kind::Null) {
            let name = member_name(self.settings, member, at);
            if known.contains(&name) {
                return Err(Error::data("Multiple union schemas map to the Connect union field name"));
            }
            let schema = self.schema(member, &Place { optional: true, ..Place::default() })?;
            draft.builder = draft.builder.field(&name, &schema);
            known.push(name);
        }
        Ok(draft)
    }

    fn document(&self, avro: &Avro, place: &Place<'_>, draft: &mut Draft) {
        let settings = self.settings;
        let own = avro.text("connect.doc");
        let doc = if settings.discard_docs {
            place.doc.or(avro.doc.as_deref()).or(own)
        } else {
            own.filter(|_| settings.meta_data)
        };
        if let Some(doc) = doc {
            draft.builder = draft.builder.clone().doc(doc);
        }
        if let (true, true, Some(doc)) = (settings.discard_docs, settings.meta_data, &avro.doc) {
            draft.parameter("connect.record.doc", doc);
        }
    }

    fn parameters(&self, avro: &Avro, draft: &mut Draft) -> Result<()> {
        if let (true, Some(own)) = (self.settings.meta_data, avro.prop("connect.parameters")) {
            let Json::Object(own) = own else {
                return Err(Error::data(format!(
                    "Expected JSON object for schema parameters but found: {own}"
                )));
            };
            for (name, value) in own {
                let Json::String(value) = value else {
                    return Err(Error::data(format!(
                        "Expected schema parameter values to be strings but found: {value}"
                    )));
                };
                draft.parameter(name, value);
            }
        }
        for (name, value) in avro.props.iter().filter(|(name, _)| name.starts_with("avro")) {
            draft.parameter(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        Ok(())
    }

    /// The default, if there is one that is a value of the schema.
    fn default(&self, avro: &Avro, place: &Place<'_>, draft: &mut Draft) -> Option<ferry_sdk::data::Value> {
        let connect = avro.prop("connect.default");
        if !self.settings.discard_docs
            && self.settings.meta_data
            && place.default.is_some()
            && connect.is_none()
        {
            draft.parameter(FIELD_DEFAULT, "true");
        }
        let json = place.default.or(connect).filter(|json| !json.is_null())?;
        defaults::from_json(self.settings, &draft.builder().build(), avro, json).ok()
    }

    fn name(&self, avro: &Avro, draft: &mut Draft) -> Result<()> {
        let name = match avro.prop("connect.name") {
            Some(Json::String(name)) => Some(name.clone()),
            Some(other) => return Err(Error::data(format!("Invalid schema name: {other}"))),
            None => match avro.kind {
                Kind::Record(_) | Kind::Enum { .. } => Some(avro.full_name()),
                Kind::Fixed(_) if draft.name.as_deref() != Some(DECIMAL) => Some(avro.full_name()),
                _ => None,
            },
        };
        let Some(name) = name.filter(|name| !name.starts_with(DEFAULT_FULL)) else { return Ok(()) };
        match &draft.name {
            Some(known) if *known != name => Err(Error::data(format!(
                "Mismatched names: name already added to SchemaBuilder ({known}) differs from name in source schema ({name})"
            ))),
            _ => {
                draft.name = Some(name);
                Ok(())
            }
        }
    }
}

fn bytes(avro: &Avro, decimal: bool) -> Result<Draft> {
    let mut draft = if decimal {
        let scale = avro.prop("scale").and_then(Json::as_i64).unwrap_or_default();
        let mut draft = Draft::new(SchemaBuilder::decimal(scale as i32));
        match avro.prop("precision") {
            None => {}
            Some(precision) => {
                let precision = precision.as_i64().ok_or_else(|| {
                    Error::data(
                        "precision property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal",
                    )
                })?;
                if precision != DEFAULT_PRECISION {
                    draft.parameter(PRECISION, precision.to_string());
                }
            }
        }
        draft
    } else {
        Draft::of(SchemaType::Bytes)
    };
    if let Kind::Fixed(size) = avro.kind {
        draft.parameter(FIXED_SIZE, size.to_string());
    }
    Ok(draft)
}

/// The version that the schema says goes before that of the registry.
fn version(avro: &Avro, registry: Option<i32>, draft: &mut Draft) -> Result<()> {
    let own = match avro.prop("connect.version") {
        None => registry,
        Some(own) => {
            Some(own.as_i64().ok_or_else(|| Error::data(format!("Invalid Connect version found: {own}")))?
                as i32)
        }
    };
    match (own.filter(|version| *version >= 0), draft.version) {
        (Some(own), Some(known)) if own != known => Err(Error::data(format!(
            "Mismatched versions: version already added to SchemaBuilder ({known}) differs from version in source schema ({own})"
        ))),
        (Some(own), None) => {
            draft.version = Some(own);
            Ok(())
        }
        _ => Ok(()),
    }
}
