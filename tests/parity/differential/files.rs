//! The files that cases name: `{files}` in a case is the folder of that name beside this file.

use std::borrow::Cow;

use serde_json::Value as Json;

const NAME: &str = "{files}";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/parity/differential/files");

/// The case with the folder's real place in it.
pub fn into(case: &Json) -> Cow<'_, Json> {
    if case["kind"] == "provider" { Cow::Owned(replace(case, NAME, FOLDER)) } else { Cow::Borrowed(case) }
}

/// The outcome with the folder's name again.
pub fn out(outcome: Json) -> Json {
    if outcome.to_string().contains(FOLDER) { replace(&outcome, FOLDER, NAME) } else { outcome }
}

fn replace(json: &Json, from: &str, to: &str) -> Json {
    match json {
        Json::String(text) => text.replace(from, to).into(),
        Json::Array(items) => items.iter().map(|item| replace(item, from, to)).collect(),
        Json::Object(members) => members.iter().map(|(k, v)| (k.clone(), replace(v, from, to))).collect(),
        other => other.clone(),
    }
}
