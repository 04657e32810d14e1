//! Both converters, linked and from their library, through the contract of converters.

use std::sync::OnceLock;

use ferry_sdk::config::ConfigMap;
use ferry_testkit::contract::converter::{ConverterSubject, Sample};

use crate::fake::Fake;

fn config() -> ConfigMap {
    static FAKE: OnceLock<Fake> = OnceLock::new();
    let mut config = ConfigMap::new();
    config.insert("schema.registry.url", &*FAKE.get_or_init(Fake::start).url);
    config.insert("max.retries", "0");
    config
}

fn check(class: &'static str, keeps: fn(&Sample) -> bool) {
    let subject = ConverterSubject {
        class,
        classes: ferry_schema_registry::classes,
        manifest: Some(env!("CARGO_MANIFEST_DIR")),
        config,
        keeps,
        keeps_schemas: true,
    };
    subject.check();
}

#[test]
fn avro() {
    check(ferry_schema_registry::AVRO, |sample| sample.name != "struct of the wrong width");
}

#[test]
fn json_schema() {
    check(ferry_schema_registry::JSON_SCHEMA, |sample| {
        sample.name != "struct of the wrong width" && sample.schema.is_some()
    });
}
