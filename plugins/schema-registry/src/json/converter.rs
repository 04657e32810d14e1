//! `JsonSchemaConverter`

use ferry_sdk::config::{Config, ConfigDef};
use ferry_sdk::data::{Arena, Schema, SchemaRef, ValueRef};
use ferry_sdk::{Error, Result};
use serde_json::Value as Json;

use super::{Documents, Reader, Settings, Tree};
use crate::config::{choice, definition, toggle};
use crate::converter::RegistryConverter;
use crate::format::{Format, Own, Question, schema_id};
use crate::registry::{Registered, Sentences};

/// `io.confluent.connect.json.JsonSchemaConverter`
pub type JsonSchemaConverter = RegistryConverter<JsonSchemaFormat>;

/// What is special to JSON Schema.
#[derive(Default)]
pub struct JsonSchemaFormat {
    settings: Settings,
}

/// A JSON Schema and what it refers to.
pub struct OwnJson {
    text: String,
    json: Json,
    others: Documents,
}

impl Own for OwnJson {
    fn text(&self) -> &str {
        &self.text
    }
    fn record(&self) -> Option<String> {
        self.json["title"].as_str().map(str::to_owned)
    }
    fn incompatibility(&self, _: &Self) -> Option<String> {
        // Never asked: see `COMPARES`.
        Some("Ferry does not compare JSON Schemas".to_owned())
    }
}

fn parse_json(text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|error| {
        let message = format!("Invalid JSON Schema {}: {error}", crate::avro::shorten(text));
        Error::data(message).class("java.io.IOException")
    })
}

impl Format for JsonSchemaFormat {
    const KIND: &'static str = "JSON";
    const COMPARES: bool = false;
    type Own = OwnJson;
    /// The schema says all.
    type Writer = ();
    type Reader = Option<SchemaRef>;

    fn definition() -> ConfigDef {
        definition(&[
            toggle(
                "object.additional.properties",
                "true",
                "Whether to allow additional properties for object schemas.",
            ),
            toggle(
                "use.optional.for.nonrequired",
                "false",
                "Whether to set non-required properties to be optional.",
            ),
            choice(
                "decimal.format",
                "BASE64",
                "Controls which format this converter will serialize decimals in. This value is case insensitive and can be either 'BASE64' (default) or 'NUMERIC'",
            ),
        ])
    }

    fn configure(&mut self, config: &Config) -> Result<()> {
        let on = |key: &str| config.boolean(key).unwrap_or(false);
        let decimals = config.string("decimal.format").unwrap_or_default();
        let numeric = decimals.eq_ignore_ascii_case("NUMERIC");
        if !numeric && !decimals.eq_ignore_ascii_case("BASE64") {
            return Err(Error::config(format!(
                "Invalid value {decimals} for configuration decimal.format: String must be one of (case insensitive): BASE64, NUMERIC"
            )));
        }
        self.settings = Settings {
            sum_types: on("generalized.sum.type.support"),
            ignore_default: on("ignore.default.for.nullables"),
            additional_properties: on("object.additional.properties"),
            optional_for_nonrequired: on("use.optional.for.nonrequired"),
            numeric_decimals: numeric,
            flatten_singletons: on("flatten.singleton.unions"),
        };
        Ok(())
    }

    fn writing(topic: &str) -> Sentences {
        let failed = format!(
            "Converting Kafka Connect data to byte[] failed due to serialization error of topic {topic}: "
        );
        Sentences {
            retriable: failed.clone(),
            failed,
            network: format!("Network connection error while serializing Json data for topic {topic}"),
            inner: "Error serializing JSON message".to_owned(),
        }
    }

    fn reading(topic: &str, id: i32) -> Sentences {
        let failed = format!(
            "Converting byte[] to Kafka Connect data failed due to serialization error of topic {topic}: "
        );
        Sentences {
            retriable: failed.clone(),
            failed,
            network: format!("Network connection error while deserializing data for topic {topic}"),
            inner: format!("Error deserializing JSON message for id {}", schema_id(Self::KIND, id)),
        }
    }

    fn asked(question: Question) -> &'static str {
        match question {
            Question::Register => "Error registering JSON schema: ",
            Question::Lookup => "Error retrieving JSON schema: ",
            Question::Latest => "Error retrieving latest version: ",
            Question::ById => "Error retrieving schema ID",
        }
    }

    fn writes_null(&self, schema: Option<&Schema>) -> Result<bool> {
        let default = |schema: &Schema| {
            schema.default_value().is_some_and(|v| !v.is_null()) && !self.settings.ignore_default
        };
        Ok(schema.is_some_and(|schema| schema.is_optional() || default(schema)))
    }

    fn own(&self, schema: Option<&Schema>) -> Result<OwnJson> {
        let Some(schema) = schema else {
            let cause = Error::data(
                "A value without a schema has no JSON Schema: use a transform that gives it one, or JsonConverter",
            );
            return Err(Error::data("Error serializing JSON message")
                .class("org.apache.kafka.common.errors.SerializationException")
                .caused_by(cause));
        };
        let text = super::text(&self.settings, schema)?;
        Ok(OwnJson { json: parse_json(&text)?, text, others: Documents::new() })
    }

    fn writer(&self, _: Option<&Schema>, _: &OwnJson, _: &OwnJson) -> Result<()> {
        Ok(())
    }

    fn parse(&self, schema: &Registered) -> Result<OwnJson> {
        let mut others = Documents::new();
        for (name, text) in &schema.references {
            others.insert(name.clone(), parse_json(text)?);
        }
        Ok(OwnJson { json: parse_json(&schema.text)?, text: schema.text.clone(), others })
    }

    fn write(
        &mut self,
        (): &(),
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        super::write(&self.settings, schema, value, out)
    }

    fn reader(&self, _: &OwnJson, reader: &OwnJson, version: i32) -> Result<Option<SchemaRef>> {
        super::to_connect(&self.settings, &reader.json, &reader.others, version)
    }

    fn read<'a>(
        &mut self,
        reader: &Option<SchemaRef>,
        bytes: &'a [u8],
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let schema = reader.as_ref().map(|schema| arena.schema(schema));
        let tree = Tree::parse(bytes)?;
        Ok((schema, Reader { arena }.value(schema, Some(&tree))?))
    }
}
