//! Requests for the loggers. What names there are differs, so the answers are compared by those made up here.

use super::{Step, bare, delete, get, post, put, step};
use ferry_tests::Request;
use serde_json::{Value, json};

/// How the names that this test makes up begin.
const OURS: &[&str] = &["made", "a b", ".x.", "root"];

/// Requests in order.
pub fn table() -> Vec<Step> {
    let level = |name: &str, level: &str| {
        put(&format!("/admin/loggers/{name}"), &format!(r#"{{"level":"{level}"}}"#))
    };
    vec![
        get("/admin/loggers"),
        get("/admin/loggers/"),
        get("/admin/loggers/root"),
        get("/admin/loggers/ROOT"),
        get("/admin/loggers/made.nothing"),
        get("/admin"),
        bare("OPTIONS", "/admin/loggers"),
        bare("OPTIONS", "/admin/loggers/made"),
        bare("PUT", "/admin/loggers"),
        bare("HEAD", "/admin/loggers"),
        post("/admin/loggers/made", "{}"),
        delete("/admin/loggers/made"),
        get("/admin/loggers/made/up"),
        step(Request::new("GET", "/admin/loggers").header("Accept", "text/plain")),
        // Bad bodies.
        put("/admin/loggers/made.up", "{}"),
        put("/admin/loggers/made.up", r#"{"level":null}"#),
        put("/admin/loggers/made.up", r#"{"level":""}"#),
        put("/admin/loggers/made.up", r#"{"level":" "}"#),
        put("/admin/loggers/made.up", r#"{"level":"zzz"}"#),
        put("/admin/loggers/made.up", r#"{"level":1}"#),
        put("/admin/loggers/made.up", r#"{"level":{}}"#),
        put("/admin/loggers/made.up", r#"{"levels":"DEBUG"}"#),
        put("/admin/loggers/made.up", "null"),
        put("/admin/loggers/made.up", "[]"),
        put("/admin/loggers/made.up", "\"x\""),
        put("/admin/loggers/made.up", "{"),
        put("/admin/loggers/made.up", ""),
        bare("PUT", "/admin/loggers/made.up"),
        step(Request::new("PUT", "/admin/loggers/made.up").body("{}").header("Content-Type", "text/plain")),
        put("/admin/loggers/made.up?scope=cluster", r#"{"level":"zzz"}"#),
        put("/admin/loggers/made.up?scope=bogus", r#"{"level":"zzz"}"#),
        get("/admin/loggers/made.up"),
        // Levels and what is below.
        level("made.up", " debug "),
        level("made.up", "DEBUG"),
        get("/admin/loggers/made.up"),
        get("/admin/loggers/made"),
        put("/admin/loggers/made.up.child", r#"{"level":"Warn","x":"y"}"#),
        level("made.up.other", "DEBUG"),
        level("made.u", "ERROR"),
        level("made", "TRACE"),
        get("/admin/loggers/made.up.child"),
        level("made.up.child", "OFF"),
        level("made.up.child", "off"),
        get("/admin/loggers/made.up.child"),
        get("/admin/loggers"),
        // Scopes.
        level("made?scope=worker", "fatal"),
        level("made?scope=WORKER", "all"),
        level("made?scope=cluster", "info"),
        level("made?scope=Cluster", "debug"),
        get("/admin/loggers/made"),
        level("made?scope=bogus", "warn"),
        level("made?scope=", "info"),
        level("made?scope=cluster&scope=worker", "error"),
        level("a%20b", "info"),
        level(".x.", "debug"),
        get("/admin/loggers/.x."),
        // The root's level is everybody's.
        level("Root", "DEBUG"),
        get("/admin/loggers/root"),
        get("/admin/loggers"),
        level("ROOT", "OFF"),
        get("/admin/loggers"),
        get("/admin/loggers/root"),
        level("root", "INFO"),
        get("/admin/loggers/made.up.child"),
        get("/admin/loggers"),
    ]
}

/// Leaves what this test made up, and takes out times.
pub fn settle(body: &mut Value) {
    let ours = |name: &str| OURS.iter().any(|ours| name.starts_with(ours));
    match body {
        Value::Array(names) => names.retain(|name| name.as_str().is_some_and(ours)),
        Value::Object(map) if map.values().all(Value::is_object) => {
            map.retain(|name, _| ours(name));
            map.values_mut().for_each(settle_level);
        }
        _ => settle_level(body),
    }
}

fn settle_level(level: &mut Value) {
    if level["last_modified"].is_u64() {
        level["last_modified"] = json!("${time}");
    }
}
