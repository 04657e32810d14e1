//! Validation against the answers of the JVM worker.

use ferry_plugin_abi::config::{Importance, Validator};

use super::*;
use crate::properties;

/// Plugins of the JVM worker that the captured answers need, all of version 4.3.1.
struct Jvm;

const CONVERTERS: [&str; 9] = [
    "org.apache.kafka.connect.converters.BooleanConverter",
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "org.apache.kafka.connect.converters.DoubleConverter",
    "org.apache.kafka.connect.converters.FloatConverter",
    "org.apache.kafka.connect.converters.IntegerConverter",
    "org.apache.kafka.connect.converters.LongConverter",
    "org.apache.kafka.connect.converters.ShortConverter",
    "org.apache.kafka.connect.json.JsonConverter",
    "org.apache.kafka.connect.storage.StringConverter",
];
const PREDICATES: [&str; 3] = ["HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"];
const TRANSFORMS: [&str; 26] = [
    "Cast$Key",
    "Cast$Value",
    "DropHeaders",
    "ExtractField$Key",
    "ExtractField$Value",
    "Filter",
    "Flatten$Key",
    "Flatten$Value",
    "HeaderFrom$Key",
    "HeaderFrom$Value",
    "HoistField$Key",
    "HoistField$Value",
    "InsertField$Key",
    "InsertField$Value",
    "InsertHeader",
    "MaskField$Key",
    "MaskField$Value",
    "RegexRouter",
    "ReplaceField$Key",
    "ReplaceField$Value",
    "SetSchemaMetadata$Key",
    "SetSchemaMetadata$Value",
    "TimestampConverter$Key",
    "TimestampConverter$Value",
    "TimestampRouter",
    "ValueToKey",
];

impl Catalog for Jvm {
    fn find(
        &self,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<Found>, VersionError> {
        let simple = |class: &str| class.rsplit('.').next().unwrap_or_default().to_owned();
        let class = self.classes(kind).into_iter().find(|class| class == name || simple(class) == name);
        match (class, version) {
            (_, Some("[1")) => Err(VersionError::Invalid("Unbounded range: [1".to_owned())),
            (Some(class), Some(version)) if version != "4.3.1" => Err(VersionError::Missing(format!(
                "Plugin {class} not found that matches the version range [{version},{version}], available versions: [4.3.1]"
            ))),
            (class, _) => Ok(class.map(|class| Found { class, version: Some("4.3.1".to_owned()) })),
        }
    }

    fn classes(&self, kind: ClassKind) -> Vec<String> {
        let under =
            |prefix: &str, names: &[&str]| names.iter().map(|name| format!("{prefix}{name}")).collect();
        match kind {
            ClassKind::Converter => under("", &CONVERTERS),
            ClassKind::HeaderConverter => {
                let mut all: Vec<String> = under("", &CONVERTERS);
                all.insert(8, "org.apache.kafka.connect.storage.SimpleHeaderConverter".to_owned());
                all
            }
            ClassKind::Transform => under("org.apache.kafka.connect.transforms.", &TRANSFORMS),
            ClassKind::Predicate => under("org.apache.kafka.connect.transforms.predicates.", &PREDICATES),
            _ => Vec::new(),
        }
    }

    fn versions(&self, _: ClassKind, _: &str) -> Vec<String> {
        vec!["4.3.1".to_owned()]
    }

    fn config_def(&self, _: ClassKind, found: &Found) -> Result<ConfigDef, String> {
        let simple = found.class.rsplit('.').next().unwrap_or_default();
        Ok(match simple {
            "JsonConverter" => def_of(include_str!("../../golden/plugin-config-JsonConverter.json")),
            "TopicNameMatches" => {
                let def = def_of(include_str!("../../golden/plugin-config-TopicNameMatches.json"));
                def.keys().iter().cloned().map(|key| key.valid(Validator::Regex)).collect()
            }
            "HoistField$Value" => ConfigDef::new().define(
                ConfigKey::new(
                    "field",
                    ConfigType::String,
                    Importance::Medium,
                    "Field name for the single field that will be created in the resulting Struct or Map.",
                )
                .valid(Validator::NonEmptyString),
            ),
            _ => ConfigDef::new(),
        })
    }
}

/// A captured answer as a definition.
fn def_of(json: &str) -> ConfigDef {
    let infos: Vec<ConfigKeyInfo> = serde_json::from_str(json).unwrap();
    infos.into_iter().map(key_of).collect()
}

fn key_of(info: ConfigKeyInfo) -> ConfigKey {
    use ferry_plugin_abi::config::Width;
    ConfigKey {
        kind: ConfigType::from_name(&info.kind).unwrap(),
        default: match (info.required, info.default_value) {
            (true, _) => DefaultValue::Required,
            (false, None) => DefaultValue::Null,
            (false, Some(text)) => DefaultValue::Text(text),
        },
        validator: None,
        importance: match info.importance.as_str() {
            "HIGH" => Importance::High,
            "MEDIUM" => Importance::Medium,
            _ => Importance::Low,
        },
        documentation: info.documentation,
        group: info.group,
        order: info.order_in_group,
        width: match info.width.as_str() {
            "NONE" => Width::None,
            "SHORT" => Width::Short,
            "MEDIUM" => Width::Medium,
            _ => Width::Long,
        },
        display_name: info.display_name,
        dependents: info.dependents,
        name: info.name,
    }
}

fn worker(lines: &str) -> WorkerConfig {
    let text = format!(
        "bootstrap.servers=a:1\nkey.converter=org.apache.kafka.connect.json.JsonConverter\n\
         value.converter=org.apache.kafka.connect.json.JsonConverter\noffset.storage.file.filename=/o\n{lines}"
    );
    WorkerConfig::new(
        properties::parse(&text).unwrap().into_iter().collect(),
        &crate::providers::built_in,
        std::sync::Arc::default(),
    )
    .unwrap()
}

struct Case {
    kind: ConnectorKind,
    written: &'static str,
    resolved: &'static str,
    nulls: &'static [&'static str],
    worker: &'static str,
    complaints: Vec<ConfigValueInfo>,
}

