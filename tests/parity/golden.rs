//! The records: one JSON object per scenario, one entry per case.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("parity/golden").join(format!("{name}.json"))
}

/// Replaces a record.
pub fn write(name: &str, observed: &Value) {
    let text = serde_json::to_string_pretty(&sorted(observed)).expect("JSON") + "\n";
    std::fs::write(path(name), text).unwrap_or_else(|e| panic!("cannot write {name}: {e}"));
}

/// What the JVM worker did.
pub fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The record with Ferry's deliberate differences put in: where the JVM loses, doubles or corrupts data, or lies.
///
/// `differences.json` holds, per scenario and case, what Ferry does instead and why. A difference that
/// is none any more, or that belongs to no case, is a failure: the list says nothing but the truth.
pub fn with_differences(name: &str) -> Value {
    let mut recorded = read(name);
    let differences = read("differences");
    for (case, difference) in differences[name].as_object().into_iter().flatten() {
        assert!(
            difference["why"].as_str().is_some_and(|why| !why.is_empty()),
            "{name}: {case}: no reason is given"
        );
        let place =
            recorded.get_mut(case).unwrap_or_else(|| panic!("differences.json, {name}: no case {case}"));
        assert_ne!(
            sorted(place),
            sorted(&difference["ferry"]),
            "differences.json, {name}: {case} is no difference"
        );
        *place = difference["ferry"].clone();
    }
    recorded
}

/// Compares all cases with the record and shows every one that differs.
pub fn assert_equal(name: &str, recorded: &Value, observed: &Value, complaint: &str) {
    let (recorded, observed) = (sorted(recorded), sorted(observed));
    let (Value::Object(recorded), Value::Object(observed)) = (&recorded, &observed) else {
        panic!("{name}: a record is an object of cases");
    };
    let mut differences = Vec::new();
    for case in recorded.keys().chain(observed.keys().filter(|case| !recorded.contains_key(*case))) {
        let (wanted, found) = (recorded.get(case), observed.get(case));
        if wanted != found {
            let mut lines = Vec::new();
            differ("", wanted.unwrap_or(&Value::Null), found.unwrap_or(&Value::Null), &mut lines);
            differences.push(format!("== {case}\n{}", lines.join("\n")));
        }
    }
    assert!(
        differences.is_empty(),
        "{complaint}: {} of {} cases of {name}\n(- recorded, + observed)\n{}",
        differences.len(),
        recorded.len(),
        differences.join("\n")
    );
}

/// Objects with their keys in order, so that the order of members does not matter.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Where two values differ, each place with both sides. Lists of named things are compared by name.
fn differ(place: &str, wanted: &Value, found: &Value, lines: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key), b.get(key));
                if a != b {
                    let missing = json!("(missing)");
                    differ(&format!("{place}/{key}"), a.unwrap_or(&missing), b.unwrap_or(&missing), lines);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if by_name(a).is_some() && by_name(b).is_some() => {
            let names = |list: &[Value]| json!(list.iter().map(|item| name(item)).collect::<Vec<_>>());
            if names(a) != names(b) {
                lines.push(format!("- {place} {}\n+ {place} {}", names(a), names(b)));
            }
            let (a, b) = (by_name(a).unwrap_or_default(), by_name(b).unwrap_or_default());
            for (key, item) in &a {
                if let Some(other) = b.get(key) {
                    differ(&format!("{place}[{key}]"), item, other, lines);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                differ(&format!("{place}[{number}]"), a, b, lines);
            }
        }
        (a, b) if a != b => lines.push(format!("- {place} {a}\n+ {place} {b}")),
        _ => {}
    }
}

/// The name of an entry of a list of configuration keys.
fn name(item: &Value) -> Option<&str> {
    item["name"].as_str().or_else(|| item["definition"]["name"].as_str())
}

fn by_name(list: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let map: BTreeMap<_, _> = list.iter().filter_map(|item| Some((name(item)?, item))).collect();
    (map.len() == list.len() && !list.is_empty()).then_some(map)
}

/// Replaces run-dependent parts of every string (also of keys).
pub fn replace(value: &Value, pairs: &[(&str, &str)]) -> Value {
    let text = |s: &str| pairs.iter().fold(s.to_owned(), |s, (from, to)| s.replace(from, to));
    match value {
        Value::String(s) => Value::String(text(s)),
        Value::Array(items) => Value::Array(items.iter().map(|v| replace(v, pairs)).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (text(k), replace(v, pairs))).collect()),
        other => other.clone(),
    }
}

/// A stack trace without its frames: the exceptions and their causes.
pub fn without_frames(trace: &str) -> String {
    let lines: Vec<&str> = trace.lines().filter(|line| !line.starts_with('\t')).collect();
    lines.join("\n")
}
