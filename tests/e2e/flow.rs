//! The way of the lines: through topics, converters and transforms.

use ferry_tests::{Bed, Place, Worker, properties_text, wait_running};
use serde_json::json;

use crate::{enveloped, numbered, pair, setup, sink, source, start, topic, wait_output};

#[test]
fn file_to_topic_to_file_on_the_embedded_log() {
    file_to_topic_to_file(&Bed::embedded());
}

#[test]
fn file_to_topic_to_file_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        file_to_topic_to_file(&bed);
    }
}

/// With connector files on the command line, one as properties and one as JSON, as with the JVM worker.
fn file_to_topic_to_file(bed: &Bed) {
    let place = Place::new("flow");
    let topic = topic("flow");
    let text = numbered(0..1000);
    place.write("in.txt", &text);
    let source = properties_text([
        ("name", "a-source"),
        ("connector.class", "FileStreamSource"),
        ("tasks.max", "1"),
        ("file", &place.at("in.txt")),
        ("topic", &topic),
    ]);
    let sink = json!({"name": "a-sink", "config": sink(&place, "out.txt", &topic)});
    let setup = setup(bed, &place)
        .connector(&place.write("source.properties", source))
        .connector(&place.write("sink.json", sink.to_string()));
    let mut worker = start(&setup);
    wait_output(&place, "out.txt", &text);
    wait_running(worker.rest(), "a-source");
    wait_running(worker.rest(), "a-sink");
    worker.stop();
    assert_eq!(bed.values(&topic), enveloped(&text));
}

#[test]
fn transforms_and_predicates_on_the_embedded_log() {
    transforms_and_predicates(&Bed::embedded());
}

#[test]
fn transforms_and_predicates_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        transforms_and_predicates(&bed);
    }
}

/// A source routes its lines by a predicate on the topic; a sink reads them as JSON and adds a field.
fn transforms_and_predicates(bed: &Bed) {
    let place = Place::new("chain");
    let raw = topic("raw");
    let mut worker = start(&setup(bed, &place));
    let mut from = source(&place, "in.txt", &raw);
    let text = "org.apache.kafka.connect.storage.StringConverter";
    for (key, value) in [
        ("value.converter", text),
        ("transforms", "first,second"),
        ("transforms.first.type", "org.apache.kafka.connect.transforms.RegexRouter"),
        ("transforms.first.regex", "e2e-(.*)"),
        ("transforms.first.replacement", "routed-$1"),
        ("transforms.first.predicate", "raw"),
        ("transforms.second.type", "RegexRouter"),
        ("transforms.second.regex", ".*"),
        ("transforms.second.replacement", "never-reached"),
        ("transforms.second.predicate", "routed"),
        ("transforms.second.negate", "true"),
        ("predicates", "raw,routed"),
        ("predicates.raw.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"),
        ("predicates.raw.pattern", "e2e-.*"),
        ("predicates.routed.type", "TopicNameMatches"),
        ("predicates.routed.pattern", "routed-.*"),
    ] {
        from[key] = json!(value);
    }
    place.write("in.txt", "{\"a\":1}\n{\"a\":2,\"b\":[1.5,null]}\n");
    worker.rest().create("from", from);
    let routed = raw.replacen("e2e-", "routed-", 1);
    let mut into = sink(&place, "out.txt", &routed);
    for (key, value) in [
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter.schemas.enable", "false"),
        ("transforms", "mark"),
        ("transforms.mark.type", "org.apache.kafka.connect.transforms.InsertField$Value"),
        ("transforms.mark.static.field", "seen"),
        ("transforms.mark.static.value", "here"),
    ] {
        into[key] = json!(value);
    }
    worker.rest().create("into", into);
    wait_output(&place, "out.txt", "{a=1, seen=here}\n{a=2, b=[1.5, null], seen=here}\n");
    let topics = worker.rest().get("/connectors/from/topics").json();
    assert_eq!(topics, json!({"from": {"topics": [routed]}}));
    worker.stop();
}

/// Many connectors side by side do not wait for each other.
#[test]
fn many_pairs_at_once() {
    let (bed, place) = (Bed::embedded(), Place::new("many"));
    let mut worker = start(&setup(&bed, &place));
    let text = numbered(0..200);
    for i in 0..20 {
        place.write(&format!("p{i}-in.txt"), &text);
        pair(worker.rest(), &place, &format!("p{i}"), &topic("many"));
    }
    for i in 0..20 {
        wait_output(&place, &format!("p{i}-out.txt"), &text);
    }
    worker.stop();
}

/// One row that cannot be read is skipped and the others are not, when that is asked for.
#[test]
fn a_bad_record_is_skipped_with_errors_tolerance() {
    let (bed, place) = (Bed::embedded(), Place::new("tolerance"));
    let topic = topic("tolerance");
    let mut worker = start(&setup(&bed, &place));
    let mut from = source(&place, "in.txt", &topic);
    from["value.converter"] = json!("org.apache.kafka.connect.storage.StringConverter");
    place.write("in.txt", "1\n{not json\n[2]\n");
    worker.rest().create("from", from);
    let mut into = sink(&place, "out.txt", &topic);
    into["value.converter.schemas.enable"] = json!("false");
    into["value.converter"] = json!("org.apache.kafka.connect.json.JsonConverter");
    into["errors.tolerance"] = json!("all");
    worker.rest().create("into", into);
    wait_output(&place, "out.txt", "1\n[2]\n");
    worker.stop();
}

/// Without `file` the source reads what the worker's own standard input gets, until that ends.
#[test]
fn lines_of_standard_input() {
    let (bed, place) = (Bed::embedded(), Place::new("stdin"));
    let topic = topic("stdin");
    let text = numbered(0..100);
    let input =
        properties_text([("name", "typed"), ("connector.class", "FileStreamSource"), ("topic", &topic)]);
    let output = json!({"name": "out", "config": sink(&place, "out.txt", &topic)});
    let setup = setup(&bed, &place)
        .connector(&place.write("typed.properties", input))
        .connector(&place.write("out.json", output.to_string()));
    let (mut worker, mut stdin) = ferry_tests::FerryWorker::spawn_typed(&setup);
    use std::io::Write;
    let (first, second) = text.split_at(text.len() / 2);
    stdin.write_all(first.as_bytes()).expect("a pipe");
    // The line that is cut in half is not there before its other half.
    let whole = &first[..=first.rfind('\n').expect("a line")];
    wait_output(&place, "out.txt", whole);
    stdin.write_all(second.as_bytes()).expect("a pipe");
    wait_output(&place, "out.txt", &text);
    // The end of the input is not the end of the task.
    drop(stdin);
    wait_running(worker.rest(), "typed");
    worker.stop();
    assert_eq!(bed.values(&topic), enveloped(&text));
}
