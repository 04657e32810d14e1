//! Every built-in converter through the contract of converters.

use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{SchemaType, Value};
use ferry_testkit::contract::converter::{ConverterSubject, Sample};

fn subject(class: &'static str, keeps: fn(&Sample) -> bool) -> ConverterSubject {
    ConverterSubject {
        class,
        classes: ferry_converters::classes,
        manifest: None,
        config: ConfigMap::new,
        keeps,
        keeps_schemas: true,
    }
}

#[test]
fn numbers() {
    let check = |class, keeps: fn(&Sample) -> bool| subject(class, keeps).check();
    check("org.apache.kafka.connect.converters.ShortConverter", |s| s.is_plain(SchemaType::Int16));
    check("org.apache.kafka.connect.converters.IntegerConverter", |s| s.is_plain(SchemaType::Int32));
    check("org.apache.kafka.connect.converters.LongConverter", |s| s.is_plain(SchemaType::Int64));
    check("org.apache.kafka.connect.converters.FloatConverter", |s| s.is_plain(SchemaType::Float32));
    check("org.apache.kafka.connect.converters.DoubleConverter", |s| s.is_plain(SchemaType::Float64));
}

#[test]
fn booleans() {
    subject("org.apache.kafka.connect.converters.BooleanConverter", |s| s.is_plain(SchemaType::Boolean))
        .check();
}

#[test]
fn bytes() {
    subject("org.apache.kafka.connect.converters.ByteArrayConverter", |s| s.is_plain(SchemaType::Bytes))
        .check();
}

#[test]
fn text() {
    subject("org.apache.kafka.connect.storage.StringConverter", |s| s.is_plain(SchemaType::String)).check();
}

#[test]
fn headers_as_text() {
    // Types are guessed: only text that looks like nothing else comes back.
    subject("org.apache.kafka.connect.storage.SimpleHeaderConverter", |s| {
        s.is_plain(SchemaType::String) && s.value.as_str().is_some_and(|text| text.contains('😀'))
    })
    .check();
}

#[test]
fn json_with_schemas() {
    let keeps = |s: &Sample| s.name != "struct of the wrong width";
    subject("org.apache.kafka.connect.json.JsonConverter", keeps).check();
}

#[test]
fn json_without_schemas() {
    let mut subject = subject("org.apache.kafka.connect.json.JsonConverter", |s| {
        let same = s.is_plain(SchemaType::Int64) || s.is_plain(SchemaType::String) || s.schema.is_none();
        same || (s.is_plain(SchemaType::Boolean) && s.value != Value::Null)
    });
    subject.config = || {
        let mut config = ConfigMap::new();
        config.insert("schemas.enable", "false");
        config
    };
    subject.keeps_schemas = false;
    subject.check();
}
