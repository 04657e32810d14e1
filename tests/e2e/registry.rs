//! Converters whose schemas are in a real schema registry, loaded from their library.

use std::time::Duration;

use ferry_tests::prometheus::Scraped;
use ferry_tests::{Bed, FerryWorker, LONG, Place, Rest, SHORT, SchemaRegistry, Worker, wait_until};
use serde_json::{Value, json};

use crate::{numbered, setup, sink, source, start, topic, wait_output};

const AVRO: &str = "io.confluent.connect.avro.AvroConverter";
const API: &str = "/apis/ccompat/v7";

/// `config` with the converter `class` for its values.
fn with(mut config: Value, class: &str, url: &str, more: &[(&str, &str)]) -> Value {
    config["value.converter"] = json!(class);
    config["value.converter.schema.registry.url"] = json!(url);
    for (key, value) in more {
        config[*key] = json!(value);
    }
    config
}

/// Lines become structs, the structs of the topic a file of lines: through Avro and back.
fn round_trip(bed: &Bed, class: &str) {
    let Some(registry) = SchemaRegistry::start() else { return };
    let (place, topic) = (Place::new("registry"), topic("registry"));
    let text = numbered(0..500);
    place.write("in.txt", &text);
    let mut worker = start(&setup(bed, &place));
    let hoist = [
        ("transforms", "hoist"),
        ("transforms.hoist.type", "org.apache.kafka.connect.transforms.HoistField$Value"),
        ("transforms.hoist.field", "line"),
    ];
    worker.rest().create("from", with(source(&place, "in.txt", &topic), class, &registry.url, &hoist));
    worker.rest().create("into", with(sink(&place, "out.txt", &topic), class, &registry.url, &[]));
    let wanted: String = text.lines().map(|line| format!("Struct{{line={line}}}\n")).collect();
    wait_output(&place, "out.txt", &wanted);
    let subject =
        registry.rest().get(&format!("{API}/subjects/{topic}-value/versions/latest")).expect(200).json();
    assert_eq!(subject["version"], json!(1), "{subject}");
    assert!(subject["schema"].as_str().is_some_and(|schema| schema.contains("line")), "{subject}");
    let scraped = Scraped::read(&worker.rest().get("/metrics").expect(200).body);
    for (connector, requests) in [("from", 1.0), ("into", 2.0)] {
        let of = [("connector", connector), ("task", "0"), ("converter", "value")];
        let value = |name: &str| scraped.value(&format!("kafka_connect_plugins_{name}"), &of);
        assert_eq!(value("schema_cache_misses_total"), Some(1.0), "{connector}");
        assert_eq!(value("schema_cache_hits_total"), Some(499.0), "{connector}");
        assert_eq!(value("schemas_cached"), Some(1.0), "{connector}");
        assert_eq!(value("registry_requests_total"), Some(requests), "{connector}");
        assert_eq!(value("registry_request_failures_total"), Some(0.0), "{connector}");
    }
    let _ = worker.rest().delete("/connectors/from").expect(204);
    let scraped = Scraped::read(&worker.rest().get("/metrics").expect(200).body);
    let of_from = |labels: &[(&str, &str)]| scraped.value("kafka_connect_plugins_schemas_cached", labels);
    assert_eq!((of_from(&[("connector", "from")]), of_from(&[("connector", "into")])), (None, Some(1.0)));
    worker.stop();
}

#[test]
fn avro_there_and_back_on_the_embedded_log() {
    round_trip(&Bed::embedded(), AVRO);
}

#[test]
fn avro_there_and_back_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        round_trip(&bed, "Avro");
    }
}

#[test]
fn json_schema_there_and_back_on_the_embedded_log() {
    round_trip(&Bed::embedded(), "io.confluent.connect.json.JsonSchemaConverter");
}

fn trace(rest: &Rest, name: &str) -> String {
    let status = rest.get(&format!("/connectors/{name}/status")).json();
    status["tasks"][0]["trace"].as_str().unwrap_or_default().to_owned()
}

/// A schema that the registry does not take fails the task, with the registry's own words.
#[test]
fn an_incompatible_schema_fails_the_task_with_the_words_of_the_registry() {
    let Some(registry) = SchemaRegistry::start() else { return };
    let (bed, place, topic) = (Bed::embedded(), Place::new("incompatible"), topic("incompatible"));
    let number = json!({"schema": "\"int\""});
    let _ = registry.rest().post(&format!("{API}/subjects/{topic}-value/versions"), &number).expect(200);
    place.write("in.txt", "a line\n");
    let mut worker = start(&setup(&bed, &place));
    worker.rest().create("from", with(source(&place, "in.txt", &topic), AVRO, &registry.url, &[]));
    wait_until(SHORT, "the task failed", || !trace(worker.rest(), "from").is_empty());
    let said = trace(worker.rest(), "from");
    for part in [
        &*format!("Failed to serialize Avro data from topic {topic}:"),
        "Error registering Avro schema\"string\"",
        "RestClientException",
        "error code: 409",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    worker.stop();
}

/// Without `errors.retry.timeout` a registry that is down fails the task and is named; with it, records wait.
#[test]
fn a_registry_that_is_down_fails_or_is_waited_for() {
    let Some(registry) = SchemaRegistry::prepared() else { return };
    let (bed, place, topic) = (Bed::embedded(), Place::new("down"), topic("down"));
    place.write("in.txt", numbered(0..10));
    let mut worker = start(&setup(&bed, &place));
    let fast = ("value.converter.max.retries", "0");
    worker.rest().create("fails", with(source(&place, "in.txt", &topic), AVRO, &registry.url, &[fast]));
    wait_until(SHORT, "the task failed", || !trace(worker.rest(), "fails").is_empty());
    let said = trace(worker.rest(), "fails");
    let host = registry.url.trim_end_matches('/');
    assert!(said.contains(&format!("The schema registry {host} cannot be reached")), "{said}");
    let _ = worker.rest().delete("/connectors/fails").expect(204);

    let patient = [fast, ("errors.retry.timeout", "-1"), ("errors.retry.delay.max.ms", "200")];
    worker.rest().create("waits", with(source(&place, "in.txt", &topic), AVRO, &registry.url, &patient));
    worker.rest().create("into", with(sink(&place, "out.txt", &topic), AVRO, &registry.url, &patient));
    wait_until(SHORT, "the task runs", || ferry_tests::running(worker.rest(), "waits"));
    registry.run();
    wait_output_long(&place, "out.txt", &numbered(0..10));
    assert_eq!(trace(worker.rest(), "waits"), "");
    worker.stop();
}

fn wait_output_long(place: &Place, file: &str, wanted: &str) {
    let limit: Duration = LONG;
    wait_until(limit, &format!("{file} is complete"), || place.read(file) == wanted.as_bytes());
}

/// The worker lists the class, and a definition that Confluent has.
#[test]
fn the_worker_lists_the_converter_and_validates_its_keys() {
    let (bed, place) = (Bed::embedded(), Place::new("listed"));
    let mut worker: FerryWorker = start(&setup(&bed, &place));
    let plugins = worker.rest().get("/connector-plugins?connectorsOnly=false").json();
    let found = plugins.as_array().is_some_and(|list| {
        list.iter().any(|plugin| plugin["class"] == AVRO && plugin["type"] == "converter")
    });
    assert!(found, "{plugins}");
    let keys = worker.rest().get("/connector-plugins/AvroConverter/config").json().to_string();
    for key in ["schema.registry.url", "enhanced.avro.schema.support", "auto.register.schemas"] {
        assert!(keys.contains(key), "{key} in {keys}");
    }
    worker.stop();
}
