//! Schemas and values from and to the neutral JSON of the cases; `java/Data.java` is the other side.
//!
//! Numbers name their Java class (`{"i32":1}`), floats are their bits, bytes are Latin-1 text, a struct has one
//! value per field. Strings, booleans and null stand for themselves.

use ferry_plugin_abi::data::java::{BigDecimal, append_decimal, hash_map_order, parse_decimal};
use ferry_plugin_abi::data::{
    Arena, Entry, Schema, SchemaBuilder, SchemaRef, SchemaType, Scratch, Value, ValueRef,
};
use serde_json::{Map, Value as Json, json};

/// A value beside its schema.
#[derive(Clone, Debug)]
pub struct Typed {
    pub schema: Option<SchemaRef>,
    pub value: Value,
}

impl Typed {
    pub fn new(schema: Option<SchemaRef>, value: Value) -> Self {
        Self { schema, value }
    }

    pub fn to_json(&self) -> Json {
        json!({"schema": schema_to_json(self.schema.as_deref()), "value": value_to_json(&self.value)})
    }

    pub fn from_json(json: &Json) -> Self {
        Self { schema: schema_from_json(&json["schema"]), value: value_from_json(&json["value"]) }
    }

    /// As a plugin sees it.
    pub fn put<'a>(&self, arena: &'a Arena) -> (Option<&'a Schema>, ValueRef<'a>) {
        (self.schema.as_ref().map(|s| arena.schema(s)), put(&self.value, arena))
    }
}

/// What a plugin returned.
pub fn typed_json(schema: Option<&Schema>, value: ValueRef<'_>) -> Json {
    json!({"schema": schema_to_json(schema), "value": value_to_json(&Value::from(value))})
}

/// In the arena, maps in the order of the `HashMap`s that the Java harness makes of them.
fn put<'a>(value: &Value, arena: &'a Arena) -> ValueRef<'a> {
    let all = |items: &[Value]| items.iter().map(|v| put(v, arena)).collect::<Vec<_>>();
    match value {
        Value::Array(items) => ValueRef::array(arena.values(&all(items))),
        Value::Struct(items) => ValueRef::structure(arena.values(&all(items))),
        Value::Map(entries) => {
            let mut entries: Vec<Entry<'_>> =
                entries.iter().map(|(k, v)| Entry { key: put(k, arena), value: put(v, arena) }).collect();
            hash_map_order(&mut entries, 16);
            ValueRef::map(arena.entries(&entries))
        }
        scalar => scalar.put(arena),
    }
}

const TYPES: [SchemaType; 12] = [
    SchemaType::Int8,
    SchemaType::Int16,
    SchemaType::Int32,
    SchemaType::Int64,
    SchemaType::Float32,
    SchemaType::Float64,
    SchemaType::Boolean,
    SchemaType::String,
    SchemaType::Bytes,
    SchemaType::Array,
    SchemaType::Map,
    SchemaType::Struct,
];

/// The schema; null for none.
pub fn schema_to_json(schema: Option<&Schema>) -> Json {
    let Some(schema) = schema else { return Json::Null };
    let mut out = Map::new();
    out.insert("type".into(), schema.kind().name().into());
    if schema.is_optional() {
        out.insert("optional".into(), true.into());
    }
    if let Some(name) = schema.name() {
        out.insert("name".into(), name.into());
    }
    if let Some(version) = schema.version() {
        out.insert("version".into(), version.into());
    }
    if let Some(doc) = schema.doc() {
        out.insert("doc".into(), doc.into());
    }
    if let Some(default) = schema.default_value().filter(|d| !d.is_null()) {
        out.insert("default".into(), value_to_json(&Value::from(default)));
    }
    if schema.parameters().len() > 0 {
        out.insert("parameters".into(), schema.parameters().map(|(k, v)| json!([k, v])).collect());
    }
    match schema.kind() {
        SchemaType::Map => {
            out.insert("key".into(), schema_to_json(schema.key_schema()));
            out.insert("value".into(), schema_to_json(schema.value_schema()));
        }
        SchemaType::Array => {
            out.insert("value".into(), schema_to_json(schema.value_schema()));
        }
        SchemaType::Struct => {
            let fields = schema.fields().iter().map(|f| json!([f.name(), schema_to_json(Some(f.schema()))]));
            out.insert("fields".into(), fields.collect());
        }
        _ => {}
    }
    Json::Object(out)
}

