//! Every REST request of a standalone worker, good and bad: status, content type, location and whole body.

mod connectors;
mod loggers;
mod offsets;
mod plugins;
mod protocol;
mod providers;
mod states;
mod validation;

use ferry_tests::{Broker, LONG, Place, Request, Rest, Setup, topics, wait_until};
use serde_json::{Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_jvm_answers_about_connectors_as_recorded() {
    compare(Kind::Jvm, "rest", |kind, broker| observe(kind, broker, &connectors::table()));
}

#[test]
fn ferry_answers_about_connectors_like_the_jvm() {
    compare(Kind::Ferry, "rest", |kind, broker| observe(kind, broker, &connectors::table()));
}

#[test]
fn the_jvm_answers_odd_requests_as_recorded() {
    compare(Kind::Jvm, "rest-odd", odd);
}

#[test]
fn ferry_answers_odd_requests_like_the_jvm() {
    compare(Kind::Ferry, "rest-odd", odd);
}

/// Requests that are odd in themselves, and to connectors in every state, of a worker that tracks no topics.
fn odd(kind: Kind, broker: &Broker) -> Value {
    let table: Vec<Step> = protocol::table().into_iter().chain(states::table()).collect();
    observe_with(kind, broker, &[("topic.tracking.enable", "false")], &table)
}

#[test]
fn the_jvm_answers_about_offsets_as_recorded() {
    compare(Kind::Jvm, "rest-offsets", |kind, broker| observe(kind, broker, &offsets::table()));
}

#[test]
fn ferry_answers_about_offsets_like_the_jvm() {
    compare(Kind::Ferry, "rest-offsets", |kind, broker| observe(kind, broker, &offsets::table()));
}

#[test]
fn the_jvm_answers_about_plugins_as_recorded() {
    compare(Kind::Jvm, "rest-plugins", |kind, broker| observe(kind, broker, &plugins::table()));
}

#[test]
fn ferry_answers_about_plugins_like_the_jvm() {
    compare(Kind::Ferry, "rest-plugins", |kind, broker| observe(kind, broker, &plugins::table()));
}

#[test]
fn the_jvm_sets_levels_of_loggers_as_recorded() {
    compare(Kind::Jvm, "rest-loggers", |kind, broker| observe(kind, broker, &loggers::table()));
}

#[test]
fn ferry_sets_levels_of_loggers_like_the_jvm() {
    compare(Kind::Ferry, "rest-loggers", |kind, broker| observe(kind, broker, &loggers::table()));
}

#[test]
fn the_jvm_validates_as_recorded() {
    compare(Kind::Jvm, "rest-validation", validation::observe_all);
}

#[test]
fn ferry_validates_like_the_jvm() {
    compare(Kind::Ferry, "rest-validation", validation::observe_all);
}

#[test]
fn the_jvm_asks_config_providers_as_recorded() {
    compare(Kind::Jvm, "rest-providers", providers::observe);
}

#[test]
fn ferry_asks_config_providers_like_the_jvm() {
    compare(Kind::Ferry, "rest-providers", providers::observe);
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

fn observe(kind: Kind, broker: &Broker, table: &[Step]) -> Value {
    observe_with(kind, broker, &[], table)
}

/// The answers of a worker with further properties; `{dir}` in them is its folder.
fn observe_with(kind: Kind, broker: &Broker, properties: &[(&str, &str)], table: &[Step]) -> Value {
    let place = Place::new(&format!("rest-{}", kind.name()));
    let run = run_name(kind, "rest");
    place.write("in.txt", "one\ntwo\n");
    topics::write(
        &broker.bootstrap,
        &format!("{run}-t"),
        &[topics::TopicRecord::value(r#"{"schema":null,"payload":1}"#)],
    );
    let setup = Setup::standalone(&broker.bootstrap, &place);
    let dir = place.path().display().to_string();
    place.write("provided.properties", format!("in = {dir}/in.txt\ntopic={run}-p\n"));
    let setup =
        properties.iter().fold(setup, |setup, (name, value)| setup.with(name, &value.replace("{dir}", &dir)));
    let mut worker = kind.start(&setup);
    let fill = |text: &str| text.replace("{dir}", &dir).replace("{run}", &run);
    // Ferry answers before it knows the cluster; the JVM does not start without.
    wait_until(LONG, "the cluster is known", || !worker.rest().get("/").json()["kafka_cluster_id"].is_null());
    let mut cases = serde_json::Map::new();
    for step in table {
        let mut request = step.request.clone();
        request.path = fill(&request.path);
        request.body = request.body.as_deref().map(fill);
        let answer = worker.rest().send(&request);
        if let Some((path, pointer, value)) = &step.until {
            let value: Value = serde_json::from_str(&fill(&value.to_string())).expect("JSON");
            reach(worker.rest(), &describe(step), &fill(path), pointer, &value);
        }
        if step.silent {
            continue;
        }
        let body = match serde_json::from_str::<Value>(&answer.body) {
            Ok(json) => settle(&json, step),
            // Jetty's own pages, from before the request reaches Connect.
            Err(_) if answer.body.starts_with("<html>") => json!("${html}"),
            Err(_) if answer.header("allow").is_some() => json!(any_order(&answer.body)),
            Err(_) => Value::String(answer.body.clone()),
        };
        let fair = [(worker.rest().address.as_str(), "${worker}"), (&dir, "${dir}"), (&run, "${run}")];
        let mut seen = json!({"status": answer.status, "type": answer.header("content-type"), "body": body});
        if let Some(value) = answer.header("location") {
            seen["location"] = json!(value);
        }
        if let Some(value) = answer.header("allow") {
            seen["allow"] = json!(any_order(value));
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
        // MirrorMaker is to come; what is not Connect's own is Ferry's alone.
        if let Value::Array(plugins) = &mut body {
            let ours = "org.apache.kafka.connect.";
            let class = |plugin: &Value| {
                plugin["class"].as_str().and_then(|name| name.strip_prefix(ours)).map(str::to_owned)
            };
            plugins.retain(|plugin| class(plugin).is_some_and(|name| !name.starts_with("mirror.")));
        }
    }
    if path.starts_with("/admin/loggers") {
        loggers::settle(&mut body);
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

/// Settings of Ferry's plugins that Connect's do not have, all off by default.
const BEYOND: &[&str] = &["files", "follow", "format", "compression", "encoding"];

/// The name of a configuration key in a list of them, or in a validation.
fn key_name(item: &Value) -> Option<&str> {
    item["name"].as_str().or_else(|| item["definition"]["name"].as_str())
}

pub fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| !key_name(item).is_some_and(|name| BEYOND.contains(&name)));
            items.iter_mut().for_each(tidy);
        }
        Value::Object(map) => {
            if map.get("name").and_then(Value::as_str).is_some_and(|name| name.ends_with("plugin.version")) {
                // Kafka's version or Ferry's.
                for key in ["default_value", "value", "recommended_values"] {
                    if map.get(key).is_some_and(|value| !value.is_null() && *value != json!([])) {
                        map.insert(key.to_owned(), json!("${version}"));
                    }
                }
            }
            for (key, value) in map.iter_mut() {
                match (key.as_str(), &value) {
                    ("version" | "commit" | "kafka_cluster_id", Value::String(text)) if !text.is_empty() => {
                        *value = json!(format!("${{{key}}}"));
                    }
                    // Class names of all that is on the class path.
                    ("recommended_values", Value::Array(values))
                        if values
                            .iter()
                            .any(|v| v.as_str().is_some_and(|v| v.starts_with("org.apache."))) =>
                    {
                        *value = json!("${classes}");
                    }
                    ("trace", Value::String(text)) => *value = json!(golden::without_frames(text)),
                    ("errors", Value::Array(errors)) => {
                        let tidied = |error: &Value| json!(error.as_str().map(versions));
                        *value = errors.iter().map(tidied).collect();
                    }
                    // What follows is the list of all plugins with their folders.
                    ("message", Value::String(text)) => {
                        let text = versions(text);
                        let end = text.find(", available connectors are: ");
                        *value = json!(end.map_or(text.clone(), |at| text[..at].to_owned() + "${list}"));
                    }
                    _ => tidy(value),
                }
            }
        }
        _ => {}
    }
}

/// The versions there are of a class: Kafka's or Ferry's.
fn versions(text: &str) -> String {
    let Some((head, tail)) = text.split_once("available versions: [") else { return text.to_owned() };
    let rest = tail.split_once(']').map_or("", |(_, rest)| rest);
    format!("{head}available versions: [${{versions}}]{}", versions(rest))
}

/// Methods as a set: the order in which Jersey lists them changes from one start of the JVM to the next.
fn any_order(methods: &str) -> String {
    let mut methods: Vec<_> = methods.split(',').map(str::trim).collect();
    methods.sort_unstable();
    methods.join(", ")
}
