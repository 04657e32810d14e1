//! What the converters ask a registry, and what they make of its answers.

mod contract;
mod fake;

use fake::{Fake, Request};
use ferry_schema_registry::{AvroConverter, JsonSchemaConverter};
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Schema, SchemaBuilder, SchemaRef, Scratch, Value, ValueRef};
use ferry_sdk::metrics::PluginMetrics;
use ferry_sdk::{Error, ErrorKind};
use ferry_testkit::FakeMetrics;
use serde_json::json;
use std::sync::Arc;

fn config(url: &str, more: &[(&str, &str)]) -> ConfigMap {
    let mut config = ConfigMap::new();
    config.insert("schema.registry.url", url);
    config.insert("max.retries", "0");
    for (key, value) in more {
        config.insert(*key, *value);
    }
    config
}

fn converter(url: &str, more: &[(&str, &str)]) -> AvroConverter {
    let mut converter = AvroConverter::default();
    converter.configure(&config(url, more), Role::Value).expect("configured");
    converter
}

fn refused(more: &[(&str, &str)]) -> String {
    let mut converter = AvroConverter::default();
    let error = converter.configure(&config("http://localhost:1", more), Role::Value).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Config);
    error.message().to_owned()
}

fn person() -> SchemaRef {
    SchemaBuilder::structure()
        .name("org.x.Person")
        .field("name", Schema::string())
        .field("age", Schema::optional_int32())
        .build()
}

fn write(converter: &mut AvroConverter, schema: &Schema, value: &Value) -> Result<Vec<u8>, Error> {
    let scratch = Scratch::new();
    let mut out = b"before".to_vec();
    let some = converter.from_connect("people", Some(schema), value.put(scratch.arena()), &mut out)?;
    assert!(some);
    Ok(out.split_off(6))
}

fn read(converter: &mut AvroConverter, bytes: &[u8]) -> Result<(Option<SchemaRef>, Value), Error> {
    let scratch = Scratch::new();
    let bytes = scratch.arena().bytes(bytes);
    let (schema, value) = converter.to_connect("people", Some(bytes), scratch.arena())?;
    Ok((schema.map(Schema::share), value.into()))
}

fn ann() -> Value {
    Value::Struct(vec!["Ann".into(), 30.into()])
}

fn lines(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| request.line.clone()).collect()
}

#[test]
fn one_question_per_schema_and_none_per_record() {
    let fake = Fake::start();
    let mut writer = converter(&fake.url, &[]);
    let schema = person();
    let bytes = write(&mut writer, &schema, &ann()).expect("written");
    assert_eq!(bytes, [0, 0, 0, 0, 1, 6, b'A', b'n', b'n', 2, 60]);
    for _ in 0..100 {
        // An equal schema made anew, as some sources do.
        assert_eq!(write(&mut writer, &person(), &ann()).expect("written"), bytes);
    }
    let asked = lines(&fake.requests());
    assert_eq!(asked, ["POST /subjects/people-value/versions?normalize=false HTTP/1.1"]);
    let text = fake.requests()[0].body["schema"].as_str().expect("a schema").to_owned();
    assert_eq!(
        text,
        r#"{"type":"record","name":"Person","namespace":"org.x","fields":[{"name":"name","type":"string"},{"name":"age","type":["null","int"],"default":null}],"connect.name":"org.x.Person"}"#
    );
    assert_eq!(fake.requests()[0].body, json!({"schema": text}));

    let mut reader = converter(&fake.url, &[]);
    for _ in 0..100 {
        let (schema, value) = read(&mut reader, &bytes).expect("read");
        assert_eq!(schema.expect("a schema").version(), Some(3));
        assert_eq!(value, ann());
    }
    assert_eq!(
        lines(&fake.requests())[1..],
        [
            "GET /schemas/ids/1?fetchMaxId=false&subject=people-value HTTP/1.1",
            "POST /subjects/people-value?normalize=false&deleted=true HTTP/1.1",
        ]
    );
}

