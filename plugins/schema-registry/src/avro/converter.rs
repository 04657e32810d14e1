//! `AvroConverter`

use ferry_sdk::Result;
use ferry_sdk::config::{Config, ConfigDef};
use ferry_sdk::data::{Arena, Schema, SchemaRef, ValueRef};

use super::{Avro, Kind, Names, ReadPlan, Settings, WritePlan};
use crate::config::{definition, toggle};
use crate::converter::RegistryConverter;
use crate::format::{Format, Own, Question, schema_id};
use crate::registry::{Registered, Sentences};

/// `io.confluent.connect.avro.AvroConverter`
pub type AvroConverter = RegistryConverter<AvroFormat>;

/// What is special to Avro.
#[derive(Default)]
pub struct AvroFormat {
    settings: Settings,
    whole: bool,
    spare: Vec<ValueRef<'static>>,
}

/// An Avro schema and its text.
pub struct OwnAvro {
    avro: Avro,
    text: String,
}

impl Own for OwnAvro {
    fn text(&self) -> &str {
        &self.text
    }
    fn record(&self) -> Option<String> {
        matches!(self.avro.kind, Kind::Record(_)).then(|| self.avro.full_name())
    }
    fn incompatibility(&self, writer: &Self) -> Option<String> {
        super::incompatibility(&self.avro, &writer.avro)
    }
}

/// The Connect schema of an id, and how to read its bytes.
pub struct AvroReader {
    schema: Option<SchemaRef>,
    plan: ReadPlan,
}

impl Format for AvroFormat {
    const KIND: &'static str = "AVRO";
    const COMPARES: bool = true;
    type Own = OwnAvro;
    type Writer = WritePlan;
    type Reader = AvroReader;

    fn definition() -> ConfigDef {
        definition(&[
            toggle(
                "enhanced.avro.schema.support",
                "false",
                "Toggle for enabling/disabling enhanced avro schema support: Enum symbol preservation and Package Name awareness",
            ),
            toggle(
                "scrub.invalid.names",
                "false",
                "Whether to scrub invalid names by replacing invalid characters with valid ones",
            ),
            toggle(
                "connect.meta.data",
                "true",
                "Toggle for enabling/disabling connect converter to add its meta data to the output schema or not",
            ),
            toggle(
                "discard.type.doc.default",
                "false",
                "Only Avro field doc and default will be retained during conversion of Avro and Connect schema.",
            ),
            toggle(
                "allow.optional.map.keys",
                "false",
                "Allow optional string map key when converting from Connect Schema to Avro Schema.",
            ),
            toggle(
                "avro.fail.on.trailing.data",
                "false",
                "If true, fail if extra data is found after deserializing an Avro message",
            ),
        ])
    }

    fn configure(&mut self, config: &Config) -> Result<()> {
        let on = |key: &str| config.boolean(key).unwrap_or(false);
        self.whole = on("avro.fail.on.trailing.data");
        self.settings = Settings {
            enhanced: on("enhanced.avro.schema.support"),
            sum_types: on("generalized.sum.type.support"),
            ignore_default: on("ignore.default.for.nullables"),
            scrub: on("scrub.invalid.names"),
            meta_data: on("connect.meta.data"),
            discard_docs: on("discard.type.doc.default"),
            optional_map_keys: on("allow.optional.map.keys"),
            flatten_singletons: on("flatten.singleton.unions"),
        };
        Ok(())
    }

    fn writing(topic: &str) -> Sentences {
        Sentences {
            failed: format!("Failed to serialize Avro data from topic {topic}:"),
            retriable: format!("Failed to serialize Avro data from topic {topic} :"),
            network: format!("Network connection error while serializing Avro data for topic {topic}"),
            inner: "Error serializing Avro message".to_owned(),
        }
    }

    fn reading(topic: &str, id: i32) -> Sentences {
        Sentences {
            failed: format!("Failed to deserialize data for topic {topic} to Avro:"),
            retriable: format!("Failed to deserialize data for topic {topic} to Avro: "),
            network: format!("Network connection error while deserializing data for topic {topic}"),
            inner: format!("Error deserializing Avro message for id {}", schema_id(Self::KIND, id)),
        }
    }

    fn asked(question: Question) -> &'static str {
        match question {
            Question::Register => "Error registering Avro schema",
            Question::Lookup => "Error retrieving Avro schema",
            Question::Latest => "Error retrieving latest version of Avro schema",
            Question::ById => "Error retrieving schema ID",
        }
    }

    fn writes_null(&self, schema: Option<&Schema>) -> Result<bool> {
        match schema {
            Some(schema) if !schema.is_optional() => {
                Err(ferry_sdk::Error::data("Found null value for non-optional schema"))
            }
            _ => Ok(false),
        }
    }

    fn own(&self, schema: Option<&Schema>) -> Result<OwnAvro> {
        let avro = super::from_connect(&self.settings, schema)?;
        let text = super::text(&avro);
        Ok(OwnAvro { avro, text })
    }

    fn writer(&self, schema: Option<&Schema>, own: &OwnAvro, target: &OwnAvro) -> Result<WritePlan> {
        WritePlan::new(&self.settings, schema, &own.avro, &target.avro)
    }

    fn parse(&self, schema: &Registered) -> Result<OwnAvro> {
        let mut names = Names::default();
        for (_, text) in &schema.references {
            names.parse(text)?;
        }
        Ok(OwnAvro { avro: names.parse(&schema.text)?, text: schema.text.clone() })
    }

    fn write(
        &mut self,
        writer: &WritePlan,
        _: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        writer.encode(value, out)
    }

    fn reader(&self, writer: &OwnAvro, reader: &OwnAvro, version: i32) -> Result<AvroReader> {
        let schema = super::to_connect(&self.settings, &reader.avro, Some(version))?;
        let plan = ReadPlan::new(&self.settings, &writer.avro, &reader.avro, schema.as_deref())?;
        Ok(AvroReader { schema, plan })
    }

    fn read<'a>(
        &mut self,
        reader: &AvroReader,
        bytes: &'a [u8],
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let value = reader.plan.decode(bytes, self.whole, arena, &mut self.spare)?;
        if value.is_null() {
            return Ok((None, value));
        }
        Ok((reader.schema.as_ref().map(|schema| arena.schema(schema)), value))
    }
}