fn case(kind: ConnectorKind, written: &'static str) -> Case {
    Case { kind, written, resolved: written, nulls: &[], worker: "", complaints: Vec::new() }
}

impl Case {
    fn answer(self) -> ConfigResult<ConfigInfos> {
        let parse = |text: &str| properties::parse(text).unwrap().into_iter().collect::<ConfigMap>();
        let (class, own) = match self.kind {
            ConnectorKind::Source => {
                let json = include_str!("../../golden/plugin-config-FileStreamSource.json");
                ("org.apache.kafka.connect.file.FileStreamSourceConnector", (json, 3))
            }
            ConnectorKind::Sink => {
                let json = include_str!("../../golden/plugin-config-FileStreamSink.json");
                ("org.apache.kafka.connect.file.FileStreamSinkConnector", (json, 1))
            }
        };
        let keys: Vec<ConfigKeyInfo> = serde_json::from_str(own.0).unwrap();
        let nulls: Vec<String> = self.nulls.iter().map(|&null| null.to_owned()).collect();
        validate(&Request {
            worker: &worker(self.worker),
            catalog: &Jvm,
            kind: self.kind,
            connector: &Found { class: class.to_owned(), version: Some("4.3.1".to_owned()) },
            def: &keys.into_iter().take(own.1).map(key_of).collect(),
            complaints: self.complaints,
            config: &parse(self.resolved),
            written: &parse(self.written),
            nulls: &nulls,
        })
    }

    fn run(self) -> ConfigInfos {
        self.answer().unwrap()
    }

    fn errors(self) -> Vec<String> {
        let infos = self.run();
        assert_eq!(infos.error_count, infos.errors().count());
        let of = |info: &ConfigInfo| {
            let name = info.value.name.clone();
            info.value.errors.iter().map(|error| format!("{name}: {error}")).collect::<Vec<_>>()
        };
        infos.configs.iter().flat_map(of).collect()
    }
}

