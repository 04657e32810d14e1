//! What both converters accept (`AbstractKafkaSchemaSerDeConfig`), and what they refuse by name.

use ferry_sdk::api::Role;
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::{Error, Result};

/// One key: name, type, default (`None`: required or null), importance, documentation.
type Key = (&'static str, ConfigType, Option<&'static str>, Importance, &'static str);

const KEYS: &[Key] = {
    use ConfigType::{Boolean, Class, Int, Password, String};
    use Importance::{Low, Medium};
    &[
        (
            "schema.registry.url.randomize",
            Boolean,
            Some("false"),
            Low,
            "Whether to randomize the starting index of the schema registry URL list. This can help with load balancing if many schema registry clients are using a shared configuration.",
        ),
        (
            "max.schemas.per.subject",
            Int,
            Some("1000"),
            Low,
            "Maximum number of schemas to create or cache locally.",
        ),
        (
            "normalize.schemas",
            Boolean,
            Some("false"),
            Medium,
            "Whether to normalize schemas, which generally ignores ordering when it is not significant",
        ),
        (
            "auto.register.schemas",
            Boolean,
            Some("true"),
            Medium,
            "Specify if the Serializer should attempt to register the Schema with Schema Registry",
        ),
        ("use.schema.id", Int, Some("-1"), Low, "Schema ID to use for serialization"),
        (
            "id.compatibility.strict",
            Boolean,
            Some("true"),
            Low,
            "Whether to check for backward compatibility between the schema with the given ID and  the schema of the object to be serialized",
        ),
        (
            "use.latest.version",
            Boolean,
            Some("false"),
            Low,
            "Specify if the Serializer should use the latest subject version for serialization",
        ),
        (
            "latest.compatibility.strict",
            Boolean,
            Some("true"),
            Low,
            "Whether to check for backward compatibility between the latest subject version and  the Schema of the object to be serialized",
        ),
        (
            "latest.cache.ttl.sec",
            Int,
            Some("-1"),
            Low,
            "The TTL for caches holding latest schemas, or -1 for no TTL",
        ),
        (
            "key.subject.name.strategy",
            Class,
            Some(crate::subject::TOPIC),
            Medium,
            "Determines how to construct the subject name under which the key schema is registered with the schema registry. By default, <topic>-key is used as subject.",
        ),
        (
            "value.subject.name.strategy",
            Class,
            Some(crate::subject::TOPIC),
            Medium,
            "Determines how to construct the subject name under which the value schema is registered with the schema registry. By default, <topic>-value is used as subject.",
        ),
        (
            "basic.auth.credentials.source",
            String,
            Some("URL"),
            Medium,
            "Specify how to pick the credentials for the Basic authentication header. The supported values are URL and USER_INFO",
        ),
        (
            "basic.auth.user.info",
            Password,
            Some(""),
            Medium,
            "Specify the user info for the Basic authentication in the form of {username}:{password}",
        ),
        (
            "schema.registry.basic.auth.user.info",
            Password,
            Some(""),
            Medium,
            "Specify the user info for the Basic authentication in the form of {username}:{password}",
        ),
        (
            "bearer.auth.credentials.source",
            String,
            Some(""),
            Medium,
            "Specify how to pick the credentials for the Bearer authentication header. The supported value is STATIC_TOKEN",
        ),
        (
            "bearer.auth.token",
            Password,
            Some(""),
            Medium,
            "Specify the Bearer token to be used for authentication",
        ),
        (
            "bearer.auth.logical.cluster",
            String,
            None,
            Medium,
            "Sent as the header target-sr-cluster with Bearer authentication",
        ),
        (
            "bearer.auth.identity.pool.id",
            String,
            None,
            Medium,
            "Sent as the header Confluent-Identity-Pool-Id with Bearer authentication",
        ),
        (
            "proxy.host",
            String,
            Some(""),
            Low,
            "The hostname, or address, of the proxy server that will be used to connect to the schema registry instances.",
        ),
        (
            "proxy.port",
            Int,
            Some("-1"),
            Low,
            "The port number of the proxy server that will be used to connect to the schema registry instances.",
        ),
        (
            "http.connect.timeout.ms",
            Int,
            Some("60000"),
            Low,
            "Specify the http connection timeout in milliseconds for schema registry client",
        ),
        (
            "http.read.timeout.ms",
            Int,
            Some("60000"),
            Low,
            "Specify the http read timeout in milliseconds for schema registry client",
        ),
        ("max.retries", Int, Some("3"), Low, "The maximum number of retries for a request"),
        (
            "retries.wait.ms",
            Int,
            Some("1000"),
            Low,
            "The maximum time to wait for the first retry. When jitter is applied, the actual wait may be less.",
        ),
        ("retries.max.wait.ms", Int, Some("20000"), Low, "The maximum time to wait for any retry."),
        (
            "schema.registry.ssl.truststore.type",
            String,
            None,
            Medium,
            "The file format of the trust store file: PEM",
        ),
        (
            "schema.registry.ssl.truststore.location",
            String,
            None,
            Medium,
            "The location of the trust store file.",
        ),
        (
            "schema.registry.ssl.truststore.certificates",
            Password,
            None,
            Medium,
            "Trusted certificates in the format PEM with X.509 certificates.",
        ),
        (
            "schema.registry.ssl.keystore.type",
            String,
            None,
            Medium,
            "The file format of the key store file: PEM",
        ),
        (
            "schema.registry.ssl.keystore.location",
            String,
            None,
            Medium,
            "The location of the key store file: the private key and its certificate chain.",
        ),
        (
            "schema.registry.ssl.keystore.key",
            Password,
            None,
            Medium,
            "Private key in the format PEM, PKCS#8.",
        ),
        (
            "schema.registry.ssl.keystore.certificate.chain",
            Password,
            None,
            Medium,
            "Certificate chain in the format PEM.",
        ),
        (
            "generalized.sum.type.support",
            Boolean,
            Some("false"),
            Medium,
            "Toggle for enabling/disabling generalized sum type support: interoperability of enum/union with other schema formats",
        ),
        (
            "ignore.default.for.nullables",
            Boolean,
            Some("false"),
            Medium,
            "Whether to ignore the default for nullable fields when the value is null",
        ),
        ("schemas.cache.config", Int, Some("1000"), Low, "Size of the converted schemas cache"),
        ("flatten.singleton.unions", Boolean, Some("true"), Low, "Whether to flatten singleton unions"),
    ]
};

/// Keys of Confluent's that mean something Ferry does not do: the values that mean nothing, and why not.
const REFUSED: &[(&str, &[&str], &str)] = &[
    ("use.schema.guid", &[], "schemas are named by id; set use.schema.id"),
    ("use.latest.with.metadata", &[], "there are no lookups by metadata; set use.latest.version"),
    ("schema.format", &[], "schemas are registered as they are"),
    ("propagate.schema.tags", &["false"], "tags are part of data contracts, which Ferry does not know"),
    ("rule.executors", &[""], "rules are executed by Java classes"),
    ("rule.actions", &[""], "rules are executed by Java classes"),
    ("validation.rules.execution", &["disabled"], "rules are executed by Java classes"),
    ("schema.reflection", &["false"], "there are no Java classes to reflect on"),
    ("specific.avro.reader", &["false"], "there are no generated Java classes"),
    ("avro.use.logical.type.converters", &["false"], "Connect's own logical types are always used"),
    ("avro.remove.java.properties", &["false"], "properties are registered as the schema has them"),
    (
        "context.name.strategy",
        &["io.confluent.kafka.serializers.context.NullContextNameStrategy"],
        "a context is part of the URL of a registry: put it there",
    ),
    (
        "key.schema.id.serializer",
        &["io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"],
        "the id is in front of the bytes, as all readers understand it",
    ),
    (
        "value.schema.id.serializer",
        &["io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"],
        "the id is in front of the bytes, as all readers understand it",
    ),
    (
        "key.schema.id.deserializer",
        &[
            "io.confluent.kafka.serializers.schema.id.DualSchemaIdDeserializer",
            "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdDeserializer",
        ],
        "the id is read from in front of the bytes",
    ),
    (
        "value.schema.id.deserializer",
        &[
            "io.confluent.kafka.serializers.schema.id.DualSchemaIdDeserializer",
            "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdDeserializer",
        ],
        "the id is read from in front of the bytes",
    ),
    ("schema.backup.enabled", &["false"], "schemas are not carried in records"),
    (
        "json.fail.invalid.schema",
        &["false"],
        "values are converted by their schema, not validated against it",
    ),
    ("json.indent.output", &["false"], "JSON is written without white space"),
    (
        "json.key.type",
        &["", "com.fasterxml.jackson.databind.JsonNode", "java.lang.Object"],
        "there are no Java classes",
    ),
    (
        "json.value.type",
        &["", "com.fasterxml.jackson.databind.JsonNode", "java.lang.Object"],
        "there are no Java classes",
    ),
    (
        "preserve.additional.properties",
        &["false"],
        "Connect's data has no place for what the schema does not name",
    ),
    (
        "bearer.auth.issuer.endpoint.url",
        &[],
        "tokens are not fetched: set bearer.auth.credentials.source=STATIC_TOKEN and bearer.auth.token",
    ),
    (
        "bearer.auth.client.id",
        &[],
        "tokens are not fetched: set bearer.auth.credentials.source=STATIC_TOKEN and bearer.auth.token",
    ),
    (
        "bearer.auth.client.secret",
        &[],
        "tokens are not fetched: set bearer.auth.credentials.source=STATIC_TOKEN and bearer.auth.token",
    ),
    (
        "bearer.auth.custom.provider.class",
        &[],
        "tokens are not fetched: set bearer.auth.credentials.source=STATIC_TOKEN and bearer.auth.token",
    ),
    ("schema.registry.ssl.truststore.password", &[""], "PEM certificates have no password"),
    ("schema.registry.ssl.keystore.password", &[""], "only PEM keys without password are read"),
    ("schema.registry.ssl.key.password", &[""], "only PEM keys without password are read"),
    ("schema.registry.ssl.engine.factory.class", &[], "there are no Java classes"),
    (
        "schema.registry.ssl.endpoint.identification.algorithm",
        &["https"],
        "the name of the server is always checked",
    ),
];

/// The definition, with what one converter has besides.
pub fn definition(own: &[Key]) -> ConfigDef {
    let roles = [Role::Key, Role::Value, Role::Header].map(|role| role.name().to_owned()).to_vec();
    let mut def = ConfigDef::new()
        .define(
            ConfigKey::new("converter.type", ConfigType::String, Importance::Low, "How this converter will be used.")
                .valid(Validator::OneOf(roles)),
        )
        .define(ConfigKey::new(
            "schema.registry.url",
            ConfigType::List,
            Importance::High,
            "Comma-separated list of URLs for schema registry instances that can be used to register or look up schemas.",
        ));
    for (name, kind, default, importance, documentation) in KEYS.iter().chain(own).copied() {
        let key = ConfigKey::new(name, kind, importance, documentation);
        def = def.define(match default {
            Some(default) => key.or(default),
            None => key.or_null(),
        });
    }
    def
}

/// A boolean key of a converter's own.
pub const fn toggle(name: &'static str, default: &'static str, documentation: &'static str) -> Key {
    (name, ConfigType::Boolean, Some(default), Importance::Medium, documentation)
}

/// A key with a choice of values.
pub const fn choice(name: &'static str, default: &'static str, documentation: &'static str) -> Key {
    (name, ConfigType::String, Some(default), Importance::Low, documentation)
}

/// Parses `config`; keys that Ferry does not honour are complaints, unknown ones are passed over.
pub fn parse(def: &ConfigDef, config: &ConfigMap, role: Role) -> Result<Config> {
    for (key, fine, why) in REFUSED {
        let Some(value) = config.get(key) else { continue };
        if !fine.iter().any(|fine| fine.eq_ignore_ascii_case(value.trim())) {
            return Err(Error::config(format!(
                "The converter's {key} is not supported by Ferry: {why}. Remove it{}",
                fine.first()
                    .filter(|f| !f.is_empty())
                    .map_or_else(String::new, |f| format!(" or set it to {f}"))
            )));
        }
    }
    let mut config = config.clone();
    config.insert("converter.type", role.name());
    Config::parse(def, &config)
}