#[test]
fn operators_see_what_is_known_and_what_the_registry_is_asked() {
    let fake = Fake::start();
    let shown = |metrics: &FakeMetrics| {
        let names = ["schema-cache-hits-total", "schema-cache-misses-total", "schemas-cached"];
        let more = ["registry-requests-total", "registry-request-failures-total"];
        [&names[..], &more].concat().into_iter().map(|name| metrics.value(name)).collect::<Vec<_>>()
    };
    let counts = |counts: [f64; 5]| counts.map(Some).to_vec();
    let metrics = Arc::<FakeMetrics>::default();
    let mut writer = converter(&fake.url, &[]);
    writer.with_plugin_metrics(&PluginMetrics::new(metrics.clone())).expect("registered");
    assert_eq!(
        metrics.names(),
        [
            "registry-request-failures-total",
            "registry-request-rate",
            "registry-request-time-ms-avg",
            "registry-request-time-ms-max",
            "registry-requests-total",
            "schema-cache-hits-total",
            "schema-cache-misses-total",
            "schemas-cached",
        ]
    );
    let mut bytes = Vec::new();
    for _ in 0..5 {
        bytes = write(&mut writer, &person(), &ann()).expect("written");
    }
    assert_eq!(shown(&metrics), counts([4.0, 1.0, 1.0, 1.0, 0.0]));
    assert!(metrics.value("registry-request-time-ms-max") >= metrics.value("registry-request-time-ms-avg"));

    let metrics = Arc::<FakeMetrics>::default();
    let mut reader = converter(&fake.url, &[]);
    reader.with_plugin_metrics(&PluginMetrics::new(metrics.clone())).expect("registered");
    for _ in 0..3 {
        read(&mut reader, &bytes).expect("read");
    }
    assert_eq!(shown(&metrics), counts([2.0, 1.0, 1.0, 2.0, 0.0]));

    let metrics = Arc::<FakeMetrics>::default();
    let mut lost = converter("http://127.0.0.1:1", &[]);
    lost.with_plugin_metrics(&PluginMetrics::new(metrics.clone())).expect("registered");
    write(&mut lost, &person(), &ann()).expect_err("nobody answers");
    assert_eq!(shown(&metrics), counts([0.0, 1.0, 1.0, 1.0, 1.0]));
}

#[test]
fn null_is_null_without_a_question() {
    let mut converter = converter("http://127.0.0.1:1", &[]);
    let mut out = Vec::new();
    assert!(!converter.from_connect("t", None, ValueRef::NULL, &mut out).expect("null"));
    let optional = Schema::optional_string();
    assert!(!converter.from_connect("t", Some(optional), ValueRef::NULL, &mut out).expect("null"));
    let scratch = Scratch::new();
    let (schema, value) = converter.to_connect("t", None, scratch.arena()).expect("null");
    assert!(schema.is_none() && value.is_null() && out.is_empty());
    let error = converter.from_connect("t", Some(Schema::string()), ValueRef::NULL, &mut out);
    assert_eq!(error.expect_err("required").message(), "Found null value for non-optional schema");
}

#[test]
fn subjects_are_named_by_the_strategy_and_escaped() {
    let fake = Fake::start();
    for strategy in ["RecordNameStrategy", "TopicRecordNameStrategy"] {
        let class = format!("io.confluent.kafka.serializers.subject.{strategy}");
        let mut writer = converter(&fake.url, &[("value.subject.name.strategy", &class)]);
        let bytes = write(&mut writer, &person(), &ann()).expect("written");
        assert_eq!(read(&mut writer, &bytes).expect("read").1, ann());
        let error = write(&mut writer, Schema::string(), &"text".into()).expect_err("no record");
        assert_eq!(error.message(), "Failed to serialize Avro data from topic people:");
        assert!(
            error.trace().contains("the message value must only be a record schema"),
            "{}",
            error.trace()
        );
    }
    let mut writer = converter(&fake.url, &[]);
    let scratch = Scratch::new();
    let value = Value::from("x").put(scratch.arena());
    writer.from_connect("a/b ü", Some(Schema::string()), value, &mut Vec::new()).expect("written");
    let asked = lines(&fake.requests()).join("\n");
    for wanted in [
        "POST /subjects/org.x.Person/versions",
        "POST /subjects/people-org.x.Person/versions",
        "POST /subjects/a%2Fb%20%C3%BC-value/versions",
        "GET /schemas/ids/1?fetchMaxId=false HTTP",
    ] {
        assert!(asked.contains(wanted), "{wanted} in\n{asked}");
    }
}

