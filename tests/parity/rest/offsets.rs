//! Requests for the offsets of a source and of a sink.

use serde_json::json;

use super::{Step, bare, delete, get, patch, post};

/// Requests in order. `{dir}` is the worker's folder, `{run}` a prefix for topics.
pub fn table() -> Vec<Step> {
    let at = |value: &str| {
        format!(r#"{{"offsets":[{{"partition":{{"filename":"{{dir}}/in.txt"}},"offset":{value}}}]}}"#)
    };
    let part =
        |partition: &str| format!(r#"{{"offsets":[{{"partition":{partition},"offset":{{"position":1}}}}]}}"#);
    let sink = |partition: &str, offset: &str| {
        format!(r#"{{"offsets":[{{"partition":{partition},"offset":{offset}}}]}}"#)
    };
    let topic = r#"{"kafka_topic":"{run}-t","kafka_partition":0}"#;
    let (source, snk) = ("/connectors/src/offsets", "/connectors/{run}-snk/offsets");
    vec![
        get("/connectors/x/offsets"),
        delete("/connectors/x/offsets"),
        patch("/connectors/x/offsets", &at(r#"{"position":1}"#)),
        patch("/connectors/x/offsets", "{}"),
        bare("POST", "/connectors/x/offsets"),
        bare("OPTIONS", "/connectors/x/offsets"),
        post("/connectors", r#"{"name":"src","config":{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-t"}}"#)
            .until(source, "/offsets/0/offset/position", 8),
        get(source),
        patch(source, &at(r#"{"position":1}"#)),
        delete(source),
        bare("PUT", "/connectors/src/pause").until("/connectors/src/status", "/tasks/0/state", "PAUSED"),
        delete(source),
        bare("PUT", "/connectors/src/stop").state("src", "STOPPED"),
        get(source),
        patch(source, "{}"),
        patch(source, r#"{"offsets":[]}"#),
        patch(source, r#"{"offsets":null}"#),
        patch(source, "null"),
        patch(source, "[]"),
        patch(source, r#"{"foo":1}"#),
        patch(source, r#"{"offsets":{}}"#),
        patch(source, r#"{"offsets":[1]}"#),
        patch(source, r#"{"offsets":[{}]}"#),
        patch(source, r#"{"offsets":[{"partition":null,"offset":{"position":1}}]}"#),
        patch(source, r#"{"offsets":[{"partition":{},"offset":{"position":1},"x":1}]}"#),
        patch(source, &part("{}")),
        patch(source, &part(r#"{"file":"x"}"#)),
        patch(source, &at("{}")),
        patch(source, &at(r#"{"position":"1"}"#)),
        patch(source, &at(r#"{"position":1.5}"#)),
        patch(source, &at(r#"{"position":-1}"#)),
        patch(source, &at(r#"{"position":null}"#)),
        patch(source, &at(r#"{"position":{"a":1}}"#)),
        patch(source, &at(r#"{"position":4}"#)),
        get(source),
        patch(source, &at("null")),
        get(source),
        patch(source, &at(r#"{"position":4}"#)),
        delete(source),
        get(source),
        delete(source),
        patch(source, &at(r#"{"position":4}"#)),
        bare("PUT", "/connectors/src/resume").until(source, "/offsets/0/offset/position", 8),
        get(source),
        post("/connectors", r#"{"name":"{run}-snk","config":{"connector.class":"FileStreamSink","file":"{dir}/out.txt","topics":"{run}-t"}}"#)
            .until(snk, "/offsets/0/offset/kafka_offset", 4),
        get(snk),
        patch(snk, &sink(topic, r#"{"kafka_offset":1}"#)),
        bare("PUT", "/connectors/{run}-snk/stop").state("{run}-snk", "STOPPED"),
        get(snk),
        patch(snk, &sink("null", r#"{"kafka_offset":1}"#)),
        patch(snk, &sink("{}", r#"{"kafka_offset":1}"#)),
        patch(snk, &sink(r#"{"kafka_topic":"{run}-t"}"#, r#"{"kafka_offset":1}"#)),
        patch(snk, &sink(r#"{"kafka_topic":null,"kafka_partition":0}"#, r#"{"kafka_offset":1}"#)),
        patch(snk, &sink(r#"{"kafka_topic":"t","kafka_partition":null}"#, r#"{"kafka_offset":1}"#)),
        patch(snk, &sink(r#"{"kafka_topic":"t","kafka_partition":"x"}"#, r#"{"kafka_offset":1}"#)),
        patch(snk, &sink(topic, "{}")),
        patch(snk, &sink(topic, r#"{"kafka_offset":"x"}"#)),
        patch(snk, &sink(topic, r#"{"kafka_offset":null}"#)),
        patch(snk, &sink(topic, r#"{"kafka_offset":"2"}"#)),
        get(snk),
        patch(snk, &sink(topic, r#"{"kafka_offset":1}"#)),
        get(snk),
        patch(snk, &sink(topic, "null")),
        get(snk),
        patch(snk, &sink(topic, r#"{"kafka_offset":3}"#)),
        delete(snk),
        get(snk),
        delete(snk),
        bare("PUT", "/connectors/{run}-snk/resume").until(snk, "/offsets/0/offset/kafka_offset", json!(4)),
        delete("/connectors/{run}-snk"),
        delete("/connectors/src"),
        get(source),
    ]
}
