//! What a test expects against what came out.

use serde_json::{Map, Value};

use super::run::{Outcome, Passage};
use crate::text::{Kind, Node};

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `value.card`; empty for the record as such.
    pub path: String,
    /// What is expected; `None`: nothing is to be there.
    pub expected: Option<String>,
    /// What is there; `None`: nothing is.
    pub found: Option<String>,
    /// The line of the expectation.
    pub line: usize,
}

/// All that differs.
pub fn differences(expect: &Node, passage: &Passage) -> Vec<Difference> {
    let line = expect.at.at.line;
    let whole = |expected: &str, found: String| {
        vec![Difference {
            path: String::new(),
            expected: Some(expected.to_owned()),
            found: Some(found),
            line,
        }]
    };
    match (&expect.kind, &passage.outcome) {
        (Kind::Text(word), Outcome::Dropped) if word == "dropped" => Vec::new(),
        (Kind::Text(word), Outcome::Record(found)) if word == "unchanged" => {
            let given = passage.given.clone().unwrap_or_default();
            let mut all = Vec::new();
            values("", &given.into(), &found.clone().into(), line, &mut all);
            all
        }
        (Kind::Text(word), outcome) => whole(word, summary(outcome)),
        (_, outcome) => match (expect.get("error"), outcome) {
            (Some(Node { kind: Kind::Text(text), .. }), Outcome::Failed(error))
                if error.contains(text.as_str()) =>
            {
                Vec::new()
            }
            (Some(node), outcome) => {
                let text = format!("an error with {:?}", node.scalar().unwrap_or_default());
                whole(&text, summary(outcome))
            }
            (None, Outcome::Record(found)) => parts(expect, passage, found),
            (None, outcome) => whole("a record", summary(outcome)),
        },
    }
}

/// An outcome in a line.
pub fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Dropped => "dropped".to_owned(),
        Outcome::Failed(error) => format!("error: {error}"),
        Outcome::Record(parts) => {
            let part = |name: &str| format!("{name}: {}", parts.get(name).unwrap_or(&Value::Null));
            format!("a record with {}, {}, {}", part("topic"), part("key"), part("value"))
        }
    }
}

fn parts(expect: &Node, passage: &Passage, found: &Map<String, Value>) -> Vec<Difference> {
    let mut all = Vec::new();
    let whole = Value::Object(found.clone());
    for (key, node) in expect.entries().unwrap_or_default() {
        let line = node.at.at.line;
        match key.text.as_str() {
            "rest" => rest(expect, passage, found, line, &mut all),
            "missing" => {
                let Kind::List(paths) = &node.kind else { continue };
                for path in paths.iter().filter_map(Node::scalar) {
                    if let Some(value) = at(&whole, &path) {
                        let found = Some(value.to_string());
                        all.push(Difference { path, expected: None, found, line });
                    }
                }
            }
            path => part(path, node, passage.bytes, found, line, &mut all),
        }
    }
    all
}

/// One part of the record, or what a path leads to in it.
fn part(
    path: &str,
    expected: &Node,
    bytes: bool,
    found: &Map<String, Value>,
    line: usize,
    all: &mut Vec<Difference>,
) {
    let mut json = expected.to_json();
    if let Some(part) = path.strip_suffix("_base64") {
        // Bytes are shown as base64, and those of converters say so.
        let value = found.get(part).map(|value| value.get("base64").unwrap_or(value));
        return values(path, &json, value.unwrap_or(&Value::Null), line, all);
    }
    if path.ends_with("_schema") && !path.contains('.') {
        json = whole_schema(&json);
    }
    if path.split('.').next() == Some("headers") {
        let headers = found.get("headers").and_then(Value::as_array).cloned().unwrap_or_default();
        let seen =
            Value::Object(Map::from_iter([("headers".to_owned(), headers_like(&json, path, &headers))]));
        return match at(&seen, path) {
            Some(value) => values(path, &json, value, line, all),
            None => all.push(Difference {
                path: path.to_owned(),
                expected: Some(json.to_string()),
                found: None,
                line,
            }),
        };
    }
    match at(&Value::Object(found.clone()), path) {
        // Text that came out of a converter may look like JSON.
        Some(value) if bytes && is_text_of(&json, value) => {}
        Some(value) => values(path, &json, value, line, all),
        None => all.push(Difference {
            path: path.to_owned(),
            expected: Some(json.to_string()),
            found: None,
            line,
        }),
    }
}

/// Whether a string is the JSON of a value.
fn is_text_of(string: &Value, value: &Value) -> bool {
    let text = value.to_string();
    string.as_str() == Some(text.as_str())
}

