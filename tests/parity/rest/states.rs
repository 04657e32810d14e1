//! Requests to connectors in each of their states: what they were created as, changed, restarted, and their offsets.

use serde_json::json;

use super::{Step, bare, delete, get, patch, post, put};

/// Requests in order. `{dir}` is the worker's folder, `{run}` a prefix for topics. Topics are not tracked.
pub fn table() -> Vec<Step> {
    [created(), expanded(), changed(), restarted(), offsets()].into_iter().flatten().collect()
}

const SOURCE: &str = r#"{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-t"}"#;

fn named(name: &str, more: &str, config: &str) -> String {
    format!(r#"{{"name":"{name}"{more},"config":{config}}}"#)
}

/// `initial_state` in all spellings, good and bad.
fn created() -> Vec<Step> {
    let mut all = Vec::new();
    for (spelling, state) in [
        ("\"RUNNING\"", "RUNNING"),
        ("\"running\"", "RUNNING"),
        ("\"rUnNiNg\"", "RUNNING"),
        ("null", "RUNNING"),
        ("\"PAUSED\"", "PAUSED"),
        ("\"Paused\"", "PAUSED"),
        ("\"STOPPED\"", "STOPPED"),
        ("\"sTOPPED\"", "STOPPED"),
    ] {
        let create = post("/connectors", &named("i", &format!(r#","initial_state":{spelling}"#), SOURCE));
        // A paused one has no tasks yet.
        all.push(match state {
            "RUNNING" => create.state("i", state),
            _ => create.until("/connectors/i/status", "", json!({"connector": state, "tasks": []})),
        });
        all.push(get("/connectors/i"));
        all.push(get("/connectors/i/status"));
        all.push(delete("/connectors/i"));
    }
    for spelling in [
        "\"\"",
        "\" RUNNING\"",
        "\"UNASSIGNED\"",
        "\"started\"",
        "\"rünning\"",
        "\"ı\"",
        "0",
        "1.5",
        "true",
        "[]",
        "[\"RUNNING\"]",
        "{}",
    ] {
        all.push(post("/connectors", &named("i", &format!(r#","initial_state":{spelling}"#), SOURCE)));
    }
    // It comes before all other complaints, and twice: the last one counts.
    all.push(post("/connectors", r#"{"initial_state":"foo"}"#));
    all.push(post("/connectors", &named("i", r#","initial_state":"foo","initial_state":"PAUSED""#, SOURCE)));
    all.push(
        post("/connectors", &named("i", r#","initial_state":"PAUSED","initial_state":"STOPPED""#, SOURCE))
            .state("i", "STOPPED"),
    );
    // It means nothing for a connector that is there.
    all.push(post("/connectors", &named("i", r#","initial_state":"RUNNING""#, SOURCE)));
    all.push(put("/connectors/i/config", SOURCE).state("i", "STOPPED"));
    all.push(put("/connectors/i/config", r#"{"initial_state":"RUNNING","connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-t"}"#).state("i", "STOPPED"));
    all.push(get("/connectors/i"));
    all.push(delete("/connectors/i"));
    all
}

/// `expand`, over connectors in different states.
fn expanded() -> Vec<Step> {
    let mut all = vec![
        post("/connectors", &named("run", "", SOURCE)).state("run", "RUNNING"),
        post("/connectors", &named("wait", "", SOURCE)).state("wait", "RUNNING"),
        bare("PUT", "/connectors/wait/pause").state("wait", "PAUSED"),
        post("/connectors", &named("halt", r#","initial_state":"STOPPED""#, SOURCE)).state("halt", "STOPPED"),
        post("/connectors", r#"{"name":"bad","config":{"connector.class":"FileStreamSink","file":"{dir}/no/such/folder/out.txt","topics":"{run}-t"}}"#)
            .until("/connectors/bad/status", "/tasks/0/state", "FAILED"),
    ];
    for query in [
        "",
        "?expand=status",
        "?expand=info",
        "?expand=info&expand=status",
        "?expand=status&expand=status",
        "?expand=status&expand=nope",
        "?expand=nope",
        "?expand=STATUS",
        "?expand=status,info",
        "?expand",
        "?x=y&expand=info",
    ] {
        all.push(get(&format!("/connectors{query}")));
    }
    // Here and not after the changes below: the JVM answers those before it starts the tasks anew, so that what it
    // shows next is chance.
    all.push(get("/connectors/wait/status"));
    all.push(get("/connectors/halt/status"));
    for name in ["run", "wait", "halt", "bad"] {
        all.push(bare("HEAD", &format!("/connectors/{name}")));
        all.push(bare("HEAD", &format!("/connectors/{name}/status")));
        all.push(bare("HEAD", &format!("/connectors/{name}/config")));
        all.push(bare("OPTIONS", &format!("/connectors/{name}")));
        // Topics are not tracked.
        all.push(get(&format!("/connectors/{name}/topics")));
        all.push(bare("HEAD", &format!("/connectors/{name}/topics")));
        all.push(bare("PUT", &format!("/connectors/{name}/topics/reset")));
        // Not for clients.
        all.push(post(&format!("/connectors/{name}/tasks"), "[]"));
        all.push(post(&format!("/connectors/{name}/tasks"), r#"[{"a":"b"}]"#));
        all.push(put(&format!("/connectors/{name}/fence"), "null"));
        all.push(get(&format!("/connectors/{name}/tasks")));
    }
    all
}

/// PUT and PATCH of configurations, on connectors in different states.
fn changed() -> Vec<Step> {
    let config = "/connectors/run/config";
    let mut all = vec![
        patch(config, r#"{"batch.size":"7","x.y":"z"}"#).state("run", "RUNNING"),
        patch(config, r#"{"batch.size":8,"x.y":true,"n":1.50,"e":1E2}"#).state("run", "RUNNING"),
        get(config),
        patch(config, r#"{"batch.size":null,"x.y":null,"n":null,"e":null,"never.there":null}"#)
            .state("run", "RUNNING"),
        get(config),
        patch(config, r#"{"name":null}"#),
        get(config),
        patch(config, r#"{"name":"run"}"#),
        patch(config, r#"{"connector.class":null}"#),
        patch(config, r#"{"connector.class":"Nope"}"#),
        patch(config, r#"{"connector.class":""}"#),
        patch(config, r#"{"topic":null,"file":null}"#),
        patch(config, r#"{"topic":""}"#),
        patch(config, r#"{"tasks.max":"0","batch.size":"0","errors.tolerance":"some"}"#),
        patch(config, r#"{"topic":{"a":1}}"#),
        patch(config, r#"{"topic":["a"]}"#),
        patch(config, r#"{"a":null,"a":"b","a":null}"#),
        patch(config, "{}"),
        patch(config, ""),
        patch(config, "{"),
        bare("PATCH", config),
        patch("/connectors/no%20one/config", r#"{"a":"b"}"#),
        patch("/connectors/no%20one/config", "{}"),
        patch("/connectors/no%20one/config", "null"),
        patch("/connectors/no%20one/config", "{"),
        get(config),
        // Another class: it stays the same connector.
        patch(
            config,
            r#"{"connector.class":"FileStreamSink","topics":"{run}-t","topic":null,"file":"{dir}/out.txt"}"#,
        )
        .state("run", "RUNNING"),
        get("/connectors/run"),
        put(config, SOURCE).state("run", "RUNNING"),
        get("/connectors/run"),
        put("/connectors/other/config", r#"{"name":"run","connector.class":"FileStreamSource","topic":"t"}"#),
        put(
            config,
            r#"{"name":null,"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-t"}"#,
        )
        .state("run", "RUNNING"),
        put(config, r#"{"name":"","connector.class":"FileStreamSource","topic":"t"}"#),
        put(config, r#"{"name":" run ","connector.class":"FileStreamSource","topic":"t"}"#),
        put(config, ""),
        put("/connectors/%20/config", r#"{"connector.class":"FileStreamSource","topic":"t"}"#),
        put("/connectors/a%0Ab/config", r#"{"connector.class":"FileStreamSource","topic":"t"}"#),
    ];
    for (name, state) in [("wait", "PAUSED"), ("halt", "STOPPED")] {
        let config = format!("/connectors/{name}/config");
        all.push(patch(&config, r#"{"batch.size":"9"}"#).state(name, state));
        all.push(put(&config, SOURCE).state(name, state));
        all.push(get(&format!("/connectors/{name}")));
    }
    all
}

/// Restarts of connectors in each state, with all that can be said about them.
fn restarted() -> Vec<Step> {
    let mut all = Vec::new();
    let queries = [
        "?includeTasks=true&onlyFailed=false",
        "?includeTasks=true&onlyFailed=true",
        "?includeTasks=false&onlyFailed=true",
        "?includeTasks=false&onlyFailed=false",
        "?includeTasks=true&includeTasks=false",
    ];
    for (name, state) in [("run", "RUNNING"), ("wait", "PAUSED"), ("halt", "STOPPED")] {
        for query in queries {
            all.push(bare("POST", &format!("/connectors/{name}/restart{query}")).state(name, state));
        }
    }
    for query in queries {
        let failed = json!({"connector": "RUNNING", "tasks": ["FAILED"]});
        all.push(bare("POST", &format!("/connectors/bad/restart{query}")).until(
            "/connectors/bad/status",
            "",
            failed,
        ));
    }
    all.push(bare("POST", "/connectors/wait/tasks/0/restart").state("wait", "PAUSED"));
    all
}

/// Offsets of connectors in each state.
fn offsets() -> Vec<Step> {
    let change = r#"{"offsets":[{"partition":{"filename":"{dir}/in.txt"},"offset":{"position":4}}]}"#;
    let mut all = Vec::new();
    for name in ["run", "wait", "bad"] {
        let path = format!("/connectors/{name}/offsets");
        all.push(bare("HEAD", &path));
        all.push(patch(&path, change));
        all.push(delete(&path));
        all.push(patch(&path, "{}"));
    }
    let halt = "/connectors/halt/offsets";
    all.extend([
        delete(halt),
        get(halt),
        patch(halt, change),
        get(halt),
        patch(halt, r#"{"offsets":[{"partition":{"filename":"{dir}/in.txt"},"offset":{"position":1}},{"partition":{"filename":"{dir}/in.txt"},"offset":{"position":2}}]}"#),
        get(halt),
        patch(halt, r#"{"offsets":[{"partition":{"filename":"{dir}/b"},"offset":{"position":3}},{"partition":{"filename":"{dir}/in.txt"},"offset":null}]}"#),
        get(halt),
        bare("PUT", "/connectors/halt/pause").until("/connectors/halt/status", "/connector/state", "PAUSED"),
        patch(halt, change),
        bare("PUT", "/connectors/halt/stop").state("halt", "STOPPED"),
        bare("PUT", "/connectors/bad/stop").state("bad", "STOPPED"),
        get("/connectors/bad/offsets"),
        patch("/connectors/bad/offsets", r#"{"offsets":[{"partition":{"kafka_topic":"{run}-t","kafka_partition":0},"offset":{"kafka_offset":1}}]}"#),
        get("/connectors/bad/offsets"),
        delete("/connectors/bad/offsets"),
        get("/connectors/bad/offsets"),
        delete(halt),
        get(halt),
    ]);
    // The JVM leaves a FAILED status for tasks that never were, so this comes last.
    for task in ["0", "1", "-1", "00", "x"] {
        all.push(bare("POST", &format!("/connectors/halt/tasks/{task}/restart")));
    }
    for name in ["run", "wait", "halt", "bad"] {
        all.push(delete(&format!("/connectors/{name}")));
    }
    all.push(get("/connectors"));
    all
}
