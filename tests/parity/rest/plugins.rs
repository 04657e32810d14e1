//! Requests for the configuration of plugins, and validation.

use super::{Step, bare, get, put};

/// Requests in order. `{dir}` is the worker's folder, `{run}` a prefix for topics.
pub fn table() -> Vec<Step> {
    let validate =
        |plugin: &str, body: &str| put(&format!("/connector-plugins/{plugin}/config/validate"), body);
    let mut table = vec![
        get("/connector-plugins/FileStreamSource/config"),
        get("/connector-plugins/FileStreamSink/config"),
        get("/connector-plugins/FileStreamSourceConnector/config"),
        get("/connector-plugins/org.apache.kafka.connect.file.FileStreamSinkConnector/config"),
        get("/connector-plugins/RegexRouter/config"),
        get("/connector-plugins/InsertField%24Value/config"),
        get("/connector-plugins/org.apache.kafka.connect.transforms.InsertField%24Key/config"),
        get("/connector-plugins/TopicNameMatches/config"),
        get("/connector-plugins/JsonConverter/config"),
        get("/connector-plugins/StringConverter/config"),
        get("/connector-plugins/LongConverter/config"),
        get("/connector-plugins/ByteArrayConverter/config"),
        get("/connector-plugins/SimpleHeaderConverter/config"),
        get("/connector-plugins/Nope/config"),
        get("/connector-plugins/Nope"),
        bare("PUT", "/connector-plugins/FileStreamSource/config"),
        bare("GET", "/connector-plugins/FileStreamSource/config/validate"),
        validate("FileStreamSource", r#"{"connector.class":"FileStreamSource","name":"a","topic":"t"}"#),
        validate("FileStreamSource", r#"{"connector.class":"FileStreamSource"}"#),
        validate(
            "Source",
            r#"{"connector.class":"FileStreamSource","name":"a","topic":"t","tasks.max":"x","batch.size":"y","unknown":"z"}"#,
        ),
        validate(
            "FileStreamSource",
            r#"{"connector.class":"FileStreamSource","name":"a","topic":"t","transforms":"r","transforms.r.type":"RegexRouter","transforms.r.regex":"a","predicates":"p","predicates.p.type":"TopicNameMatches","predicates.p.pattern":"("}"#,
        ),
        validate(
            "FileStreamSource",
            r#"{"connector.class":"FileStreamSource","name":"a","topic":"t","value.converter":"JsonConverter","key.converter":"Nope","header.converter":"SimpleHeaderConverter"}"#,
        ),
        validate(
            "FileStreamSink",
            r#"{"connector.class":"FileStreamSink","name":"a","topics":"t","file":"x"}"#,
        ),
        validate("FileStreamSink", r#"{"connector.class":"FileStreamSink","name":"a"}"#),
        validate(
            "FileStreamSink",
            r#"{"connector.class":"FileStreamSink","name":"a","topics":"a","topics.regex":"b","errors.tolerance":"x","errors.deadletterqueue.topic.name":"a"}"#,
        ),
        validate("FileStreamSink", r#"{"connector.class":"FileStreamSource","name":"a","topic":"t"}"#),
        validate(
            "org.apache.kafka.connect.file.FileStreamSinkConnector",
            r#"{"connector.class":"FileStreamSink","name":"a","topics":"t"}"#,
        ),
        validate("Nope", r#"{"connector.class":"Nope"}"#),
        validate("FileStreamSink", "{}"),
        validate("FileStreamSink", "null"),
        validate("FileStreamSink", "[]"),
    ];
    table.extend(TRANSFORMS.iter().flat_map(|name| {
        let full = format!("org.apache.kafka.connect.transforms.{}", name.replace('$', "%24"));
        [
            get(&format!(
                "/connector-plugins/{}/config",
                name.replace("predicates.", "").replace('$', "%24")
            )),
            get(&format!("/connector-plugins/{full}/config")),
        ]
    }));
    table
}

/// Those that are asked for by their simple and by their full name.
const TRANSFORMS: &[&str] = &[
    "Cast$Key",
    "Cast$Value",
    "DropHeaders",
    "ExtractField$Value",
    "Filter",
    "Flatten$Value",
    "HeaderFrom$Value",
    "HoistField$Value",
    "InsertHeader",
    "MaskField$Value",
    "ReplaceField$Value",
    "SetSchemaMetadata$Value",
    "TimestampConverter$Value",
    "TimestampRouter",
    "ValueToKey",
    "predicates.HasHeaderKey",
    "predicates.RecordIsTombstone",
];