/// Headers in the shape in which they are expected: a map of values, or a list with the fields that are named.
fn headers_like(expected: &Value, path: &str, headers: &[Value]) -> Value {
    let name = |header: &Value| header["key"].as_str().unwrap_or_default().to_owned();
    if let (Value::Array(wanted), "headers") = (expected, path) {
        let schemas = wanted.iter().any(|header| header.get("schema").is_some());
        let one = |header: &Value| {
            let mut header = header.clone();
            if let Some(fields) = header.as_object_mut().filter(|_| !schemas) {
                fields.remove("schema");
            }
            header
        };
        return headers.iter().map(one).collect();
    }
    let mut map = Map::new();
    for header in headers {
        let value = header["value"].clone();
        // Of a name that is there more than once, all values.
        match map.get_mut(&name(header)) {
            None => drop(map.insert(name(header), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.clone(), value]),
        }
    }
    map.into()
}

/// What the expectation does not name is as it was.
fn rest(
    expect: &Node,
    passage: &Passage,
    found: &Map<String, Value>,
    line: usize,
    all: &mut Vec<Difference>,
) {
    let named = |part: &str| {
        expect.entries().unwrap_or_default().iter().any(|(key, _)| {
            let head = key.text.split('.').next().unwrap_or_default();
            head == part || head.strip_suffix("_base64") == Some(part)
        })
    };
    let given = passage.given.clone().unwrap_or_default();
    for (name, value) in &given {
        // With another value comes another schema.
        let of_named = name.strip_suffix("_schema").is_some_and(&named);
        if !named(name) && !of_named {
            values(name, value, found.get(name).unwrap_or(&Value::Null), line, all);
        }
    }
}

/// What a path leads to. Names may hold dots: the longest that is there counts.
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    let mut ends: Vec<usize> = ends.collect();
    ends.reverse();
    ends.into_iter().find_map(|end| {
        let name = &path[..end];
        let child = match value {
            Value::Object(map) => map.get(name),
            Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        }?;
        if end == path.len() { Some(child) } else { at(child, &path[end + 1..]) }
    })
}

/// Where two values differ, as deep inside as they do.
fn values(path: &str, expected: &Value, found: &Value, line: usize, all: &mut Vec<Difference>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut differ = |path: String, expected: Option<&Value>, found: Option<&Value>| {
        let text = |value: &Value| value.to_string();
        all.push(Difference { path, expected: expected.map(text), found: found.map(text), line });
    };
    match (expected, found) {
        (Value::Object(wanted), Value::Object(there)) => {
            for (name, value) in wanted {
                match there.get(name) {
                    Some(other) => values(&below(name), value, other, line, all),
                    None => all.push(Difference {
                        path: below(name),
                        expected: Some(value.to_string()),
                        found: None,
                        line,
                    }),
                }
            }
            for (name, value) in there.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
                let found = Some(value.to_string());
                all.push(Difference { path: below(name), expected: None, found, line });
            }
        }
        (Value::Array(wanted), Value::Array(there)) if wanted.len() == there.len() => {
            for (index, (value, other)) in wanted.iter().zip(there).enumerate() {
                values(&below(&index.to_string()), value, other, line, all);
            }
        }
        _ if expected == found => {}
        _ => differ(path.to_owned(), Some(expected), Some(found)),
    }
}

/// A schema with what may be left out: `string` is `{"type": "string"}`, and what is not optional says so.
pub fn whole_schema(schema: &Value) -> Value {
    match schema {
        Value::String(kind) => serde_json::json!({"type": kind, "optional": false}),
        Value::Object(fields) => {
            let mut out = Map::new();
            for (name, value) in fields {
                let value = match (name.as_str(), value) {
                    ("fields", Value::Array(fields)) => fields.iter().map(whole_schema).collect(),
                    ("items" | "keys" | "values", child) => whole_schema(child),
                    (_, other) => other.clone(),
                };
                out.insert(name.clone(), value);
            }
            if out.contains_key("type") && !out.contains_key("optional") {
                out.insert("optional".to_owned(), Value::Bool(false));
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_finds_names_with_dots() {
        let value = json!({"value": {"a.b": 1, "a": {"b": 2, "c": [3, {"d": 4}]}}});
        let found = ["value.a.b", "value.a.c.0", "value.a.c.1.d", "value.a.x", "value.a.c.7"]
            .map(|path| at(&value, path));
        assert_eq!(found, [Some(&json!(1)), Some(&json!(3)), Some(&json!(4)), None, None]);
    }

    #[test]
    fn differences_are_as_deep_as_they_are() {
        let mut all = Vec::new();
        values(
            "value",
            &json!({"a": {"b": 1, "gone": 2}, "l": [1, 2]}),
            &json!({"a": {"b": "1", "new": null}, "l": [1, 3]}),
            7,
            &mut all,
        );
        let shown: Vec<String> =
            all.iter().map(|d| format!("{} {:?} {:?}", d.path, d.expected, d.found)).collect();
        assert_eq!(
            shown,
            [
                r#"value.a.b Some("1") Some("\"1\"")"#,
                r#"value.a.gone Some("2") None"#,
                r#"value.a.new None Some("null")"#,
                r#"value.l.1 Some("2") Some("3")"#,
            ]
        );
    }
}