#[test]
fn credentials_and_headers_are_sent() {
    let header = |more: &[(&str, &str)], in_url: &str| {
        let fake = Fake::start();
        let url = fake.url.replace("http://", &format!("http://{in_url}"));
        write(&mut converter(&url, more), &person(), &ann()).expect("written");
        fake.requests()[0].headers.join("\n")
    };
    let user = [("basic.auth.credentials.source", "USER_INFO"), ("basic.auth.user.info", "ann:s3cret")];
    assert!(header(&user, "").to_lowercase().contains("authorization: basic yw5uonmzy3jlda=="));
    assert!(header(&[], "ann:s3%63ret@").contains("Basic YW5uOnMzY3JldA=="));
    let token = [
        ("bearer.auth.credentials.source", "STATIC_TOKEN"),
        ("bearer.auth.token", "t0ken"),
        ("bearer.auth.logical.cluster", "lsrc-1"),
        ("request.header.X-Mine", "yes"),
    ];
    let sent = header(&token, "").to_lowercase();
    for wanted in ["authorization: bearer t0ken", "target-sr-cluster: lsrc-1", "x-mine: yes"] {
        assert!(sent.contains(wanted), "{wanted} in\n{sent}");
    }
    assert!(sent.contains("content-type: application/vnd.schemaregistry.v1+json"));
}

#[test]
fn the_next_registry_is_asked_when_one_is_down_or_busy() {
    let busy = Fake::answering(|_| (503, json!({"error_code": 50301, "message": "starting"})));
    let fake = Fake::start();
    let urls = format!("http://127.0.0.1:1, {}, {}/", busy.url, fake.url);
    let mut writer = converter(&urls, &[]);
    write(&mut writer, &person(), &ann()).expect("written");
    write(&mut writer, Schema::string(), &"x".into()).expect("written");
    assert_eq!((busy.requests().len(), fake.requests().len()), (1, 2), "the one that answered is asked next");
}

#[test]
fn passing_trouble_is_retried_as_configured_and_then_retriable() {
    let busy = Fake::answering(|_| (500, json!({"error_code": 50002, "message": "Operation timed out"})));
    let mut writer = converter(&busy.url, &[("max.retries", "2"), ("retries.wait.ms", "1")]);
    let error = write(&mut writer, &person(), &ann()).expect_err("busy");
    assert_eq!(busy.requests().len(), 3);
    assert_eq!(error.kind(), ErrorKind::Retriable);
    assert_eq!(error.message(), "Failed to serialize Avro data from topic people :");
    assert_eq!(error.causes()[0].class, "org.apache.kafka.common.errors.TimeoutException");
    assert_eq!(error.causes()[1].message, "Operation timed out; error code: 50002");
}

#[test]
fn a_registry_that_is_down_is_named_and_retriable() {
    let mut writer = converter("http://127.0.0.1:1", &[]);
    let error = write(&mut writer, &person(), &ann()).expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Retriable);
    assert_eq!(error.java_class(), "org.apache.kafka.common.errors.NetworkException");
    for part in [
        "Network connection error while serializing Avro data for topic people: ",
        "The schema registry http://127.0.0.1:1 cannot be reached",
        "check schema.registry.url",
    ] {
        assert!(error.message().contains(part), "{part} in {}", error.message());
    }
    let error = read(&mut writer, &[0, 0, 0, 0, 9, 2]).expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Retriable);
}

