//! Records of sources and sinks.

use serde_json::{Value as Json, json};

use ferry_plugin_abi::data::{Schema, Value};

use super::{Gen, schema, text, value};
use crate::data::Typed;

/// A record with this key and this value; all else is any.
pub fn with(g: &mut Gen, key: &Typed, value: &Typed) -> Json {
    let headers: Vec<Json> = (0..g.one(&[0, 0, 0, 1, 1, 2, 3]))
        .map(|_| {
            let mut typed = value::typed(g);
            // Headers must be of their schema.
            typed.schema = typed.schema.filter(|s| s.is_optional() || typed.value != Value::Null);
            json!([g.pick(&["h", "a", "b", "trace", "\u{fc}"]), typed.to_json()])
        })
        .collect();
    let sink = g.chance(60);
    let partition = if sink || g.chance(50) { Json::from(g.one(&[0, 1, 17, i32::MAX])) } else { Json::Null };
    let timestamp = if g.chance(80) { Json::from(value::instant(g).max(-1)) } else { Json::Null };
    let mut record = json!({
        "topic": text::topic(g),
        "partition": partition,
        "timestamp": timestamp,
        "key": key.to_json(),
        "value": value.to_json(),
        "headers": headers,
    });
    if sink {
        record["offset"] = g.one(&[0, 1, 42, i64::MAX]).into();
    }
    record
}

/// Any record.
pub fn any(g: &mut Gen) -> Json {
    let (key, value) = (half(g), half(g));
    with(g, &key, &value)
}

/// A key or a value: mostly what has fields.
pub fn half(g: &mut Gen) -> Typed {
    match g.below(100) {
        0..45 => {
            let schema = schema::structure(g, 3);
            let value = value::of(g, &schema);
            Typed::new(Some(schema), value)
        }
        45..75 => Typed::new(None, value::free_map(g, 2)),
        75..83 => {
            let schema = g.chance(50).then(|| schema::any(g, 2)).filter(|s| s.is_optional());
            Typed::new(schema, Value::Null)
        }
        _ => value::typed(g),
    }
}

/// The names of its fields, those of inner ones as paths.
pub fn names(typed: &Typed) -> Vec<String> {
    let mut names = Vec::new();
    collect(typed.schema.as_deref(), &typed.value, "", &mut names);
    names
}

fn collect(schema: Option<&Schema>, value: &Value, prefix: &str, names: &mut Vec<String>) {
    let mut add = |name: &str, schema: Option<&Schema>, value: &Value| {
        names.push(format!("{prefix}{name}"));
        collect(schema, value, &format!("{prefix}{name}."), names);
    };
    match (schema, value) {
        (Some(schema), Value::Struct(values)) => {
            schema.fields().iter().zip(values).for_each(|(f, v)| add(f.name(), Some(f.schema()), v));
        }
        (Some(schema), _) => {
            schema.fields().iter().for_each(|f| add(f.name(), Some(f.schema()), &Value::Null))
        }
        (None, Value::Map(entries)) => entries.iter().for_each(|(key, value)| {
            if let Some(name) = key.as_str() {
                add(name, None, value);
            }
        }),
        _ => {}
    }
}
