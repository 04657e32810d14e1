//! Metrics: the same job on both workers, the JVM's MBeans read through JMX, Ferry's through `/metrics`.

mod beans;
mod java;
mod plugins;

use ferry_tests::topics::{self, TopicRecord};
use ferry_tests::{Broker, FerryWorker, JvmWorker, LONG, Place, Rest, Setup, Worker, free_port, wait_until};
use serde_json::{Map, Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_jvm_measures_as_recorded() {
    compare(Kind::Jvm, "metrics", observe);
}

#[test]
fn ferry_measures_like_the_jvm() {
    compare(Kind::Ferry, "metrics", observe);
}

/// Kafka's own statistics of the same values are those that unit tests of `plugin-abi` go by.
#[test]
fn kafkas_statistics_are_as_recorded() {
    if !ferry_tests::servers::available() {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-abi/golden/statistics.json");
    let says = java::run("Statistics", &[]);
    if std::env::var_os("FERRY_RECORD").is_some() {
        std::fs::write(path, &says).expect("the record is written");
    }
    let recorded = std::fs::read_to_string(path).expect("a record");
    assert!(recorded == says, "Kafka's statistics are not those of {path} (FERRY_RECORD=1 records anew)");
}

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

/// All MBeans of one worker, with `read` to look at them.
struct World {
    worker: Box<dyn Worker>,
    jmx: u16,
}

impl World {
    fn start(kind: Kind, setup: Setup) -> Self {
        let jmx = free_port();
        let arguments = format!(
            "-Dcom.sun.management.jmxremote.port={jmx} -Dcom.sun.management.jmxremote.rmi.port={jmx} \
             -Dcom.sun.management.jmxremote.host=127.0.0.1 -Djava.rmi.server.hostname=127.0.0.1 \
             -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false"
        );
        let worker: Box<dyn Worker> = match kind {
            Kind::Jvm => Box::new(JvmWorker::start(&setup.env("CONNECT_JVM_ARGS", &arguments))),
            Kind::Ferry => Box::new(FerryWorker::start(&setup)),
        };
        Self { worker, jmx }
    }

    fn rest(&self) -> &Rest {
        self.worker.rest()
    }

    fn beans(&self, kind: Kind) -> Map<String, Value> {
        match kind {
            Kind::Jvm => java::beans(self.jmx),
            Kind::Ferry => beans::of(&self.rest().get("/metrics").body),
        }
    }

    /// Waits until these attributes are there with these values.
    fn wait(&self, kind: Kind, wanted: &[(&str, &str, Value)]) -> Map<String, Value> {
        let mut last = Map::new();
        let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(LONG, &format!("{wanted:?}"), || {
                last = self.beans(kind);
                wanted
                    .iter()
                    .all(|(bean, attribute, value)| last.get(*bean).is_some_and(|b| b[*attribute] == *value))
            });
        }));
        assert!(waited.is_ok(), "{:#}", Value::Object(last));
        last
    }
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("metrics-{}", kind.name()));
    let run = run_name(kind, "metrics");
    let setup = Setup::standalone(&broker.bootstrap, &place)
        .with("key.converter", STRING)
        .with("value.converter", STRING);
    let mut world = World::start(kind, setup);
    place.write("in.txt", "one\ntwo\nthree\nfour\n");
    let (lines, bad) = (format!("{run}-lines"), format!("{run}-bad"));
    let records: Vec<_> = ["1", "{", "[", "2", "3"].map(TopicRecord::value).into();
    topics::write(&broker.bootstrap, &bad, &records);
    let rest = world.rest();
    rest.create(
        "source",
        json!({"connector.class": "FileStreamSource", "file": place.at("in.txt"), "topic": lines,
            "transforms": "hoist,drop", "predicates": "other",
            "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
            "transforms.hoist.field": "line",
            "transforms.drop.type": "org.apache.kafka.connect.transforms.Filter",
            "transforms.drop.predicate": "other",
            "predicates.other.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
            "predicates.other.pattern": "no such topic"}),
    );
    // Its group is named after it: another run on this broker must not share it.
    let (sink, failing, paused) = (format!("{run}-sink"), format!("{run}-failing"), format!("{run}-paused"));
    let json_sink = json!({"connector.class": "FileStreamSink", "topics": bad, "value.converter": JSON,
        "value.converter.schemas.enable": "false", "errors.log.enable": "true"});
    let with = |more: Value| {
        let mut config = json_sink.clone();
        config.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
        config
    };
    rest.create(
        &sink,
        with(json!({"file": place.at("out.txt"), "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": format!("{run}-dead"),
            "errors.deadletterqueue.topic.replication.factor": "1"})),
    );
    rest.create(&failing, with(json!({"file": place.at("failing.txt")})));
    rest.create(&paused, with(json!({"file": place.at("paused.txt"), "topics": lines})));
    assert_eq!(rest.put(&format!("/connectors/{paused}/pause")).status, 202);
    let bean = |group: &str, connector: &str| format!("type={group},connector={connector},task=0");
    let (read, put) = (bean("source-task-metrics", "source"), bean("sink-task-metrics", &sink));
    let (of_failing, of_paused) =
        (bean("connector-task-metrics", &failing), bean("connector-task-metrics", &paused));
    world.wait(
        kind,
        &[
            (&read, "source-record-write-total", json!(4.0)),
            (&put, "sink-record-send-total", json!(3.0)),
            (&of_failing, "status", json!("failed")),
            (&of_paused, "status", json!("paused")),
            (&format!("type=connector-metrics,connector={paused}"), "status", json!("paused")),
        ],
    );
    // What is stopped or deleted is measured no more.
    let rest = world.rest();
    assert_eq!(rest.put(&format!("/connectors/{paused}/stop")).status, 204);
    let stopped = world.wait(
        kind,
        &[
            (&format!("type=connector-metrics,connector={paused}"), "status", json!("stopped")),
            ("type=connect-worker-metrics", "task-count", json!(3.0)),
        ],
    );
    let mut observed = Map::new();
    for (name, bean) in &stopped {
        // The worker's id is its address.
        let name = if name.starts_with("type=app-info,client-id=") {
            "type=app-info,client-id=${worker}"
        } else {
            name
        };
        observed.insert(name.to_owned(), comparable(name, bean));
    }
    world.worker.stop();
    golden::replace(&Value::Object(observed), &[(&run, "${run}")])
}

