//! Samples of records on their way through a connector.

use ferry_tests::{Bed, EventStream, Place, Rest, Worker, wait_running};
use serde_json::{Value, json};

use crate::{setup, start, topic};

fn refused(rest: &Rest, path: &str) -> (u16, Value) {
    let answer = rest.get(path);
    (answer.status, answer.json()["message"].clone())
}

/// All events of a stream that ends by itself, by their stages.
fn stages(stream: &mut EventStream) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    while let Some(mut event) = stream.next_event() {
        assert_eq!(event["task"], 0);
        let stage = event["stage"].take().as_str().expect("a stage").to_owned();
        all.push((stage, event));
    }
    all
}

fn bytes(text: &str) -> Value {
    use base64::Engine;
    json!({"base64": base64::engine::general_purpose::STANDARD.encode(text), "text": text})
}

#[test]
fn records_are_shown_after_each_stage() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("tap"), topic("tap"));
    let setup = setup(&bed, &place)
        .with("ferry.rest.tap.enable", "true")
        .with("value.converter.schemas.enable", "false");
    let mut worker = start(&setup);
    let rest = worker.rest();
    place.write("in.txt", "");
    let hoist = |field: &str| json!({"transforms": "wrap", "transforms.wrap.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.wrap.field": field});
    let mut source = hoist("line");
    source["connector.class"] = json!("FileStreamSource");
    source["file"] = json!(place.at("in.txt"));
    source["topic"] = json!(topic);
    let mut sink = hoist("all");
    sink["connector.class"] = json!("FileStreamSink");
    sink["file"] = json!(place.at("out.txt"));
    sink["topics"] = json!(topic);
    rest.create("source", source);
    rest.create("sink", sink);
    wait_running(rest, "source");
    wait_running(rest, "sink");
    let mut polled = EventStream::open(rest, "/connectors/source/tap?limit=3");
    let mut put = EventStream::open(rest, "/connectors/sink/tap?limit=4&task=0");
    let mut wrapped = EventStream::open(rest, "/connectors/source/tap?stage=wrap&limit=1&rate=100");
    let mut open = EventStream::open(rest, "/connectors/source/tap?stage=converter");
    place.append("in.txt", "one\n");
    let polled = stages(&mut polled);
    let names: Vec<_> = polled.iter().map(|(stage, _)| stage.as_str()).collect();
    assert_eq!(names, ["poll", "wrap", "converter"]);
    let (first, last) = (&polled[0].1, &polled[2].1);
    assert_eq!(
        (&first["topic"], &first["value"], &first["key"]),
        (&json!(topic), &json!("one"), &Value::Null)
    );
    assert_eq!((&first["partition"], &first["headers"]), (&Value::Null, &json!([])));
    assert_eq!(first["source_partition"], json!({"filename": place.at("in.txt")}));
    assert!(first["offset"]["position"].is_number(), "{first}");
    assert_eq!(polled[1].1["value"], json!({"line": "one"}));
    assert_eq!(last["value"], bytes(r#"{"line":"one"}"#));
    let put = stages(&mut put);
    let names: Vec<_> = put.iter().map(|(stage, _)| stage.as_str()).collect();
    assert_eq!(names, ["consume", "converter", "wrap", "put"]);
    let values: Vec<_> = put.iter().map(|(_, event)| event["value"].clone()).collect();
    let (data, hoisted) = (json!({"line": "one"}), json!({"all": {"line": "one"}}));
    assert_eq!(values, [bytes(r#"{"line":"one"}"#), data, hoisted.clone(), hoisted]);
    for (_, event) in &put {
        assert_eq!(
            (&event["topic"], &event["partition"], &event["offset"]),
            (&json!(topic), &json!(0), &json!(0))
        );
    }
    assert_eq!(stages(&mut wrapped).len(), 1);
    assert_eq!(open.next_event().expect("a record")["value"], bytes(r#"{"line":"one"}"#));
    let told = "Connector source has no stage put. Its records come through: poll, wrap, converter";
    assert_eq!(refused(rest, "/connectors/source/tap?stage=put"), (400, json!(told)));
    let told = "Connector sink has no stage poll. Its records come through: consume, converter, wrap, put";
    assert_eq!(refused(rest, "/connectors/sink/tap?stage=poll"), (400, json!(told)));
    let told = "Invalid value many for limit: it says after how many samples it shall end";
    assert_eq!(refused(rest, "/connectors/source/tap?limit=many"), (400, json!(told)));
    assert_eq!(refused(rest, "/connectors/x/tap"), (404, json!("Connector x not found")));
    // It ends with its connector, and with the worker.
    let mut ended = EventStream::open(rest, "/connectors/sink/tap");
    assert_eq!(rest.delete("/connectors/sink").status, 204);
    assert_eq!(ended.next_event(), None);
    worker.stop();
    assert_eq!(open.next_event(), None);
}

#[test]
fn records_are_not_shown_where_the_operator_does_not_allow_it() {
    let (bed, place) = (Bed::embedded(), Place::new("tap-off"));
    let worker = start(&setup(&bed, &place));
    let told = "Looking at records is disabled: set ferry.rest.tap.enable=true in the worker's configuration to allow it.";
    assert_eq!(refused(worker.rest(), "/connectors/x/tap"), (403, json!(told)));
}
