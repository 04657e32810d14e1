//! Configurations that are tried without a trace.

use ferry_tests::{Bed, Place, Request, Rest, Worker, ferry_command};
use serde_json::{Value, json};

use crate::{setup, start, topic};

fn try_it(rest: &Rest, plugin: &str, query: &str, config: &Value) -> Value {
    let path = format!("/connector-plugins/{plugin}/config/dry-run{query}");
    let mut answer = rest.send(&Request::new("PUT", &path).json(&config.to_string())).expect(200).json();
    assert!(answer["validation"]["configs"].is_array(), "{answer}");
    answer["validation"].take();
    answer
}

/// Steps as `name`, or `name: message` with a mark where they failed.
fn steps(tried: &Value) -> Vec<String> {
    let steps = tried["steps"].as_array().expect("steps").iter();
    steps
        .map(|step| {
            let message = step["message"].as_str().map(|message| format!(": {message}")).unwrap_or_default();
            let mark = if step["ok"] == true { "" } else { "! " };
            format!("{mark}{}{message}", step["step"].as_str().expect("a name"))
        })
        .collect()
}

/// What is in the embedded log: no worker may run.
fn topics(bed: &Bed) -> String {
    let output = ferry_command(&["topics", "list", "--bootstrap-server", &bed.bootstrap()])
        .output()
        .expect("ferry topics");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

const STARTED: [&str; 6] =
    ["validate", "plan", "connector.start", "connector.taskConfigs", "task.configure", "task.start"];
const STOPPED: [&str; 2] = ["task.stop", "connector.stop"];

fn around(middle: &[&str]) -> Vec<String> {
    STARTED.iter().chain(middle).chain(&STOPPED).map(|step| (*step).to_owned()).collect()
}

#[test]
fn a_source_is_tried_with_its_first_record() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("dry-source"), topic("dry"));
    bed.write("there", &["x"]);
    let before = topics(&bed);
    let mut worker = start(&setup(&bed, &place));
    let rest = worker.rest();
    place.write("in.txt", "one\ntwo\n");
    let config = json!({
        "name": "dry", "connector.class": "FileStreamSource", "file": place.at("in.txt"), "topic": topic,
        "transforms": "wrap,other", "transforms.wrap.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.wrap.field": "line",
        "transforms.other.type": "org.apache.kafka.connect.transforms.MaskField$Value", "transforms.other.fields": "line",
        "transforms.other.predicate": "p", "predicates": "p",
        "predicates.p.type": "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
    });
    let tried = try_it(rest, "FileStreamSource", "", &config);
    let passed = "other: its predicate lets the record pass by";
    assert_eq!(steps(&tried), around(&["poll", "wrap", passed, "converter"]));
    assert_eq!((&tried["ok"], &tried["name"]), (&json!(true), &json!("dry")));
    let record = &tried["record"];
    assert_eq!((&record["topic"], &record["key_bytes"]), (&json!(topic), &Value::Null), "{record}");
    let written = record["value"]["text"].as_str().expect("a text");
    assert_eq!(record["value_bytes"], written.len());
    let envelope: Value = serde_json::from_str(written).expect("JSON");
    assert_eq!(envelope["payload"], json!({"line": "one"}));
    assert_eq!(tried["steps"][6]["record"]["value"], "one");
    // A transform that fails is named.
    let mut broken = config.clone();
    broken["transforms.wrap.type"] = json!("org.apache.kafka.connect.transforms.ExtractField$Value");
    let tried = try_it(rest, "FileStreamSource", "", &broken);
    let failed = steps(&tried).into_iter().find(|step| step.starts_with("! ")).expect("a failed step");
    assert!(
        failed.starts_with("! wrap: Only Struct objects supported for [field extraction], found: "),
        "{failed}"
    );
    assert_eq!((&tried["ok"], tried.get("record")), (&json!(false), None));
    // What is invalid is not tried.
    let tried = try_it(rest, "FileStreamSource", "", &json!({"connector.class": "FileStreamSource"}));
    assert_eq!(steps(&tried).len(), 1, "{tried}");
    assert_eq!((&tried["steps"][0]["step"], &tried["ok"]), (&json!("validate"), &json!(false)));
    // Nothing is left.
    assert_eq!(rest.get("/connectors").json(), json!([]));
    worker.stop();
    assert_eq!(topics(&bed), before);
    assert!(place.read("connect.offsets").is_empty(), "no offsets were written");
}

/// The step that failed, with the setting and the class it names.
fn culprit(tried: &Value) -> [String; 4] {
    let failed = tried["steps"].as_array().expect("steps").iter().find(|step| step["ok"] == false);
    let failed = failed.unwrap_or_else(|| panic!("a failed step: {tried}"));
    ["step", "setting", "class", "message"].map(|key| failed[key].as_str().unwrap_or_default().to_owned())
}