fn captured(json: &str) -> ConfigInfos {
    serde_json::from_str(json).unwrap()
}

#[test]
fn answers_as_the_jvm_worker() {
    let source = case(ConnectorKind::Source, "name=x\nconnector.class=FileStreamSource\ntopic=t").run();
    assert_eq!(source, captured(include_str!("../../golden/validate-FileStreamSource-ok.json")));
    let sink = case(ConnectorKind::Sink, "name=x\nconnector.class=FileStreamSink\ntopics=t").run();
    assert_eq!(sink, captured(include_str!("../../golden/validate-FileStreamSink-ok.json")));
    let sink = case(ConnectorKind::Sink, "name=q\nconnector.class=FileStreamSink").run();
    assert_eq!(sink, captured(include_str!("../../golden/validate-filestreamsink-notopics.json")));
}

#[test]
fn answers_a_bad_configuration_as_the_jvm_worker() {
    let found = case(
        ConnectorKind::Source,
        "name=x\nconnector.class=FileStreamSource\ntopic=t\ntasks.max=x\ntransforms=a,b\n\
         transforms.a.type=org.apache.kafka.connect.transforms.HoistField$Value\ntransforms.a.negate=true\n\
         transforms.b.type=Nope\npredicates=p\n\
         predicates.p.type=org.apache.kafka.connect.transforms.predicates.TopicNameMatches\nproducer.override.acks=1\n\
         value.converter=org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=maybe\nunknown=1",
    )
    .run();
    let expected = captured(include_str!("../../golden/validate-source-errors.json"));
    assert_eq!(found, expected);
}

#[test]
fn rejects_with_all_errors() {
    let found =
        case(ConnectorKind::Sink, "name=q\nconnector.class=FileStreamSink\ntasks.max=0").run().rejection();
    let expected = "Connector configuration is invalid and contains the following 3 error(s):\n\
        Invalid value 0 for configuration tasks.max: Value must be at least 1\n\
        Must configure one of topics or topics.regex\nMust configure one of topics or topics.regex\n\
        You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`";
    assert_eq!(found.as_deref(), Some(expected));
    let fine = case(ConnectorKind::Sink, "name=q\nconnector.class=FileStreamSink\ntopics=t").run();
    assert_eq!(fine.rejection(), None);
}

#[test]
fn nulls_are_refused_by_name() {
    let mut sink = case(ConnectorKind::Sink, "name=q\nconnector.class=FileStreamSink\ntopics=t");
    sink.nulls = &["tasks.max", "unheard.of", "file"];
    let expected = [
        "unheard.of: Null value can not be supplied as the configuration value.",
        "tasks.max: Invalid value null for configuration tasks.max: Value must be non-null",
        "tasks.max: Null value can not be supplied as the configuration value.",
        "file: Null value can not be supplied as the configuration value.",
    ];
    assert_eq!(sink.errors(), expected);
}

#[test]
fn classes_and_versions_that_are_not_there() {
    let source = case(
        ConnectorKind::Source,
        "name=x\nconnector.class=FileStreamSource\ntopic=t\nkey.converter=Nope\nvalue.converter=JsonConverter\n\
         value.converter.plugin.version=9\ntransforms=h,v\ntransforms.v.type=RegexRouter\ntransforms.v.plugin.version=9\n\
         transforms.h.type=org.apache.kafka.connect.transforms.HoistField",
    );
    let json = "Plugin org.apache.kafka.connect.json.JsonConverter not found that matches the version range [9,9], available versions: [4.3.1]";
    let router = "Plugin org.apache.kafka.connect.transforms.RegexRouter not found that matches the version range [9,9], available versions: [4.3.1]";
    let expected = [
        "key.converter: Invalid value Nope for configuration key.converter: Class Nope could not be found.".to_owned(),
        format!("value.converter: {json}"),
        format!("value.converter.plugin.version: {json}"),
        "transforms.h.type: This class is abstract and cannot be created. Did you mean \
         org.apache.kafka.connect.transforms.HoistField$Key, org.apache.kafka.connect.transforms.HoistField$Value?"
            .to_owned(),
        format!("transforms.v.type: {router}"),
        format!("transforms.v.plugin.version: {router}"),
    ];
    assert_eq!(source.errors(), expected);
}

