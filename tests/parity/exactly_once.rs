//! Exactly-once source: the JVM's distributed worker has it, and leaves behind what Ferry's standalone one does.

use ferry_tests::topics::{TopicRecord, committed_records, show};
use ferry_tests::{
    Broker, FerryWorker, JvmWorker, LONG, Place, Request, Rest, Setup, Worker, wait_for, wait_until,
};
use serde_json::{Map, Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

/// Partitions of the offsets topic.
const PARTITIONS: i32 = 5;

#[test]
fn the_jvm_writes_in_transactions_as_recorded() {
    compare(Kind::Jvm, "exactly-once", observe);
}

#[test]
fn ferry_writes_in_transactions_like_the_jvm() {
    compare(Kind::Ferry, "exactly-once", observe);
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("exactly-once-{}", kind.name()));
    let run = run_name(kind, "once");
    let setup = Setup::standalone(&broker.bootstrap, &place)
        .with("exactly.once.source.support", "enabled")
        .with("group.id", &run)
        .with("offset.storage.topic", &format!("{run}-offsets"))
        .with("offset.storage.partitions", &PARTITIONS.to_string())
        .with("offset.storage.replication.factor", "1");
    let mut worker: Box<dyn Worker> = match kind {
        Kind::Jvm => Box::new(JvmWorker::start_distributed(&setup)),
        Kind::Ferry => Box::new(FerryWorker::start(&setup)),
    };
    let mut observed = Map::new();
    validate(worker.rest(), &mut observed);
    job(worker.rest(), broker, &place, &run, &mut observed);
    worker.stop();
    golden::replace(&Value::Object(observed), &[(&run, "${run}"), (&place.at(""), "${dir}/")])
}

/// What is said of exactly-once settings.
fn validate(rest: &Rest, observed: &mut Map<String, Value>) {
    let cases = [
        ("required of a file", json!({"file": "f", "exactly.once.support": "required"})),
        ("required of standard input", json!({"exactly.once.support": "REQUIRED"})),
        ("boundaries of the connector", json!({"file": "f", "transaction.boundary": "connector"})),
        ("both", json!({"exactly.once.support": "required", "transaction.boundary": "Connector"})),
        (
            "no such thing",
            json!({"file": "f", "exactly.once.support": "always", "transaction.boundary": "never"}),
        ),
        (
            "an interval",
            json!({"file": "f", "transaction.boundary": "interval", "transaction.boundary.interval.ms": "-1"}),
        ),
    ];
    for (name, more) in cases {
        let mut config = json!({"name": "v", "connector.class": "FileStreamSource", "topic": "t"});
        config.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
        let path = "/connector-plugins/FileStreamSource/config/validate";
        let answer = rest.send(&Request::new("PUT", path).json(&config.to_string())).json();
        let wrong: Map<String, Value> = answer["configs"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|config| &config["value"])
            .filter(|value| value["errors"].as_array().is_some_and(|errors| !errors.is_empty()))
            .map(|value| (value["name"].as_str().unwrap_or_default().to_owned(), value["errors"].clone()))
            .collect();
        observed.insert(format!("validation: {name}"), json!([answer["error_count"], wrong]));
    }
}

/// Lines through a source, offsets changed by REST, and what is in the topics then.
fn job(rest: &Rest, broker: &Broker, place: &Place, run: &str, observed: &mut Map<String, Value>) {
    let (lines, offsets) = (format!("{run}-lines"), format!("{run}-offsets"));
    place.write("in.txt", "one\nnumber 2\n");
    let mut config = json!({
        "connector.class": "FileStreamSource", "file": place.at("in.txt"), "topic": lines,
        "exactly.once.support": "required",
        "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
    });
    rest.create("s", config.clone());
    committed(rest, 13);
    config["transaction.boundary"] = json!("interval");
    config["transaction.boundary.interval.ms"] = json!("100");
    let _ = rest.send(&Request::new("PUT", "/connectors/s/config").json(&config.to_string())).expect(200);
    place.append("in.txt", "three\n");
    committed(rest, 19);
    observed.insert("offsets in the topic".into(), last(broker, &offsets));
    let partition = json!({"filename": place.at("in.txt")});

    let _ = rest.put("/connectors/s/stop").expect(204);
    wait_until(LONG, "the connector is stopped", || {
        rest.get("/connectors/s/tasks").json() == json!([])
            && rest.get("/connectors/s/status").json()["connector"]["state"] == "STOPPED"
    });
    let back = json!({"offsets": [{"partition": partition, "offset": {"position": 4}}]}).to_string();
    let request = Request::new("PATCH", "/connectors/s/offsets").json(&back);
    let altered = rest.send(&request);
    observed.insert("altered".into(), json!([altered.status, altered.json()]));
    observed.insert("offsets after that".into(), rest.get("/connectors/s/offsets").json());
    observed.insert("altered offsets in the topic".into(), last(broker, &offsets));
    let _ = rest.put("/connectors/s/resume").expect(202);
    committed(rest, 19);

    let _ = rest.put("/connectors/s/stop").expect(204);
    wait_until(LONG, "the connector is stopped", || {
        rest.get("/connectors/s/tasks").json() == json!([])
            && rest.get("/connectors/s/status").json()["connector"]["state"] == "STOPPED"
    });
    let reset = rest.delete("/connectors/s/offsets");
    observed.insert("reset".into(), json!([reset.status, reset.json()]));
    observed.insert("offsets in the end".into(), rest.get("/connectors/s/offsets").json());
    observed.insert("reset offsets in the topic".into(), last(broker, &offsets));
    let values: Vec<Value> = committed_records(&broker.bootstrap, &lines, 1)
        .iter()
        .map(|r| r.to_json()["value"].clone())
        .collect();
    observed.insert("lines".into(), json!(values));
}

/// Waits until all that was read up to this position is committed.
fn committed(rest: &Rest, position: i64) {
    wait_for(LONG, &format!("position {position} is committed"), || {
        let answer = rest.get("/connectors/s/offsets");
        (answer.status == 200 && answer.json()["offsets"][0]["offset"]["position"] == json!(position))
            .then_some(())
    });
}

/// The last committed record of each key, byte for byte.
fn last(broker: &Broker, topic: &str) -> Value {
    let records = committed_records(&broker.bootstrap, topic, PARTITIONS);
    let pair = |record: TopicRecord| {
        (show(&record.key.unwrap_or_default()), json!(record.value.as_deref().map(show)))
    };
    Value::Object(records.into_iter().map(pair).collect())
}
