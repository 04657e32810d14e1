//! Metrics that plugins register themselves (KIP-877): the same plugin in Java and in Rust.

use ferry_tests::{Broker, LONG, Place, Rest, Setup, wait_for};
use serde_json::{Map, Value, json};

use super::World;
use crate::{Kind, compare, foreign, golden, run_name};

#[test]
fn the_jvm_measures_plugins_as_recorded() {
    compare(Kind::Jvm, "plugin-metrics", observe);
}

#[test]
fn ferry_measures_plugins_like_the_jvm() {
    compare(Kind::Ferry, "plugin-metrics", observe);
}

/// A worker that knows the plugin in its own language.
fn setup(kind: Kind, broker: &Broker, place: &Place) -> Setup {
    let plugins = foreign::install(kind, place, "plugins/Measured.java", &["measured"]);
    Setup::standalone(&broker.bootstrap, place)
        .with("header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter")
        // Longer than any machine takes.
        .with("metrics.sample.window.ms", "86400000")
        .with("plugin.path", &plugins)
        .env("XDG_CACHE_HOME", &place.at("cache"))
}

fn config(topic: &str, more: Value) -> Value {
    let mut config = json!({"connector.class": "faults.Measured", "topic": topic,
        "key.converter": "faults.Measured$Converter", "value.converter": "faults.Measured$Converter",
        "transforms": "shape", "transforms.shape.type": "faults.Measured$Transformation",
        "transforms.shape.predicate": "any",
        "predicates": "any", "predicates.any.type": "faults.Measured$Predicate"});
    config.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
    config
}

/// The MBeans of plugins.
fn of_plugins(beans: Map<String, Value>) -> Map<String, Value> {
    beans.into_iter().filter(|(name, _)| name.starts_with("type=plugins")).collect()
}

/// Why the task failed, without what is the JVM's own.
fn failure(rest: &Rest, name: &str) -> String {
    let path = format!("/connectors/{name}/status");
    wait_for(LONG, &format!("{name} has FAILED"), || {
        let status = rest.get(&path).json();
        let failed = status["tasks"][0]["state"] == "FAILED";
        failed.then(|| golden::without_frames(status["tasks"][0]["trace"].as_str().unwrap_or_default()))
    })
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("plugin-metrics-{}", kind.name()));
    let run = run_name(kind, "plugin-metrics");
    let mut world = World::start(kind, setup(kind, broker, &place));
    world.rest().create("measured", config(&run, json!({})));
    let task = "type=plugins,connector=measured,task=0";
    let all = world.wait(
        kind,
        &[
            (&format!("{task},converter=value"), "converted-total", json!(3.0)),
            // Ferry leaves out what is computed too late.
            (task, "lag-bytes", json!(17.0)),
        ],
    );
    let mut observed = of_plugins(all);
    // What fails is measured no more, but for the connector itself.
    let twice = json!({"transforms": "shape,again", "transforms.again.predicate": "any",
        "transforms.again.type": "faults.Measured$Transformation"});
    for (name, more) in [
        ("twice", json!({"provoke": "twice"})),
        ("tag", json!({"provoke": "tag"})),
        ("unknown", json!({"provoke": "unknown"})),
        ("predicate", twice),
    ] {
        world.rest().create(name, config(&run, more));
        observed.insert(format!("{name} failed"), json!(failure(world.rest(), name)));
    }
    let mut names: Vec<String> = of_plugins(world.beans(kind)).into_iter().map(|(name, _)| name).collect();
    names.sort();
    observed.insert("after failures".to_owned(), json!(names));
    assert_eq!(world.rest().delete("/connectors/measured").status, 204);
    let gone = |name: &String| !name.contains("connector=measured");
    wait_for(LONG, "the metrics are gone", || of_plugins(world.beans(kind)).keys().all(gone).then_some(()));
    world.worker.stop();
    golden::replace(&Value::Object(observed), &[(&run, "${run}")])
}
