//! The connectors and what they say of themselves.

use ferry_sdk::api::{Connector, ConnectorContext, ExactlyOnceSupport, Factory, Host};
use ferry_sdk::config::{ConfigDef, ConfigKeyInfo, ConfigMap, ConfigValueInfo};
use ferry_sdk::data::Value;

use super::host::{FakeHost, map};
use crate::classes;
use crate::connector::{FileStreamSinkConnector, FileStreamSourceConnector};

fn shown(def: &ConfigDef) -> Vec<String> {
    let info = |key| serde_json::to_string(&ConfigKeyInfo::from(key)).expect("JSON");
    def.keys().iter().map(info).collect()
}

#[test]
fn the_definitions_begin_with_those_of_connect() {
    let classes = classes();
    let names: Vec<String> = classes.iter().map(|class| format!("{class:?}")).collect();
    assert_eq!(
        names,
        [
            concat!(
                "source org.apache.kafka.connect.file.FileStreamSourceConnector ",
                env!("CARGO_PKG_VERSION")
            ),
            concat!("sink org.apache.kafka.connect.file.FileStreamSinkConnector ", env!("CARGO_PKG_VERSION")),
        ]
    );
    // From `GET /connector-plugins/FileStreamSource/config` of the JVM worker.
    let source = [
        r#"{"name":"file","type":"STRING","required":false,"default_value":null,"importance":"HIGH","documentation":"Source filename. If not specified, the standard input will be used","group":null,"order_in_group":-1,"width":"NONE","display_name":"file","dependents":[]}"#,
        r#"{"name":"topic","type":"STRING","required":true,"default_value":null,"importance":"HIGH","documentation":"The topic to publish data to","group":null,"order_in_group":-1,"width":"NONE","display_name":"topic","dependents":[]}"#,
        r#"{"name":"batch.size","type":"INT","required":false,"default_value":"2000","importance":"LOW","documentation":"The maximum number of records the source task can read from the file each time it is polled","group":null,"order_in_group":-1,"width":"NONE","display_name":"batch.size","dependents":[]}"#,
    ];
    assert_eq!(shown(&classes[0].config)[..3], source);
    let names: Vec<&str> = classes[0].config.keys().iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names[3..], ["files", "follow", "format", "compression", "encoding"]);
    assert!(classes[0].config.keys()[3..].iter().all(|key| key.default_value().is_some()));
    let sink = [
        r#"{"name":"file","type":"STRING","required":false,"default_value":null,"importance":"HIGH","documentation":"Destination filename. If not specified, the standard output will be used","group":null,"order_in_group":-1,"width":"NONE","display_name":"file","dependents":[]}"#,
    ];
    assert_eq!(shown(&classes[1].config), sink);
    for class in &classes {
        match &class.factory {
            Factory::Source { connector, task } => drop((connector().expect("made"), task().expect("made"))),
            Factory::Sink { connector, task } => drop((connector().expect("made"), task().expect("made"))),
            other => panic!("{:?}", other.kind()),
        }
    }
}

fn start(connector: &mut dyn Connector, config: &ConfigMap) -> ferry_sdk::Result<()> {
    connector.start(ConnectorContext::new(FakeHost::new() as std::sync::Arc<dyn Host>), config)
}

#[test]
fn tasks_get_the_whole_configuration() {
    let config = map(&[("file", "f"), ("topic", "t"), ("name", "n"), ("other", "kept")]);
    let mut source = FileStreamSourceConnector::default();
    start(&mut source, &config).expect("started");
    assert!(source.task_configs(3).expect("configurations") == vec![config.clone()]);
    let mut sink = FileStreamSinkConnector::default();
    start(&mut sink, &config).expect("started");
    assert!(sink.task_configs(3).expect("configurations") == vec![config; 3]);
    let error = start(&mut source, &map(&[("file", "f")])).expect_err("no topic");
    assert_eq!(error.java_class(), "org.apache.kafka.common.config.ConfigException");
}