/// The schema that [`schema_to_json`] wrote.
pub fn schema_from_json(json: &Json) -> Option<SchemaRef> {
    let kind = TYPES.into_iter().find(|t| Some(t.name()) == json["type"].as_str())?;
    let part =
        |name: &str| schema_from_json(&json[name]).unwrap_or_else(|| panic!("no {name} schema: {json}"));
    let mut builder = match kind {
        SchemaType::Array => SchemaBuilder::array(part("value")),
        SchemaType::Map => SchemaBuilder::map(part("key"), part("value")),
        kind => SchemaBuilder::new(kind),
    };
    builder = builder.set_optional(json["optional"] == true);
    if let Some(name) = json["name"].as_str() {
        builder = builder.name(name);
    }
    if let Some(version) = json["version"].as_i64() {
        builder = builder.version(version as i32);
    }
    if let Some(doc) = json["doc"].as_str() {
        builder = builder.doc(doc);
    }
    for parameter in json["parameters"].as_array().into_iter().flatten() {
        builder = builder.parameter(text(&parameter[0]), text(&parameter[1]));
    }
    for field in json["fields"].as_array().into_iter().flatten() {
        let schema = schema_from_json(&field[1]).unwrap_or_else(|| panic!("no field: {field}"));
        builder = builder.field(text(&field[0]), &schema);
    }
    if let Some(default) = json.get("default") {
        let scratch = Scratch::new();
        builder = builder.default_value(Value::from(put(&value_from_json(default), scratch.arena())));
    }
    Some(builder.build())
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}"))
}

/// Bytes as the Latin-1 text of the cases.
pub fn bytes_to_json(bytes: &[u8]) -> Json {
    bytes.iter().map(|b| char::from(*b)).collect::<String>().into()
}

/// The bytes that [`bytes_to_json`] wrote.
pub fn bytes_from_json(json: &Json) -> Vec<u8> {
    text(json).chars().map(|c| u8::try_from(c).expect("bytes are Latin-1 text")).collect()
}

/// The value, NaN as Java's one NaN.
pub fn value_to_json(value: &Value) -> Json {
    let list = |items: &[Value]| items.iter().map(value_to_json).collect::<Json>();
    match value {
        Value::Null => Json::Null,
        Value::Bool(v) => (*v).into(),
        Value::Int8(v) => json!({"i8": v}),
        Value::Int16(v) => json!({"i16": v}),
        Value::Int32(v) => json!({"i32": v}),
        Value::Int64(v) => json!({"i64": v}),
        Value::Float32(v) => {
            let v = if v.is_nan() { f32::from_bits(0x7fc0_0000) } else { *v };
            json!({"f32": format!("{:08x}", v.to_bits())})
        }
        Value::Float64(v) => {
            let v = if v.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { *v };
            json!({"f64": format!("{:016x}", v.to_bits())})
        }
        Value::String(v) => v.as_str().into(),
        Value::Bytes(v) => json!({"bytes": bytes_to_json(v)}),
        Value::Array(v) => json!({"list": list(v)}),
        Value::Struct(v) => json!({"struct": list(v)}),
        Value::Map(v) => {
            let entries: Json = v.iter().map(|(k, v)| json!([value_to_json(k), value_to_json(v)])).collect();
            json!({"map": entries})
        }
        Value::Decimal { unscaled, scale } => {
            let mut digits = Vec::new();
            append_decimal(&mut digits, unscaled, 0);
            json!({"decimal": String::from_utf8_lossy(&digits), "scale": scale})
        }
        Value::Instant(v) => json!({"date": v}),
    }
}

/// The value that [`value_to_json`] wrote.
pub fn value_from_json(json: &Json) -> Value {
    let Json::Object(object) = json else {
        return match json {
            Json::Bool(v) => Value::Bool(*v),
            Json::String(v) => Value::String(v.clone()),
            _ => Value::Null,
        };
    };
    let (kind, inner) = object.iter().next().expect("a value has a kind");
    let int = || inner.as_i64().unwrap_or_else(|| panic!("no number: {json}"));
    let bits = || u64::from_str_radix(text(inner), 16).unwrap_or_else(|e| panic!("{json}: {e}"));
    let items = || inner.as_array().into_iter().flatten();
    match kind.as_str() {
        "i8" => Value::Int8(int() as i8),
        "i16" => Value::Int16(int() as i16),
        "i32" => Value::Int32(int() as i32),
        "i64" => Value::Int64(int()),
        "f32" => Value::Float32(f32::from_bits(bits() as u32)),
        "f64" => Value::Float64(f64::from_bits(bits())),
        "bytes" => Value::Bytes(bytes_from_json(inner)),
        "date" => Value::Instant(int()),
        "decimal" => {
            let BigDecimal { unscaled, .. } = parse_decimal(text(inner)).expect("an integer");
            Value::Decimal { unscaled, scale: json["scale"].as_i64().unwrap_or_default() as i32 }
        }
        "list" => Value::Array(items().map(value_from_json).collect()),
        "struct" => Value::Struct(items().map(value_from_json).collect()),
        "map" => Value::Map(items().map(|e| (value_from_json(&e[0]), value_from_json(&e[1]))).collect()),
        other => panic!("no value: {other}"),
    }
}