#[test]
fn what_failed_is_named() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("dry-culprit"), topic("dry"));
    bed.write(&topic, &["no JSON"]);
    let mut worker = start(&setup(&bed, &place));
    place.write("in.txt", "one\n");
    let source = crate::source(&place, "in.txt", &topic);
    let with = |settings: &[(&str, &str)]| {
        let mut config = source.clone();
        config["name"] = json!("culprit");
        settings.iter().for_each(|(key, value)| config[*key] = json!(value));
        culprit(&try_it(worker.rest(), "FileStreamSource", "", &config))
    };
    let mut sink = crate::sink(&place, "out", &topic);
    sink["name"] = json!("culprit");
    let integer = "org.apache.kafka.connect.converters.IntegerConverter";
    let (hoist, header) = (
        "org.apache.kafka.connect.transforms.HoistField$Key",
        "org.apache.kafka.connect.transforms.InsertHeader",
    );
    let failed = [
        with(&[("value.converter", integer)]),
        with(&[
            ("key.converter", integer),
            ("transforms", "h"),
            ("transforms.h.type", hoist),
            ("transforms.h.field", "f"),
        ]),
        with(&[
            ("header.converter", integer),
            ("transforms", "h"),
            ("transforms.h.type", header),
            ("transforms.h.header", "name"),
            ("transforms.h.value.literal", "text"),
        ]),
        with(&[
            ("transforms", "h"),
            ("transforms.h.type", "org.apache.kafka.connect.transforms.ExtractField$Value"),
            ("transforms.h.field", "f"),
        ]),
        culprit(&try_it(worker.rest(), "FileStreamSink", "", &sink)),
        culprit(&try_it(worker.rest(), "FileStreamSink", "", &crate::sink(&place, "out", &topic))),
    ];
    let shown: String = failed.iter().map(|step| step.join("\n  ") + "\n").collect();
    insta::assert_snapshot!(shown);
    worker.stop();
}

#[test]
fn a_poll_without_end_is_given_up() {
    let (bed, place) = (Bed::embedded(), Place::new("dry-endless"));
    let mut worker = start(&setup(&bed, &place));
    place.write("in.txt", "");
    let config =
        json!({"name": "e", "connector.class": "FileStreamSource", "file": place.at("in.txt"), "topic": "t"});
    let tried = try_it(worker.rest(), "FileStreamSource", "?timeout=300", &config);
    let found = steps(&tried);
    assert_eq!(found[STARTED.len()], "! poll: no record within 300 ms", "{found:?}");
    let path = "/connector-plugins/FileStreamSource/config/dry-run?timeout=90001";
    let refused = worker.rest().send(&Request::new("PUT", path).json(&config.to_string()));
    assert_eq!(refused.status, 400, "{}", refused.body);
    worker.stop();
}

#[test]
fn a_sink_is_tried_with_the_first_record_of_its_topics() {
    sink(&Bed::embedded());
    if let Some(bed) = Bed::broker() {
        sink(&bed);
    }
}

fn sink(bed: &Bed) {
    let (place, topic) = (Place::new("dry-sink"), topic("dry-sink"));
    bed.write(&topic, &[r#"{"schema":null,"payload":{"a":1}}"#]);
    let before = matches!(bed, Bed::Embedded(_)).then(|| topics(bed));
    let mut worker = start(&setup(bed, &place));
    let rest = worker.rest();
    let config = |topics: &str| {
        json!({
            "name": "dry-sink", "connector.class": "FileStreamSink", "file": place.at("out.txt"), "topics": topics,
            "transforms": "pick", "transforms.pick.type": "org.apache.kafka.connect.transforms.ExtractField$Value", "transforms.pick.field": "a",
        })
    };
    let tried = try_it(rest, "FileStreamSink", "", &config(&topic));
    let put = "put: not called: nothing is written in a dry run";
    assert_eq!(steps(&tried), around(&["consume", "converter", "pick", put]), "{tried}");
    let record = &tried["record"];
    assert_eq!((&record["value"], &record["value_bytes"]), (&json!(1), &json!(33)));
    assert_eq!((&record["topic"], &record["offset"]), (&json!(topic), &json!(0)));
    let tried = try_it(rest, "FileStreamSink", "", &config("nowhere"));
    assert_eq!(steps(&tried), around(&["! consume: topic nowhere does not exist"]));
    let mut by_pattern = config("");
    by_pattern.as_object_mut().expect("an object").remove("topics");
    by_pattern["topics.regex"] = json!(format!("{topic}.*"));
    assert_eq!(try_it(rest, "FileStreamSink", "", &by_pattern)["ok"], true);
    assert!(place.read("out.txt").is_empty(), "nothing was put");
    assert_eq!(rest.get("/connectors").json(), json!([]));
    worker.stop();
    match (bed, before) {
        (Bed::Broker(broker), _) => {
            assert_eq!(ferry_tests::topics::committed(&broker.bootstrap, "connect-dry-sink", &topic), None);
            assert!(!ferry_tests::topics::names(&broker.bootstrap).contains(&"nowhere".to_owned()));
        }
        (_, before) => assert_eq!(Some(topics(bed)), before),
    }
}