#[test]
fn a_registry_that_never_answers_is_given_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut writer = converter(&url, &[("http.read.timeout.ms", "100")]);
    let error = write(&mut writer, &person(), &ann()).expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Retriable);
    assert!(error.trace().contains(&format!("No answer from the schema registry {url} in time")));
}

#[test]
fn refusals_carry_the_words_of_the_registry() {
    let words = "Schema being registered is incompatible with an earlier schema for subject \"people-value\"";
    let fake = Fake::answering(move |_| (409, json!({"error_code": 409, "message": words})));
    let error = write(&mut converter(&fake.url, &[]), &person(), &ann()).expect_err("incompatible");
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.message(), "Failed to serialize Avro data from topic people:");
    assert_eq!(error.causes()[0].class, "org.apache.kafka.common.errors.SerializationException");
    assert!(error.causes()[0].message.starts_with("Error registering Avro schema{\"type\":\"record\""));
    assert_eq!(error.causes()[1].message, format!("{words}; error code: 409"));

    let fake = Fake::start();
    let error = read(&mut converter(&fake.url, &[]), &[0, 0, 0, 0, 77, 2]).expect_err("no such id");
    assert_eq!(error.message(), "Failed to deserialize data for topic people to Avro:");
    assert_eq!(
        error.causes()[0].message,
        "Error retrieving Avro value schema for id SchemaId{schemaType='AVRO', id=77, guid='null', messageIndexes=null}"
    );
    assert_eq!(error.causes()[1].message, "Schema not found; error code: 40403");

    let fake = Fake::answering(|_| (401, json!({"error_code": 401, "message": "Unauthorized"})));
    let error = write(&mut converter(&fake.url, &[]), &person(), &ann()).expect_err("unauthorized");
    assert_eq!(error.java_class(), "org.apache.kafka.common.errors.AuthenticationException");
}

#[test]
fn bytes_that_are_no_such_message_are_an_error() {
    let fake = Fake::start();
    let mut converter = converter(&fake.url, &[]);
    let bytes = write(&mut converter, &person(), &ann()).expect("written");
    let error = read(&mut converter, b"{\"plain\":1}").expect_err("JSON");
    assert_eq!(error.message(), "Failed to deserialize data for topic people to Avro:");
    assert_eq!(error.causes()[0].message, "Error deserializing schema ID");
    assert_eq!(error.causes()[1].message, "Unknown magic byte!");
    for end in 0..bytes.len() {
        let error = read(&mut converter, &bytes[..end]).expect_err("cut off");
        assert_eq!(error.message(), "Failed to deserialize data for topic people to Avro:", "{end}");
    }
    assert_eq!(read(&mut converter, &bytes).expect("read").1, ann());
}

#[test]
fn nothing_is_registered_where_that_is_switched_off() {
    let fake = Fake::start();
    let mut writer = converter(&fake.url, &[("auto.register.schemas", "false")]);
    write(&mut writer, &person(), &ann()).expect("written");
    assert_eq!(
        lines(&fake.requests()),
        ["POST /subjects/people-value?normalize=false&deleted=false HTTP/1.1"]
    );
}

/// A writer that knows only the first version writes the newest, and a reader reads old bytes as the newest.
#[test]
fn the_latest_version_is_written_and_read() {
    let fake = Fake::start();
    let old = write(&mut converter(&fake.url, &[]), &person(), &ann()).expect("written");
    let newer = SchemaBuilder::structure()
        .name("org.x.Person")
        .field("age", Schema::optional_int64())
        .field("name", Schema::string())
        .field("team", &SchemaBuilder::new(ferry_sdk::data::SchemaType::String).default_value("none").build())
        .build();
    let two = Value::Struct(vec![Value::Int64(5), "Bob".into(), "red".into()]);
    write(&mut converter(&fake.url, &[]), &newer, &two).expect("written");
    let latest = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let mut converter_of_latest = converter(&fake.url, &latest);
    let bytes = write(&mut converter_of_latest, &person(), &ann()).expect("written");
    assert_eq!(bytes[4], 2, "the id of the newest");
    let wanted = Value::Struct(vec![Value::Int64(30), "Ann".into(), "none".into()]);
    assert_eq!(read(&mut converter_of_latest, &bytes).expect("read").1, wanted);
    assert_eq!(read(&mut converter_of_latest, &old).expect("read").1, wanted);

    let error = write(&mut converter_of_latest, Schema::string(), &"text".into()).expect_err("no record");
    assert!(
        error.trace().contains("Incompatible schema of type 'AVRO'. Set latest.compatibility.strict=false")
    );
    let id = [("auto.register.schemas", "false"), ("use.schema.id", "1")];
    assert_eq!(write(&mut converter(&fake.url, &id), &person(), &ann()).expect("written"), old);
}

