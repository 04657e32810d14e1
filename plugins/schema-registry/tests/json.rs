//! Schemas and JSON against what Confluent's own `JsonSchemaData` made of the same cases (`tests/golden/record.sh`).

mod golden;

use ferry_schema_registry::json::{self, Documents, Reader, Settings, Tree};
use ferry_sdk::Result;
use ferry_sdk::api::Converter;
use ferry_sdk::data::{SchemaRef, Scratch, ValueRef};
use golden::{check_all, connect, ordered, same_error};
use serde_json::Value as Json;

fn settings(case: &Json) -> Settings {
    let on = |key, default| golden::on(case, key, default);
    Settings {
        sum_types: on("generalized.sum.type.support", false),
        ignore_default: on("ignore.default.for.nullables", false),
        additional_properties: on("object.additional.properties", true),
        optional_for_nonrequired: on("use.optional.for.nonrequired", false),
        numeric_decimals: case["config"]["decimal.format"] == "NUMERIC",
        flatten_singletons: on("flatten.singleton.unions", true),
    }
}

/// Confluent's order inside of `oneOf` follows hash codes that differ from one JVM to the next.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(object) => Json::Object(
            object
                .iter()
                .map(|(key, value)| {
                    let mut value = sorted(value);
                    if let ("oneOf", Json::Array(list)) = (key.as_str(), &mut value) {
                        list.sort_by_key(Json::to_string);
                    }
                    (key.clone(), value)
                })
                .collect(),
        ),
        Json::Array(list) => Json::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The value as a message of JsonConverter, and written once more by the schema that was read.
fn read(settings: &Settings, schema: &Json, text: &str) -> Result<(Json, String)> {
    let schema: Option<SchemaRef> = json::to_connect(settings, schema, &Documents::new(), 7)?;
    let scratch = Scratch::new();
    let arena = scratch.arena();
    let schema = schema.map(|schema| arena.schema(&schema));
    let value: ValueRef<'_> = Reader { arena }.value(schema, Some(&Tree::parse(text.as_bytes())?))?;
    let (mut message, mut again) = (Vec::new(), Vec::new());
    connect().from_connect("t", schema, value, &mut message)?;
    json::write(settings, schema, value, &mut again)?;
    Ok((serde_json::from_slice(&message).expect("JSON"), String::from_utf8(again).expect("text")))
}

fn check(case: &Json) -> std::result::Result<(), String> {
    let settings = settings(case);
    let mut schema = case["jsonSchema"].clone();
    if case.get("connect").is_some() {
        let scratch = Scratch::new();
        let message = scratch.arena().bytes(case["connect"].to_string().as_bytes());
        let (connect, value) =
            connect().to_connect("t", Some(message), scratch.arena()).map_err(|error| error.trace())?;
        let connect = connect.ok_or("no schema")?;
        let text = json::text(&settings, connect).map_err(|error| error.trace())?;
        let wanted: Json = serde_json::from_str(case["text"].as_str().unwrap_or_default()).expect("JSON");
        schema = serde_json::from_str(&text).expect("JSON");
        if ordered(&sorted(&schema)) != ordered(&sorted(&wanted)) {
            return Err(format!("schema\n{text}\nnot\n{}", case["text"].as_str().unwrap_or_default()));
        }
        let mut out = Vec::new();
        let some = json::write(&settings, Some(connect), value, &mut out).map_err(|error| error.trace())?;
        let written = some.then(|| String::from_utf8_lossy(&out).into_owned());
        if written.as_deref() != case["json"].as_str() {
            return Err(format!("{written:?} not {}", case["json"]));
        }
    }
    let Some(text) = case["json"].as_str() else { return Ok(()) };
    match (read(&settings, &schema, text), case["backError"].as_str()) {
        (Err(error), Some(wanted)) => same_error(&error, wanted),
        (Err(error), None) => Err(error.trace()),
        (Ok((back, _)), Some(wanted)) => Err(format!("read {back}, but {wanted} wanted")),
        // The fields of a union are numbered in the order of `oneOf`.
        (Ok((_, again)), None)
            if case["back"].to_string().contains("_field_0")
                || case["back"].to_string().contains(".field.0") =>
        {
            let (again, wanted): (Json, Json) =
                (serde_json::from_str(&again).expect("JSON"), serde_json::from_str(text).expect("JSON"));
            if again == wanted { Ok(()) } else { Err(format!("{again} not {wanted}")) }
        }
        (Ok((back, _)), None) if ordered(&back) == ordered(&case["back"]) => Ok(()),
        (Ok((back, _)), None) => Err(format!("back\n{back}\nnot\n{}", case["back"])),
    }
}

#[test]
fn schemas_and_json_equal_those_of_confluent() {
    check_all(include_str!("golden/json.jsonl"), check);
}

/// As deep as text is read at all, on the stack of a thread of a task.
#[test]
fn deep_data_is_read_and_written() {
    let text = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let scratch = Scratch::new();
    let tree = Tree::parse(text.as_bytes()).expect("JSON");
    let value = Reader { arena: scratch.arena() }.value(None, Some(&tree)).expect("a value");
    let mut again = Vec::new();
    assert!(json::write(&Settings::default(), None, value, &mut again).expect("written"));
    assert_eq!(String::from_utf8_lossy(&again), text);
    let text = text.replace('[', "[[").replace(']', "]]");
    let error = Tree::parse(text.as_bytes()).expect_err("too deep");
    assert!(error.message().contains("nested deeper than"), "{error}");
}
