//! What `JsonConverter` accepts (`JsonConverterConfig`).

use ferry_sdk::Result;
use ferry_sdk::api::Role;
use ferry_sdk::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator, Width};

use crate::class;

/// The keys of `JsonConverter`.
pub fn config_def() -> ConfigDef {
    let key = ConfigKey::new;
    ConfigDef::new()
        .define(class::converter_type())
        .define(
            key(
                "schemas.enable",
                ConfigType::Boolean,
                Importance::High,
                "Include schemas within each of the serialized values and keys.",
            )
            .or("true")
            .shown("Schemas", 0, Width::Medium, "Enable Schemas"),
        )
        .define(
            key(
                "schemas.cache.size",
                ConfigType::Int,
                Importance::High,
                "The maximum number of schemas that can be cached in this converter instance.",
            )
            .or("1000")
            .shown("Schemas", 1, Width::Medium, "Schema Cache Size"),
        )
        .define(
            key(
                "schema.content",
                ConfigType::String,
                Importance::High,
                "When set, this is used as the schema for all messages, and the schemas within each of the message will be \
                 ignored.Otherwise, the schema will be included in the content of each message. This configuration applies \
                 only 'schemas.enable' is true, and it exclusively affects the sink connector.",
            )
            .or_null()
            .shown("Schemas", 2, Width::Medium, "Schema Content"),
        )
        .define(
            key(
                "decimal.format",
                ConfigType::String,
                Importance::Low,
                "Controls which format this converter will serialize decimals in. This value is case insensitive and can be \
                 either 'BASE64' (default) or 'NUMERIC'",
            )
            .or("BASE64")
            .valid(Validator::OneOfIgnoreCase(vec!["BASE64".into(), "NUMERIC".into()]))
            .shown("Serialization", 0, Width::Medium, "Decimal Format"),
        )
        .define(
            key(
                "replace.null.with.default",
                ConfigType::Boolean,
                Importance::Low,
                "Whether to replace fields that have a default value and that are null to the default value. When set to \
                 true, the default value is used, otherwise null is used.",
            )
            .or("true")
            .shown("Serialization", 1, Width::Medium, "Replace null with default"),
        )
}

/// The parsed configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `schemas.enable`
    pub schemas: bool,
    /// `schemas.cache.size`, at least 1
    pub cache_size: usize,
    /// `schema.content`; used with `schemas.enable` only
    pub content: Option<String>,
    /// `decimal.format=NUMERIC`
    pub numeric_decimals: bool,
    /// `replace.null.with.default`
    pub replace_null: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { schemas: true, cache_size: 1000, content: None, numeric_decimals: false, replace_null: true }
    }
}

impl Settings {
    /// Parses `config`.
    pub fn parse(config: &ConfigMap, role: Role) -> Result<Self> {
        let config = class::parse(&config_def(), config, role)?;
        let schemas = config.boolean("schemas.enable").unwrap_or(true);
        Ok(Self {
            schemas,
            cache_size: config
                .int("schemas.cache.size")
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(0)
                .max(1),
            content: config.string("schema.content").filter(|c| !c.is_empty()),
            numeric_decimals: config
                .string("decimal.format")
                .is_some_and(|f| f.eq_ignore_ascii_case("NUMERIC")),
            replace_null: config.boolean("replace.null.with.default").unwrap_or(true),
        })
    }
}
