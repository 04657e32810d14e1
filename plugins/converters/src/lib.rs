//! Kafka Connect's converters, under their Java class names.

mod boolean;
mod byte_array;
mod class;
pub mod json;
mod number;
mod simple_header;
mod string;

pub use boolean::BooleanConverter;
pub use byte_array::ByteArrayConverter;
pub use json::JsonConverter;
pub use number::{Number, NumberConverter};
pub use simple_header::SimpleHeaderConverter;
pub use string::StringConverter;

use ferry_sdk::api::PluginClass;

/// All classes of this crate: each converter twice, as converter and as header converter, as in
/// Connect; `SimpleHeaderConverter` as header converter only.
pub fn classes() -> Vec<PluginClass> {
    use class::{both, header_only};
    const CONVERTERS: &str = "org.apache.kafka.connect.converters.";
    const STORAGE: &str = "org.apache.kafka.connect.storage.";
    let mut classes = Vec::new();
    let mut number = |name: &str, doc, number: fn() -> NumberConverter| {
        both(&mut classes, format!("{CONVERTERS}{name}Converter"), doc, class::type_only(), number);
    };
    number("Short", "16-bit integers, big-endian", || NumberConverter::new(Number::Short));
    number("Integer", "32-bit integers, big-endian", || NumberConverter::new(Number::Integer));
    number("Long", "64-bit integers, big-endian", || NumberConverter::new(Number::Long));
    number("Float", "32-bit floating-point numbers, big-endian", || NumberConverter::new(Number::Float));
    number("Double", "64-bit floating-point numbers, big-endian", || NumberConverter::new(Number::Double));
    both(
        &mut classes,
        format!("{CONVERTERS}BooleanConverter"),
        "One byte, 0 or 1",
        class::type_only(),
        || BooleanConverter,
    );
    both(
        &mut classes,
        format!("{CONVERTERS}ByteArrayConverter"),
        "Bytes as they are",
        class::type_only(),
        || ByteArrayConverter,
    );
    both(
        &mut classes,
        "org.apache.kafka.connect.json.JsonConverter".to_owned(),
        "JSON, with or without its schema",
        json::config_def(),
        JsonConverter::default,
    );
    both(
        &mut classes,
        format!("{STORAGE}StringConverter"),
        "Text, as Java's toString prints it",
        string::config_def(),
        StringConverter::default,
    );
    header_only(
        &mut classes,
        format!("{STORAGE}SimpleHeaderConverter"),
        "Header values as text, types guessed when read",
        SimpleHeaderConverter::default,
    );
    classes
}