#[test]
fn what_is_no_version_is_said_where_it_stands() {
    let source = case(
        ConnectorKind::Source,
        "name=x\nconnector.class=FileStreamSource\ntopic=t\nkey.converter=Nope\nkey.converter.plugin.version=[1\n\
         value.converter=JsonConverter\nvalue.converter.plugin.version=[1\ntransforms=r\ntransforms.r.type=RegexRouter\n\
         transforms.r.plugin.version=[1",
    );
    let expected = [
        "key.converter: Invalid value Nope for configuration key.converter: Class Nope could not be found.",
        "key.converter.plugin.version: Unbounded range: [1",
        "value.converter.plugin.version: Unbounded range: [1",
        "transforms.r.type: Unbounded range: [1",
        "transforms.r.plugin.version: Unbounded range: [1",
    ];
    assert_eq!(source.errors(), expected);
}

#[test]
fn policies_decide_about_overrides() {
    let run = |policy: &'static str, kind: ConnectorKind, written: &'static str| {
        let mut case = case(kind, written);
        case.worker = policy;
        case.errors()
    };
    let source = "name=x\nconnector.class=FileStreamSource\ntopic=t\nproducer.override.acks=1\n\
        producer.override.security.protocol=SSL\nconsumer.override.x=1\nadmin.override.y=2";
    let none = "connector.client.config.override.policy=None";
    let refused = |policy: &str, prefix: &str, name: &str| {
        format!(
            "{prefix}.override.{name}: The '{policy}' policy does not allow '{name}' to be overridden in the connector configuration."
        )
    };
    assert_eq!(run("", ConnectorKind::Source, source), Vec::<String>::new());
    let expected = [refused("None", "producer", "security.protocol"), refused("None", "producer", "acks")];
    assert_eq!(run(none, ConnectorKind::Source, source), expected);
    let principal = "connector.client.config.override.policy=Principal";
    assert_eq!(run(principal, ConnectorKind::Source, source), [refused("Principal", "producer", "acks")]);
    let allowlist =
        "connector.client.config.override.policy=Allowlist\nconnector.client.config.override.allowlist=acks";
    let expected = [refused("Allowlist", "producer", "security.protocol")];
    assert_eq!(run(allowlist, ConnectorKind::Source, source), expected);
    let sink =
        "name=x\nconnector.class=FileStreamSink\ntopics=t\nproducer.override.acks=1\nconsumer.override.x=1";
    assert_eq!(run(none, ConnectorKind::Sink, sink), [refused("None", "consumer", "x")]);
}

#[test]
fn an_override_of_the_wrong_type_is_all_that_is_said() {
    let text = "name=x\nconnector.class=FileStreamSource\ntasks.max=0\nproducer.override.batch.size=${f:n}";
    let refused = |case: Case| case.answer().unwrap_err().to_string();
    let expected = "Invalid value ${f:n} for configuration batch.size: Not a number of type INT";
    assert_eq!(refused(case(ConnectorKind::Source, text)), expected);
    let mut secret = case(ConnectorKind::Source, text);
    secret.resolved =
        "name=x\nconnector.class=FileStreamSource\ntasks.max=0\nproducer.override.batch.size=hush";
    let expected = "Invalid value for configuration 'producer.override.batch.size': the value resolved from the config \
        provider reference failed validation";
    assert_eq!(refused(secret), expected);
}

