//! Every REST request of a standalone worker, good and bad: status, content type, location and whole body.

use ferry_tests::{Broker, LONG, Place, Request, Rest, Setup, topics, wait_until};
use serde_json::{Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_jvm_answers_as_recorded() {
    compare(Kind::Jvm, "rest", |kind, broker| observe(kind, broker, &table()));
}

#[test]
fn ferry_answers_like_the_jvm() {
    compare(Kind::Ferry, "rest", |kind, broker| observe(kind, broker, &table()));
}

/// One request, and what must hold before the next is sent.
struct Step {
    request: Request,
    /// Path, JSON pointer and value to wait for: the JVM does many things after it has answered.
    until: Option<(String, &'static str, Value)>,
    /// Sent, but not compared.
    silent: bool,
}

fn step(request: Request) -> Step {
    Step { request, until: None, silent: false }
}

fn get(path: &str) -> Step {
    step(Request::new("GET", path))
}

fn put(path: &str, body: &str) -> Step {
    step(Request::new("PUT", path).json(body))
}

fn post(path: &str, body: &str) -> Step {
    step(Request::new("POST", path).json(body))
}

fn patch(path: &str, body: &str) -> Step {
    step(Request::new("PATCH", path).json(body))
}

fn delete(path: &str) -> Step {
    step(Request::new("DELETE", path))
}

fn bare(method: &str, path: &str) -> Step {
    step(Request::new(method, path))
}

impl Step {
    fn until(mut self, path: &str, pointer: &'static str, value: impl Into<Value>) -> Self {
        self.until = Some((path.to_owned(), pointer, value.into()));
        self
    }

    /// Waits until the connector and its first task are in these states.
    fn state(self, name: &str, connector: &'static str) -> Self {
        let path = format!("/connectors/{name}/status");
        match connector {
            "STOPPED" => self.until(&path, "", json!({"connector": "STOPPED", "tasks": []})),
            state => self.until(&path, "", json!({"connector": state, "tasks": [state]})),
        }
    }

    fn silent(mut self) -> Self {
        self.silent = true;
        self
    }
}

/// Requests in order. `{dir}` is the worker's folder, `{run}` a prefix for topics.
fn table() -> Vec<Step> {
    let source =
        r#"{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-t","tasks.max":"1"}"#;
    let named = |name: &str, config: &str| format!(r#"{{"name":"{name}","config":{config}}}"#);
    vec![
        // The root and what is not there.
        get("/"),
        bare("HEAD", "/"),
        bare("OPTIONS", "/"),
        bare("POST", "/"),
        get("/?x=y"),
        get("/health"),
        bare("HEAD", "/health"),
        bare("PUT", "/health"),
        get("/nope"),
        get("/nope/nope"),
        get("/connectors/"),
        get("//connectors"),
        bare("PATCH", "/connectors"),
        bare("DELETE", "/connectors"),
        bare("PUT", "/connectors"),
        bare("OPTIONS", "/connectors"),
        bare("OPTIONS", "/connectors/x"),
        bare("OPTIONS", "/connectors/x/config"),
        bare("OPTIONS", "/connectors/x/status"),
        bare("OPTIONS", "/connectors/x/restart"),
        bare("HEAD", "/connectors"),
        bare("TRACE", "/connectors"),
        step(Request::new("GET", "/connectors").header("Accept", "text/plain")),
        step(Request::new("GET", "/connectors").header("Accept", "text/html,*/*;q=0.1")),
        step(Request::new("GET", "/").header("Accept", "application/xml")),
        step(Request::new("GET", "/connectors").header("Accept", "application/*")),
        step(Request::new("POST", "/connectors").body("{}").header("Content-Type", "text/plain")),
        step(Request::new("POST", "/connectors").body("{}").header("Content-Type", "application/json; charset=utf-8")),
        step(Request::new("POST", "/connectors").body("{}")),
        step(Request::new("POST", "/connectors").body("a=b").header("Content-Type", "application/x-www-form-urlencoded")),
        // Nothing there yet.
        get("/connectors"),
        get("/connectors?expand=status"),
        get("/connectors?expand=info&expand=status"),
        get("/connectors?expand=foo"),
        get("/connectors/x"),
        get("/connectors/x/config"),
        get("/connectors/x/status"),
        get("/connectors/x/tasks"),
        get("/connectors/x/tasks/0/status"),
        get("/connectors/x/tasks/abc/status"),
        get("/connectors/x/tasks/-1/status"),
        get("/connectors/x/tasks/99999999999/status"),
        get("/connectors/x/tasks/0"),
        get("/connectors/x/topics"),
        get("/connectors/x/offsets"),
        get("/connectors/x/nope"),
        get("/connectors/a%20b"),
        get("/connectors/gr%C3%BCn"),
        bare("PUT", "/connectors/x/pause"),
        bare("PUT", "/connectors/x/resume"),
        bare("PUT", "/connectors/x/stop"),
        bare("POST", "/connectors/x/restart"),
        bare("POST", "/connectors/x/restart?includeTasks=true"),
        bare("POST", "/connectors/x/restart?onlyFailed=true"),
        bare("POST", "/connectors/x/tasks/0/restart"),
        bare("POST", "/connectors/x/tasks/abc/restart"),
        bare("PUT", "/connectors/x/topics/reset"),
        delete("/connectors/x"),
        patch("/connectors/x/config", "{}"),
        bare("GET", "/connectors/x/pause"),
        bare("POST", "/connectors/x/pause"),
        bare("GET", "/connectors/x/restart"),
        bare("DELETE", "/connectors/x/config"),
        // Bad bodies.
        post("/connectors", "{"),
        post("/connectors", ""),
        bare("POST", "/connectors"),
        post("/connectors", "null"),
        post("/connectors", "[]"),
        post("/connectors", "\"x\""),
        post("/connectors", "1"),
        post("/connectors", "nope"),
        post("/connectors", "{} x"),
        post("/connectors", "{'name':'a'}"),
        post("/connectors", r#"{"foo":1}"#),
        post("/connectors", r#"{"name":"a"}"#),
        post("/connectors", r#"{"config":{}}"#),
        post("/connectors", r#"{"name":"a","config":null}"#),
        post("/connectors", r#"{"name":"a","config":[]}"#),
        post("/connectors", r#"{"name":"a","config":"x"}"#),
        post("/connectors", r#"{"name":{},"config":{}}"#),
        post("/connectors", r#"{"name":"a","config":{}}"#),
        post("/connectors", r#"{"name":"a","config":{"x":{"y":1}}}"#),
        post("/connectors", r#"{"name":"a","config":{"x":[1]}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":null}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"Nope"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":""}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"org.apache.kafka.connect.transforms.RegexRouter"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","name":"b","topic":"t"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":""}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","tasks.max":"x"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","tasks.max":"0"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","batch.size":"many"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","errors.tolerance":"some"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","value.converter":"Nope"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","transforms":"r"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","transforms":"r,r"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","transforms":"r","transforms.r.type":"Nope"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","transforms":"r","transforms.r.type":"RegexRouter"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","transforms":"r","transforms.r.type":"RegexRouter","transforms.r.regex":"(","transforms.r.replacement":"x"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","transforms":"r","transforms.r.type":"RegexRouter","transforms.r.regex":"a","transforms.r.replacement":"x","transforms.r.predicate":"p"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","predicates":"p"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":null}}"#).silent(),
        delete("/connectors/a").silent(),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSource","topic":"t","unknown":null}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSink"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSink","topics":"a","topics.regex":"b"}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSink","topics.regex":"("}}"#),
        post("/connectors", r#"{"name":"a","config":{"connector.class":"FileStreamSink","topics":"a","errors.deadletterqueue.topic.name":"a"}}"#),
        post("/connectors", r#"{"name":"","config":{"connector.class":"FileStreamSource","topic":"t"}}"#),
        post("/connectors", r#"{"name":" ","config":{"connector.class":"FileStreamSource","topic":"t"}}"#),
        post("/connectors", r#"{"config":{"connector.class":"FileStreamSource","topic":"t"}}"#),
        post("/connectors", "{\"name\":\"a\\nb\",\"config\":{\"connector.class\":\"FileStreamSource\",\"topic\":\"t\"}}"),
        post("/connectors", r#"{"name":"a","initial_state":"foo","config":{"connector.class":"FileStreamSource","topic":"t"}}"#),
        put("/connectors/a/config", "null"),
        put("/connectors/a/config", "[]"),
        put("/connectors/a/config", "{}"),
        put("/connectors/a/config", r#"{"connector.class":"FileStreamSource","topic":"t","name":"b"}"#),
        bare("PUT", "/connectors/a/config"),
        get("/connectors"),
        // A source, all its life.
        post("/connectors", &named("src", source)).state("src", "RUNNING"),
        post("/connectors", &named("src", source)),
        get("/connectors"),
        get("/connectors?expand=info"),
        get("/connectors?expand=status"),
        get("/connectors?expand=status&expand=info"),
        get("/connectors?expand=foo"),
        get("/connectors?expand="),
        get("/connectors/src"),
        bare("HEAD", "/connectors/src"),
        get("/connectors/src/"),
        get("/connectors/src/config"),
        get("/connectors/src/status"),
        get("/connectors/src/tasks"),
        get("/connectors/src/tasks/0/status"),
        get("/connectors/src/tasks/1/status"),
        get("/connectors/src/topics").until("/connectors/src/topics", "/src/topics/0", "{run}-t"),
        get("/connectors/src/topics"),
        bare("PUT", "/connectors/src/pause").state("src", "PAUSED"),
        bare("PUT", "/connectors/src/pause"),
        get("/connectors/src/status"),
        get("/connectors/src/tasks"),
        bare("PUT", "/connectors/src/resume").state("src", "RUNNING"),
        bare("PUT", "/connectors/src/resume"),
        get("/connectors/src/status"),
        bare("PUT", "/connectors/src/stop").state("src", "STOPPED"),
        get("/connectors/src/status"),
        get("/connectors/src/tasks"),
        get("/connectors/src/tasks/0/status"),
        get("/connectors/src"),
        bare("PUT", "/connectors/src/stop"),
        bare("PUT", "/connectors/src/pause").until("/connectors/src/status", "", json!({"connector": "PAUSED", "tasks": []})),
        get("/connectors/src/status"),
        bare("PUT", "/connectors/src/resume").state("src", "RUNNING"),
        bare("POST", "/connectors/src/restart").state("src", "RUNNING"),
        bare("POST", "/connectors/src/restart?includeTasks=true&onlyFailed=true"),
        bare("POST", "/connectors/src/restart?onlyFailed=true"),
        bare("POST", "/connectors/src/restart?includeTasks=nope").state("src", "RUNNING"),
        bare("POST", "/connectors/src/restart?includeTasks=TRUE").state("src", "RUNNING"),
        bare("POST", "/connectors/src/tasks/0/restart").state("src", "RUNNING"),
        put("/connectors/src/restart", "{}"),
        get("/connectors/src/tasks/7/status"),
        put("/connectors/src/config", source).state("src", "RUNNING"),
        put("/connectors/src/config", r#"{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-t","batch.size":5,"tasks.max":2,"x":true,"y":1.50}"#).state("src", "RUNNING"),
        get("/connectors/src/config"),
        put("/connectors/src/config", r#"{"connector.class":"FileStreamSource"}"#),
        get("/connectors/src/config"),
        patch("/connectors/src/config", r#"{"x":null,"y":"2","z":"3"}"#).state("src", "RUNNING"),
        patch("/connectors/src/config", r#"{"topic":null}"#),
        patch("/connectors/src/config", r#"{"name":"other"}"#),
        patch("/connectors/src/config", "[]"),
        patch("/connectors/src/config", "null"),
        patch("/connectors/src/config", r#"{"tasks.max":"x"}"#),
        patch("/connectors/src/config", "{}").state("src", "RUNNING"),
        get("/connectors/src/config"),
        bare("PUT", "/connectors/src/topics/reset"),
        get("/connectors/src/topics"),
        // The JVM leaves a FAILED status for a task that never was, so this comes last.
        bare("POST", "/connectors/src/tasks/7/restart"),
        delete("/connectors/src"),
        delete("/connectors/src"),
        get("/connectors/src"),
        get("/connectors/src/status"),
        get("/connectors/src/tasks"),
        get("/connectors/src/topics"),
        get("/connectors"),
        // States at creation, names that need care, class names.
        post("/connectors", r#"{"name":"p","initial_state":"PAUSED","config":{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-p"}}"#).until("/connectors/p/status", "/connector/state", "PAUSED"),
        get("/connectors/p/status"),
        get("/connectors/p/tasks"),
        bare("PUT", "/connectors/p/resume").state("p", "RUNNING"),
        delete("/connectors/p"),
        post("/connectors", r#"{"name":"s","initial_state":"stopped","config":{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-s"}}"#).until("/connectors/s/status", "/connector/state", "STOPPED"),
        get("/connectors/s/status"),
        get("/connectors/s"),
        bare("PUT", "/connectors/s/resume").state("s", "RUNNING"),
        delete("/connectors/s"),
        post("/connectors", r#"{"name":"r","initial_state":"Running","config":{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-r"}}"#).state("r", "RUNNING"),
        delete("/connectors/r"),
        post("/connectors", r#"{"name":" a b ","config":{"connector.class":"org.apache.kafka.connect.file.FileStreamSourceConnector","file":"{dir}/in.txt","topic":"{run}-n"}}"#).state("a%20b", "RUNNING"),
        get("/connectors/a%20b"),
        get("/connectors/a+b"),
        delete("/connectors/a%20b"),
        post("/connectors", r#"{"name":"grün😀","config":{"connector.class":"FileStreamSourceConnector","file":"{dir}/in.txt","topic":"{run}-u"}}"#).state("gr%C3%BCn%F0%9F%98%80", "RUNNING"),
        get("/connectors/gr%C3%BCn%F0%9F%98%80/status"),
        delete("/connectors/gr%C3%BCn%F0%9F%98%80"),
        put("/connectors/viaput/config", r#"{"connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-v"}"#).state("viaput", "RUNNING"),
        put("/connectors/via%20put/config", r#"{"name":"via put","connector.class":"FileStreamSource","file":"{dir}/in.txt","topic":"{run}-w"}"#).state("via%20put", "RUNNING"),
        delete("/connectors/via%20put"),
        delete("/connectors/viaput"),
        // A sink, of several tasks.
        post("/connectors", r#"{"name":"snk","config":{"connector.class":"FileStreamSink","file":"{dir}/out.txt","topics":"{run}-t","tasks.max":"2"}}"#).until("/connectors/snk/status", "", json!({"connector": "RUNNING", "tasks": ["RUNNING", "RUNNING"]})),
        get("/connectors/snk"),
        get("/connectors/snk/status"),
        get("/connectors/snk/tasks"),
        get("/connectors?expand=status&expand=info"),
        get("/connectors/snk/topics").until("/connectors/snk/topics", "/snk/topics/0", "{run}-t").silent(),
        get("/connectors/snk/topics"),
        bare("PUT", "/connectors/snk/pause").until("/connectors/snk/status", "", json!({"connector": "PAUSED", "tasks": ["PAUSED", "PAUSED"]})),
        get("/connectors/snk/status"),
        bare("PUT", "/connectors/snk/resume").until("/connectors/snk/status", "", json!({"connector": "RUNNING", "tasks": ["RUNNING", "RUNNING"]})),
        bare("PUT", "/connectors/snk/stop").state("snk", "STOPPED"),
        get("/connectors/snk/status"),
        delete("/connectors/snk"),
        // A task that fails, and its restart.
        post("/connectors", r#"{"name":"bad","config":{"connector.class":"FileStreamSink","file":"{dir}/no/such/folder/out.txt","topics":"{run}-t"}}"#).until("/connectors/bad/status", "/tasks/0/state", "FAILED"),
        get("/connectors/bad/status"),
        get("/connectors/bad/tasks/0/status"),
        bare("POST", "/connectors/bad/tasks/0/restart").until("/connectors/bad/status", "/tasks/0/state", "FAILED"),
        bare("POST", "/connectors/bad/restart?includeTasks=true&onlyFailed=true").until("/connectors/bad/status", "/tasks/0/state", "FAILED"),
        bare("PUT", "/connectors/bad/pause"),
        bare("PUT", "/connectors/bad/resume"),
        delete("/connectors/bad"),
        // Plugins.
        get("/connector-plugins"),
        get("/connector-plugins?connectorsOnly=true"),
        get("/connector-plugins?connectorsOnly=false"),
        get("/connector-plugins?connectorsOnly=nope"),
        get("/connector-plugins/"),
        bare("POST", "/connector-plugins"),
        get("/connector-plugins/FileStreamSource"),
        get("/connectors"),
    ]
}

fn observe(kind: Kind, broker: &Broker, table: &[Step]) -> Value {
    let place = Place::new(&format!("rest-{}", kind.name()));
    let run = run_name(kind, "rest");
    place.write("in.txt", "one\ntwo\n");
    topics::write(
        &broker.bootstrap,
        &format!("{run}-t"),
        &[topics::TopicRecord::value(r#"{"schema":null,"payload":1}"#)],
    );
    let mut worker = kind.start(&Setup::standalone(&broker.bootstrap, &place));
    let dir = place.path().display().to_string();
    let fill = |text: &str| text.replace("{dir}", &dir).replace("{run}", &run);
    let mut cases = serde_json::Map::new();
    for step in table {
        let mut request = step.request.clone();
        request.body = request.body.as_deref().map(fill);
        let answer = worker.rest().send(&request);
        if let Some((path, pointer, value)) = &step.until {
            let value: Value = serde_json::from_str(&fill(&value.to_string())).expect("JSON");
            reach(worker.rest(), &describe(step), path, pointer, &value);
        }
        if step.silent {
            continue;
        }
        let body = match serde_json::from_str::<Value>(&answer.body) {
            Ok(json) => settle(&json, step),
            // Jetty's own pages, from before the request reaches Connect.
            Err(_) if answer.body.starts_with("<html>") => json!("${html}"),
            Err(_) => Value::String(answer.body.clone()),
        };
        let fair = [(worker.rest().address.as_str(), "${worker}"), (&dir, "${dir}"), (&run, "${run}")];
        let mut seen = json!({"status": answer.status, "type": answer.header("content-type"), "body": body});
        for header in ["location", "allow"] {
            if let Some(value) = answer.header(header) {
                seen[header] = json!(value);
            }
        }
        let mut name = describe(step);
        for again in 2.. {
            if !cases.contains_key(&name) {
                break;
            }
            name = format!("{} ({again})", describe(step));
        }
        cases.insert(name, golden::replace(&seen, &fair));
    }
    worker.stop();
    Value::Object(cases)
}

fn describe(step: &Step) -> String {
    let Request { method, path, body, headers } = &step.request;
    let mut text = format!("{method} {path}");
    for (name, value) in headers.iter().filter(|(_, value)| value != "application/json") {
        text.push_str(&format!(" [{name}: {value}]"));
    }
    if let Some(body) = body {
        text.push_str(&format!(" {body}"));
    }
    text
}

/// Waits until a part of an answer is as wanted. The pointer "" means the states of a status.
fn reach(rest: &Rest, what: &str, path: &str, pointer: &str, wanted: &Value) {
    let mut last = String::new();
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(LONG, what, || {
            let answer = rest.get(path);
            last.clone_from(&answer.body);
            let Ok(json) = serde_json::from_str::<Value>(&answer.body) else { return false };
            if !pointer.is_empty() {
                return json.pointer(pointer) == Some(wanted);
            }
            let tasks: Vec<&Value> =
                json["tasks"].as_array().into_iter().flatten().map(|t| &t["state"]).collect();
            json!({"connector": json["connector"]["state"], "tasks": tasks}) == *wanted
        });
    }));
    assert!(found.is_ok(), "after {what}: {path} {pointer} never became {wanted}; the last answer: {last}");
}

/// Takes out what no two workers share.
fn settle(body: &Value, step: &Step) -> Value {
    let mut body = body.clone();
    let path = step.request.path.split('?').next().unwrap_or_default();
    if path.trim_end_matches('/') == "/connector-plugins" {
        // The JVM has more plugins on its class path, Ferry may have more of its own: the common ones.
        if let Value::Array(plugins) = &mut body {
            plugins.retain(|plugin| COMMON.iter().any(|name| plugin["class"].as_str() == Some(name)));
        }
    }
    if path == "/connectors" && body.as_array().is_some_and(|names| names.iter().all(Value::is_string)) {
        // The order of names is that of a hash table.
        if let Value::Array(names) = &mut body {
            names.sort_by_key(ToString::to_string);
        }
    }
    tidy(&mut body);
    body
}

/// Plugins that both have now.
const COMMON: &[&str] = &[
    "org.apache.kafka.connect.file.FileStreamSinkConnector",
    "org.apache.kafka.connect.file.FileStreamSourceConnector",
    "org.apache.kafka.connect.transforms.InsertField$Key",
    "org.apache.kafka.connect.transforms.InsertField$Value",
    "org.apache.kafka.connect.transforms.RegexRouter",
    "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
    "org.apache.kafka.connect.converters.BooleanConverter",
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "org.apache.kafka.connect.converters.DoubleConverter",
    "org.apache.kafka.connect.converters.FloatConverter",
    "org.apache.kafka.connect.converters.IntegerConverter",
    "org.apache.kafka.connect.converters.LongConverter",
    "org.apache.kafka.connect.converters.ShortConverter",
    "org.apache.kafka.connect.json.JsonConverter",
    "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    "org.apache.kafka.connect.storage.StringConverter",
];

fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match (key.as_str(), &value) {
                    ("version" | "commit" | "kafka_cluster_id", Value::String(text)) if !text.is_empty() => {
                        *value = json!(format!("${{{key}}}"));
                    }
                    ("trace", Value::String(text)) => *value = json!(golden::without_frames(text)),
                    // What follows is the list of all plugins with their folders.
                    ("message", Value::String(text)) => {
                        if let Some((head, _)) = text.split_once(", available connectors are: ") {
                            *value = json!(format!("{head}, available connectors are: ${{list}}"));
                        }
                    }
                    _ => tidy(value),
                }
            }
        }
        _ => {}
    }
}
