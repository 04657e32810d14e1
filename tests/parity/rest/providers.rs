//! References to config providers in the configurations of connectors.

use ferry_tests::Broker;
use serde_json::{Value, json};

use super::{Step, bare, delete, get, observe_with, post, put};
use crate::Kind;

/// The answers of a worker with all three of Kafka's providers.
pub fn observe(kind: Kind, broker: &Broker) -> Value {
    let properties = [
        ("config.providers", "file, dir,env,tight,none"),
        ("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"),
        ("config.providers.dir.class", "DirectoryConfigProvider"),
        ("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider"),
        ("config.providers.env.param.allowlist.pattern", "NOTHING.*"),
        ("config.providers.tight.class", "FileConfigProvider"),
        ("config.providers.tight.param.allowed.paths", "/etc,{dir}/in.txt"),
        // One without a class is none.
        ("config.providers.none.param.x", "y"),
        // Another setting that one row at the end is about.
        ("topic.tracking.allow.reset", "false"),
    ];
    observe_with(kind, broker, &properties, &table())
}

fn config(topic: &str, file: &str) -> Value {
    json!({"connector.class": "FileStreamSource", "name": "a", "topic": topic, "file": file})
}

fn validate(topic: &str, file: &str) -> Step {
    put("/connector-plugins/FileStreamSource/config/validate", &config(topic, file).to_string())
}

fn create(topic: &str, file: &str) -> Step {
    post("/connectors", &json!({"name": "a", "config": config(topic, file)}).to_string())
}

fn table() -> Vec<Step> {
    let file = |key: &str| format!("${{file:{{dir}}/provided.properties:{key}}}");
    vec![
        // What leads nowhere stays as it is.
        validate("${nope:x}", "${none:x}"),
        validate("${env:HOME}", &file("missing")),
        validate("${dir:{dir}:missing}", "${dir:{dir}/none:x}"),
        validate("${file:x}", "${file}"),
        validate("${tight::x}", "${env:}"),
        validate("${tight:{dir}/provided.properties:topic}", "${tight:/etc/../{dir}/provided.properties:in}"),
        // What a provider refuses.
        validate("${file:{dir}/none.properties:x}", "f"),
        create("${file:{dir}/none.properties:x}", "f"),
        validate("${env:some:x}", "f"),
        create("t", "${env:some:x}"),
        // Used, and shown as written.
        create(&file("topic"), &file("in")).state("a", "RUNNING"),
        get("/connectors/a"),
        get("/connectors/a/config"),
        get("/connectors/a/tasks"),
        get("/connectors/a/status"),
        get("/connectors?expand=info"),
        put("/connectors/a/config", &config(&file("topic"), "${dir:{dir}:in.txt}").to_string()),
        get("/connectors/a/tasks"),
        bare("PUT", "/connectors/a/topics/reset"),
        bare("PUT", "/connectors/x/topics/reset"),
        delete("/connectors/a"),
    ]
}
