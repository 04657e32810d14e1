//! Schemas and bytes against what Confluent's own `AvroData` made of the same cases (`tests/golden/record.sh`).

mod golden;

use ferry_schema_registry::avro::{self, Avro, Names, ReadPlan, Settings, WritePlan};
use ferry_sdk::Result;
use ferry_sdk::api::Converter;
use ferry_sdk::data::{Schema, Scratch, ValueRef};
use golden::{check_all, connect, message_of, ordered, same_error};
use serde_json::Value as Json;

fn settings(case: &Json) -> Settings {
    let on = |key, default| golden::on(case, key, default);
    Settings {
        enhanced: on("enhanced.avro.schema.support", false),
        sum_types: on("generalized.sum.type.support", false),
        ignore_default: on("ignore.default.for.nullables", false),
        scrub: on("scrub.invalid.names", false),
        meta_data: on("connect.meta.data", true),
        discard_docs: on("discard.type.doc.default", false),
        optional_map_keys: on("allow.optional.map.keys", false),
        flatten_singletons: on("flatten.singleton.unions", true),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex")).collect()
}

fn write(
    settings: &Settings,
    schema: Option<&Schema>,
    value: ValueRef<'_>,
) -> Result<(Avro, Option<Vec<u8>>)> {
    let avro = avro::from_connect(settings, schema)?;
    if value.is_null() {
        return Ok((avro, None));
    }
    let mut bytes = Vec::new();
    let some = WritePlan::new(settings, schema, &avro, &avro)?.encode(value, &mut bytes)?;
    Ok((avro, some.then_some(bytes)))
}

/// The message of JsonConverter that reading gives.
fn read(settings: &Settings, text: &str, bytes: &[u8]) -> Result<Json> {
    let avro = Names::default().parse(text)?;
    let schema = avro::to_connect(settings, &avro, Some(7))?;
    let plan = ReadPlan::new(settings, &avro, &avro, schema.as_deref())?;
    let scratch = Scratch::new();
    let value = plan.decode(bytes, true, scratch.arena(), &mut Vec::new())?;
    let mut out = Vec::new();
    if value.is_null() {
        return Ok(Json::Null);
    }
    connect().from_connect("t", schema.as_deref(), value, &mut out)?;
    Ok(serde_json::from_slice(&out).expect("JSON"))
}

fn check(case: &Json) -> std::result::Result<(), String> {
    let settings = settings(case);
    let mut bytes = case["bytes"].as_str().map(unhex);
    if case.get("connect").is_some() {
        let scratch = Scratch::new();
        let message = scratch.arena().bytes(case["connect"].to_string().as_bytes());
        let wanted = case["error"].as_str();
        let written = connect()
            .to_connect("t", Some(message), scratch.arena())
            .and_then(|(schema, value)| write(&settings, schema, value));
        let (avro, written) = match (written, wanted) {
            (Err(error), Some(wanted)) => {
                let all = format!("{}\n{}", error.message(), error.trace());
                let said = all.contains(message_of(wanted));
                return if said { Ok(()) } else { Err(format!("error {all:?}, not {wanted:?}")) };
            }
            (Err(error), None) => return Err(error.trace()),
            (Ok(_), Some(wanted)) => return Err(format!("no error, but {wanted:?} wanted")),
            (Ok(done), None) => done,
        };
        let text = avro::text(&avro);
        if Some(text.as_str()) != case["text"].as_str() {
            return Err(format!("schema\n{text}\nnot\n{}", case["text"].as_str().unwrap_or_default()));
        }
        if written != bytes {
            return Err(format!("bytes {:?}, not {}", written.map(|b| hex(&b)), case["bytes"]));
        }
        bytes = written;
    }
    let Some(bytes) = bytes else { return Ok(()) };
    let read = read(&settings, &case["avro"].to_string(), &bytes);
    match (read, case["backError"].as_str()) {
        (Err(error), Some(wanted)) => same_error(&error, wanted),
        (Err(error), None) => Err(error.trace()),
        (Ok(back), Some(wanted)) => Err(format!("read {back}, but {wanted} wanted")),
        (Ok(back), None) if ordered(&back) == ordered(&case["back"]) => Ok(()),
        (Ok(back), None) => Err(format!("back\n{back}\nnot\n{}", case["back"])),
    }
}

#[test]
fn schemas_and_bytes_equal_those_of_confluent() {
    check_all(include_str!("golden/avro.jsonl"), check);
}

/// Schemaless lists in lists, deeper than any record is, on the stack of a thread of a task.
#[test]
fn deep_data_is_an_error_and_not_the_end_of_the_worker() {
    let settings = Settings::default();
    let anything = avro::from_connect(&settings, None).expect("a schema");
    let plan = ReadPlan::new(&settings, &anything, &anything, None).expect("a plan");
    let bytes = |depth: usize| {
        let mut bytes = [0, 0, 0, 0, 0, 0, 0, 2, 2].repeat(depth);
        bytes.extend_from_slice(&[0; 9]);
        bytes.extend([0, 0].repeat(depth));
        bytes
    };
    let scratch = Scratch::new();
    let arena = scratch.arena();
    let deep = plan.decode(arena.bytes(&bytes(199)), true, arena, &mut Vec::new()).expect("a value");
    let mut out = Vec::new();
    assert!(
        WritePlan::new(&settings, None, &anything, &anything).expect("a plan").encode(deep, &mut out).is_ok()
    );
    assert_eq!(out, bytes(199));
    let error = plan.decode(arena.bytes(&bytes(100_000)), true, arena, &mut Vec::new());
    assert!(error.expect_err("too deep").message().contains("nested deeper than"));

    let mut value = ferry_sdk::data::Value::Array(Vec::new());
    for _ in 0..2000 {
        value = ferry_sdk::data::Value::Array(vec![value]);
    }
    let plan = WritePlan::new(&settings, None, &anything, &anything).expect("a plan");
    let error = plan.encode(value.put(arena), &mut out).expect_err("too deep");
    assert!(error.message().contains("nested deeper than"), "{error}");
}
