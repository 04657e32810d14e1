//! The sink of `tests/faults/plugins/examples/picky.rs`: loaded from its library, told by each value what to do.

use std::path::Path;

use ferry_tests::{Bed, Place, Setup};
use serde_json::{Value, json};

use crate::build::{Build, PLAIN};

/// The settings of a worker that knows the picky sink and nothing else, with values as plain text.
pub fn setup(bed: &Bed, place: &Place) -> Setup {
    let folder = Build { name: "picky", only: &["picky"], ..PLAIN }.run();
    let plugins = place.at("plugins");
    std::fs::create_dir_all(&plugins).expect("a folder");
    std::fs::copy(folder.join("libpicky.so"), Path::new(&plugins).join("libpicky.so")).expect("copied");
    crate::setup(bed, place)
        .with("plugin.path", &plugins)
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
        .env("XDG_CACHE_HOME", &place.at("cache"))
}

/// A picky sink that tolerates bad records and writes what it takes to `out`.
pub fn sink(place: &Place, topic: &str, more: Value) -> Value {
    let mut config = json!({"connector.class": "faults.Picky", "file": place.at("out"), "topics": topic,
        "errors.tolerance": "all"});
    for (key, value) in more.as_object().expect("settings") {
        config[key] = value.clone();
    }
    config
}

/// What it took, in order.
pub fn taken(place: &Place) -> Vec<String> {
    String::from_utf8(place.read("out")).expect("text").lines().map(str::to_owned).collect()
}