#[test]
fn keys_that_are_not_honoured_are_refused_by_name() {
    for (key, value) in [
        ("use.schema.guid", "x"),
        ("rule.executors", "a"),
        ("specific.avro.reader", "true"),
        ("value.schema.id.serializer", "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"),
        ("bearer.auth.credentials.source", "OAUTHBEARER"),
        ("basic.auth.credentials.source", "SASL_INHERIT"),
        ("value.subject.name.strategy", "io.confluent.kafka.serializers.subject.AssociatedNameStrategy"),
    ] {
        let message = refused(&[(key, value)]);
        assert!(message.contains(key), "{key} in {message}");
    }
    let message = refused(&[("schema.registry.ssl.truststore.location", "/x/trust.jks")]);
    assert!(
        message.contains("JKS is a format of Java") && message.contains("truststore.type=PEM"),
        "{message}"
    );
    let url = |url: &str| {
        let error = AvroConverter::default().configure(&config(url, &[]), Role::Value).expect_err("no URL");
        error.message().to_owned()
    };
    assert!(url("localhost:8081").contains("schema.registry.url"));
    assert!(url("mock://scope").contains("mock://"));
    assert!(!url("ftp://ann:secret@host").contains("secret"));
    let error = AvroConverter::default().configure(&ConfigMap::new(), Role::Key).expect_err("no URL");
    assert_eq!(
        error.message(),
        "Missing required configuration \"schema.registry.url\" which has no default value."
    );
    converter("http://localhost:1", &[("no.such.key", "is passed over"), ("specific.avro.reader", "false")]);
}

#[test]
fn schemas_that_refer_to_others_are_read() {
    let fake = Fake::answering(|request| {
        let outer = r#"{"type":"record","name":"O","fields":[{"name":"i","type":"n.I"}]}"#;
        let inner = r#"{"type":"record","name":"I","namespace":"n","fields":[{"name":"x","type":"int"}]}"#;
        let references = json!([{"name": "n.I", "subject": "inner", "version": 1}]);
        if request.line.contains("/subjects/inner/versions/1") {
            (200, json!({"schema": inner}))
        } else if request.line.starts_with("GET") {
            (200, json!({"schema": outer, "references": references}))
        } else {
            assert_eq!(request.body["references"], references);
            (200, json!({"version": 2}))
        }
    });
    let (_, value) = read(&mut converter(&fake.url, &[]), &[0, 0, 0, 0, 4, 14]).expect("read");
    assert_eq!(value, Value::Struct(vec![Value::Struct(vec![7.into()])]));
}

#[test]
fn data_contracts_and_other_formats_are_refused() {
    let fake = Fake::answering(|_| {
        (200, json!({"schema": "\"string\"", "ruleSet": {"domainRules": [{"name": "r"}]}}))
    });
    let error = read(&mut converter(&fake.url, &[]), &[0, 0, 0, 0, 4, 0]).expect_err("rules");
    assert!(error.trace().contains("which Ferry does not execute"), "{}", error.trace());
    let fake = Fake::answering(|_| (200, json!({"schema": "{}", "schemaType": "PROTOBUF"})));
    let error = read(&mut converter(&fake.url, &[]), &[0, 0, 0, 0, 4, 0]).expect_err("Protobuf");
    assert!(error.trace().contains("of the type PROTOBUF, not AVRO"), "{}", error.trace());
}