/// A bean with what cannot be equal taken out of it: times, rates, averages, versions.
fn comparable(name: &str, bean: &Value) -> Value {
    let of = |(attribute, value): (&String, &Value)| {
        let by_value = attribute.ends_with("-total")
            || attribute.starts_with("total-")
            || attribute.starts_with("deadletterqueue-")
            || (attribute.ends_with("-count") && !attribute.contains("active"))
            || attribute == "count";
        // How often offsets are committed hangs on the time; starts of tasks the JVM never counts, and whether
        // the paused one has started before hangs on the time, too.
        let timed = attribute.starts_with("offset-commit-") || attribute.starts_with("task-startup-");
        let shown = match value {
            Value::String(version) if attribute.ends_with("version") && version != "undefined" => {
                json!("${version}")
            }
            Value::String(_) if attribute == "commit-id" => json!("${commit}"),
            Value::String(number) if ["NaN", "Infinity"].contains(&number.as_str()) => json!("number"),
            Value::String(text) => json!(text),
            value if by_value && !timed => value.clone(),
            _ => json!("number"),
        };
        (attribute.clone(), shown)
    };
    assert!(bean.as_object().is_some_and(|bean| !bean.is_empty()), "{name} is empty");
    Value::Object(bean.as_object().into_iter().flatten().map(of).collect())
}
