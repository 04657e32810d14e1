//! The cases that were recorded from Confluent's classes (`record.sh`), and what both formats do with them.

use ferry_converters::JsonConverter;
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use serde_json::Value as Json;

/// Reads and writes the messages in the cases.
pub fn connect() -> JsonConverter {
    let mut converter = JsonConverter::default();
    let mut config = ConfigMap::new();
    config.insert("replace.null.with.default", "false");
    converter.configure(&config, Role::Value).expect("a converter of the messages in the cases");
    converter
}

/// Whether a case switches `key` on.
pub fn on(case: &Json, key: &str, default: bool) -> bool {
    case["config"][key].as_str().map_or(default, |text| text == "true")
}

/// The text of it: unlike values, texts differ where the order of members does.
pub fn ordered(json: &Json) -> String {
    json.to_string()
}

/// A recorded error without its class.
pub fn message_of(recorded: &str) -> &str {
    recorded.split_once(": ").map_or(recorded, |(_, message)| message)
}

/// Whether `error` is the one that was recorded: a stack overflow of the JVM is an error here with words of
/// its own.
pub fn same_error(error: &ferry_sdk::Error, recorded: &str) -> Result<(), String> {
    let known = error.message().contains(message_of(recorded)) || recorded.contains("StackOverflow");
    if known { Ok(()) } else { Err(format!("{error} not {recorded}")) }
}

/// Checks all cases, a line each.
///
/// # Panics
/// With every fault that `check` finds.
pub fn check_all(cases: &str, check: impl Fn(&Json) -> Result<(), String>) {
    let mut faults = Vec::new();
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).expect("a case per line");
        if let Err(fault) = check(&case) {
            faults.push(format!("{}: {fault}", case["name"]));
        }
    }
    assert!(cases.lines().count() > 100);
    assert!(faults.is_empty(), "{} cases differ:\n{}", faults.len(), faults.join("\n"));
}