#[test]
fn certificates_of_its_own_are_trusted_and_shown_by_pem() {
    let file = |name: &str| format!("{}/tests/registry/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let trust = [
        ("schema.registry.ssl.truststore.type", "PEM"),
        ("schema.registry.ssl.truststore.location", &*file("ca.pem")),
    ];
    let fake = Fake::secure(false);
    write(&mut converter(&fake.url, &trust), &person(), &ann()).expect("written");
    let error = write(&mut converter(&fake.url, &[]), &person(), &ann()).expect_err("nobody we know");
    assert_eq!(error.kind(), ErrorKind::Retriable);
    assert!(error.message().contains("schema.registry.ssl.truststore.location"), "{}", error.message());
    let unnamed = fake.url.replace("localhost", "127.0.0.2");
    write(&mut converter(&unnamed, &trust), &person(), &ann())
        .expect_err("another name than the certificate's");

    let fake = Fake::secure(true);
    write(&mut converter(&fake.url, &trust), &person(), &ann()).expect_err("no certificate shown");
    let (key, chain) = (include_str!("tls/client.key"), include_str!("tls/client.pem"));
    let mut own = trust.to_vec();
    own.push(("schema.registry.ssl.keystore.key", key));
    own.push(("schema.registry.ssl.keystore.certificate.chain", chain));
    write(&mut converter(&fake.url, &own), &person(), &ann()).expect("written");
    let message = refused(&[
        ("schema.registry.ssl.truststore.type", "PEM"),
        ("schema.registry.ssl.truststore.location", &file("server.key")),
    ]);
    assert!(message.contains("holds no certificate"), "{message}");
}

#[test]
fn json_schema_has_its_own_words_and_rules() {
    let fake = Fake::start();
    let make = |more: &[(&str, &str)]| {
        let mut converter = JsonSchemaConverter::default();
        converter.configure(&config(&fake.url, more), Role::Value).map(|()| converter)
    };
    let mut converter = make(&[]).expect("configured");
    let (schema, scratch) = (person(), Scratch::new());
    let mut out = Vec::new();
    assert!(
        converter.from_connect("t", Some(&schema), ann().put(scratch.arena()), &mut out).expect("written")
    );
    assert_eq!(out, b"\0\0\0\0\x01{\"name\":\"Ann\",\"age\":30}");
    assert_eq!(fake.requests()[0].body["schemaType"], "JSON");
    let bytes = scratch.arena().bytes(&out);
    let (read, value) = converter.to_connect("t", Some(bytes), scratch.arena()).expect("read");
    assert_eq!((Value::from(value), read.and_then(Schema::name)), (ann(), Some("org.x.Person")));
    // Unlike in Avro, null of an optional schema has bytes.
    out.clear();
    let optional = Schema::optional_string();
    assert!(converter.from_connect("t", Some(optional), ValueRef::NULL, &mut out).expect("written"));
    assert_eq!(out[5..], *b"null");

    let text = ValueRef::str("text");
    let error = converter.from_connect("t", None, text, &mut Vec::new()).expect_err("no schema");
    assert_eq!(
        error.message(),
        "Converting Kafka Connect data to byte[] failed due to serialization error of topic t: "
    );
    let bytes = scratch.arena().bytes(b"\0\0\0\0\x01{\"name\":");
    let error = converter.to_connect("t", Some(bytes), scratch.arena()).expect_err("cut off");
    assert_eq!(
        error.message(),
        "Converting byte[] to Kafka Connect data failed due to serialization error of topic t: "
    );
    assert!(error.causes()[0].message.starts_with("Error deserializing JSON message for id SchemaId{"));
    let latest = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let error = make(&latest).err().expect("not compared");
    assert!(error.message().contains("latest.compatibility.strict=true is not supported"), "{error}");
    assert!(make(&[&latest[..], &[("latest.compatibility.strict", "false")]].concat()).is_ok());
    assert!(
        make(&[("decimal.format", "HEX")])
            .err()
            .expect("no such format")
            .message()
            .contains("decimal.format")
    );
}