#[test]
fn overrides_are_described_in_their_place() {
    let mut sink = case(
        ConnectorKind::Sink,
        "name=q\nconnector.class=FileStreamSink\ntopics=t\nerrors.deadletterqueue.topic.name=d\n\
         consumer.override.max.poll.records= 7 \nconsumer.override.unheard.of=x\nproducer.override.acks=9\n\
         admin.override.ssl.key.password=hush",
    );
    sink.nulls = &["producer.override.linger.ms"];
    let found: Vec<_> = sink
        .run()
        .configs
        .into_iter()
        .filter(|info| info.value.name.contains(".override."))
        .map(|info| {
            (info.value.name, info.definition.map(|d| d.kind), info.value.value, info.value.errors.len())
        })
        .collect();
    let entry = |name: &str, kind: Option<&str>, value: Option<&str>, errors| {
        (name.to_owned(), kind.map(str::to_owned), value.map(str::to_owned), errors)
    };
    let expected = [
        entry("producer.override.linger.ms", None, None, 1),
        entry("producer.override.acks", Some("STRING"), Some("9"), 0),
        entry("producer.override.linger.ms", Some("LONG"), None, 0),
        entry("consumer.override.max.poll.records", Some("INT"), Some("7"), 0),
        entry("consumer.override.unheard.of", None, Some("x"), 0),
        entry("admin.override.ssl.key.password", Some("PASSWORD"), Some("[hidden]"), 0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_a_provider_gave_is_not_shown() {
    let mut sink = case(
        ConnectorKind::Sink,
        "name=q\nconnector.class=FileStreamSink\ntopics=${f:t}\ntasks.max=${f:n}\nconsumer.override.sasl.jaas.config=x",
    );
    sink.resolved = "name=q\nconnector.class=FileStreamSink\ntopics=hush\ntasks.max=hush\nconsumer.override.sasl.jaas.config=x";
    let infos = sink.run();
    let json = serde_json::to_string(&infos).unwrap();
    assert!(!json.contains("hush"), "{json}");
    let value = |name: &str| {
        let info = infos.configs.iter().find(|info| info.value.name == name).unwrap();
        (info.value.value.clone().unwrap(), info.value.errors.clone())
    };
    let failed = "Invalid value for configuration 'tasks.max': the value resolved from the config provider reference failed validation";
    assert_eq!(value("topics"), ("${f:t}".to_owned(), vec![]));
    assert_eq!(value("tasks.max"), ("${f:n}".to_owned(), vec![failed.to_owned()]));
    assert_eq!(value("consumer.override.sasl.jaas.config"), ("[hidden]".to_owned(), vec![]));
    assert_eq!(infos.error_count, 1);
}

#[test]
fn a_connector_complains_beyond_its_definition() {
    let complaint = |name: &str, error: &str| ConfigValueInfo {
        name: name.to_owned(),
        value: None,
        recommended_values: Vec::new(),
        errors: vec![error.to_owned()],
        visible: true,
    };
    let mut sink = case(ConnectorKind::Sink, "name=q\nconnector.class=FileStreamSink\ntopics=t");
    sink.complaints = vec![
        complaint("file", "no such directory"),
        complaint("topics", "too many"),
        complaint("other", "unknown"),
    ];
    assert_eq!(sink.errors(), ["other: unknown", "topics: too many", "file: no such directory"]);
}

#[test]
fn without_the_version_only_the_framework_speaks() {
    let config: ConfigMap =
        [("name", "x"), ("connector.class", "FileStreamSource"), ("connector.plugin.version", "9.9")].into();
    let found = Found { class: "FileStreamSource".to_owned(), version: Some("4.3.1".to_owned()) };
    let request = Request {
        worker: &worker(""),
        catalog: &Jvm,
        kind: ConnectorKind::Source,
        connector: &found,
        def: &ConfigDef::new(),
        complaints: Vec::new(),
        config: &config,
        written: &config,
        nulls: &[],
    };
    let infos = validate_without_connector(&request, "no 9.9");
    let errors: Vec<&str> = infos.errors().collect();
    assert_eq!((infos.configs.len(), errors), (19, vec!["no 9.9", "no 9.9"]));
    assert_eq!(infos.configs[2].value.recommended_values, ["4.3.1"]);
}
