//! `AvroConverter` and `JsonSchemaConverter`: bytes whose schema is in a schema registry.
//!
//! Both carry the names they have in Confluent's distribution and do what they do there, against any registry
//! with Confluent's REST API. [`converter`] is what they share, [`avro`] and [`json`] what is special to each,
//! [`registry`] asks.

pub mod avro;
mod config;
mod converter;
mod format;
pub mod json;
mod metrics;
mod registry;
mod subject;
mod text;

pub use avro::AvroConverter;
pub use converter::RegistryConverter;
pub use json::JsonSchemaConverter;

use std::sync::Arc;

use ferry_sdk::api::{Converter, Factory, Make, PluginClass};

use avro::AvroFormat;
use format::Format;
use json::JsonSchemaFormat;

/// The class of the Avro converter.
pub const AVRO: &str = "io.confluent.connect.avro.AvroConverter";

/// The class of the JSON Schema converter.
pub const JSON_SCHEMA: &str = "io.confluent.connect.json.JsonSchemaConverter";

/// The classes of this plugin.
pub fn classes() -> Vec<PluginClass> {
    vec![
        class::<AvroFormat>(AVRO, "Avro, its schemas in a schema registry"),
        class::<JsonSchemaFormat>(JSON_SCHEMA, "JSON, its JSON Schemas in a schema registry"),
    ]
}

fn class<F: Format>(name: &str, documentation: &str) -> PluginClass {
    let make: Make<dyn Converter> = Arc::new(|| Ok(Box::new(RegistryConverter::<F>::default())));
    PluginClass {
        class: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: documentation.to_owned(),
        config: F::definition(),
        factory: Factory::Converter(make),
    }
}

ferry_sdk::abi::export_plugin! {
    classes: classes,
    list: [(converter, AVRO), (converter, JSON_SCHEMA)],
    owner: "ferry",
}