#[test]
fn exactly_once_needs_a_file() {
    let mut source = FileStreamSourceConnector::default();
    for (config, expected) in [
        (map(&[("topic", "t"), ("file", "f")]), ExactlyOnceSupport::Supported),
        (map(&[("topic", "t"), ("files", "f*")]), ExactlyOnceSupport::Supported),
        (map(&[("topic", "t"), ("file", "")]), ExactlyOnceSupport::Unsupported),
        (map(&[("topic", "t")]), ExactlyOnceSupport::Unsupported),
    ] {
        assert_eq!(source.exactly_once_support(&config), Ok(Some(expected)));
    }
    assert_eq!(FileStreamSinkConnector::default().exactly_once_support(&map(&[])), Ok(None));
}

#[test]
fn offsets_are_altered_by_the_rules_of_connect() {
    let alter = |file: &[(&str, &str)], partition: Value, offset: Option<Value>| {
        let config = map(&[&[("topic", "t")], file].concat());
        FileStreamSourceConnector::default()
            .alter_offsets(&config, &[(partition, offset)])
            .map_err(|error| error.message().to_owned())
    };
    let file = || Value::map([("filename", "f")]);
    let at = |position: Value| Some(Value::map([("position", position)]));
    let set = [("file", "f")];
    assert_eq!(alter(&set, file(), at(Value::Int64(0))), Ok(true));
    assert_eq!(alter(&set, file(), None), Ok(true));
    assert_eq!(alter(&set, Value::Null, None), Ok(true));
    assert_eq!(alter(&set, Value::map([("garbage", "x")]), None), Ok(true));
    for (partition, offset, complaint) in [
        (
            file(),
            at(Value::Int64(-1)),
            "The value for the 'position' key in the offset should be a non-negative value",
        ),
        (
            file(),
            at("1".into()),
            "The value for the 'position' key in the offset is expected to be a Long value",
        ),
        (
            file(),
            at(Value::Int32(1)),
            "The value for the 'position' key in the offset is expected to be a Long value",
        ),
        (
            file(),
            Some(Value::map([("other", "1")])),
            "Offset objects should either be null or contain the key 'position'",
        ),
        (Value::Null, at(Value::Int64(1)), "Partition objects cannot be null"),
        (
            Value::map([("other", "f")]),
            at(Value::Int64(1)),
            "Partition objects should contain the key 'filename'",
        ),
    ] {
        assert_eq!(alter(&set, partition, offset), Err(complaint.to_owned()));
    }
    let stdin = "Offsets cannot be modified if the 'file' configuration is unspecified. \
                 This is because stdin is used for input and offsets are not tracked.";
    assert_eq!(alter(&[], file(), at(Value::Int64(1))), Err(stdin.to_owned()));
    assert_eq!(FileStreamSinkConnector::default().alter_offsets(&map(&[]), &[]), Ok(true));
}

#[test]
fn validation_sees_what_no_definition_says() {
    let mut source = FileStreamSourceConnector::default();
    let mut errors =
        |config: &[(&str, &str)]| -> Vec<ConfigValueInfo> { source.validate(&map(config)).expect("answers") };
    assert_eq!(errors(&[("topic", "t"), ("file", "f")]), []);
    assert_eq!(errors(&[]), [], "the definition says it");
    let found = errors(&[("topic", "t"), ("file", "f"), ("files", "a*,b**c"), ("encoding", "klingon")]);
    let info = |name: &str, value: &str, errors: &[&str]| ConfigValueInfo {
        name: name.into(),
        value: Some(value.into()),
        recommended_values: vec![],
        errors: errors.iter().map(|error| (*error).to_owned()).collect(),
        visible: true,
    };
    assert_eq!(
        found,
        [
            info(
                "files",
                "a*,b**c",
                &[
                    "Invalid value a*,b**c for configuration files: Only one of 'file' and 'files' can say what to read: remove the other.",
                    "Invalid value b**c for configuration files: Pattern syntax error near position 0: recursive wildcards must form a single path component",
                ]
            ),
            info(
                "encoding",
                "klingon",
                &[
                    "Invalid value klingon for configuration encoding: no character encoding of the WHATWG Encoding Standard has this name"
                ]
            ),
        ]
    );
}
