//! Config providers in a whole worker: values that expire, one from a library, and secrets that no one hears of.

use std::path::Path;

use ferry_tests::{
    Answer, Bed, FerryWorker, Place, Request, Rest, SHORT, Setup, Worker, wait_running, wait_until,
};
use serde_json::{Value, json};

use super::build::PLAIN;

/// A worker with these fault plugins in its plugin.path.
fn setup(bed: &Bed, place: &Place, plugins: &[&str]) -> Setup {
    let path = place.at("plugins");
    std::fs::create_dir(&path).expect("a folder");
    for plugin in plugins {
        let library = format!("lib{plugin}.so");
        std::fs::copy(PLAIN.run().join(&library), Path::new(&path).join(&library)).expect("copied");
    }
    Setup::standalone(&bed.bootstrap(), place)
        .with("plugin.path", &path)
        .with("offset.flush.interval.ms", "50")
        .env("XDG_CACHE_HOME", &place.at("cache"))
}

fn put(rest: &Rest, name: &str, config: &Value) -> Answer {
    rest.send(&Request::new("PUT", &format!("/connectors/{name}/config")).json(&config.to_string()))
}

/// How many messages a healthy source has sent, as its offsets say.
fn sent(rest: &Rest, name: &str) -> Value {
    rest.get(&format!("/connectors/{name}/offsets")).json()["offsets"][0]["offset"]["sent"].clone()
}

#[test]
fn a_connector_starts_anew_when_its_settings_expire() {
    let (bed, place) = (Bed::embedded(), Place::new("ttl"));
    place.write("messages", "5\n");
    let setup = setup(&bed, &place, &["rotating", "healthy"])
        .with("config.providers", "rot")
        .with("config.providers.rot.class", "faults.RotatingConfigProvider")
        .with("config.providers.rot.param.ttl.ms", "500");
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();
    let messages = format!("${{rot:{}:messages}}", place.path().display());
    let source = |reload: &str| {
        json!({
            "connector.class": "HealthySource", "tasks.max": "1", "topic": reload, "messages": messages,
            "config.action.reload": reload,
        })
    };
    for reload in ["restart", "none"] {
        let _ = put(&rest, reload, &source(reload)).expect(201);
        wait_until(SHORT, "the first five are sent", || sent(&rest, reload) == 5);
    }

    place.write("messages", "20\n");
    wait_until(SHORT, "the new value is in use", || sent(&rest, "restart") == 20);
    assert_eq!(sent(&rest, "none"), 5, "config.action.reload=none leaves it alone");
    // What is shown is the reference.
    assert_eq!(rest.get("/connectors/restart/config").json()["messages"], json!(messages));
    assert_eq!(rest.get("/connectors/restart/tasks").json()[0]["config"]["messages"], json!(messages));
    let restarts = |worker: &FerryWorker| {
        worker.log().matches("connector restarts as settings from config providers expired").count()
    };
    let before = restarts(&worker);
    assert!(before > 0);
    wait_until(SHORT, "it goes on", || restarts(&worker) > before);
    wait_running(&rest, "restart");

    // Paused it does not run; resumed it has what is true then.
    let _ = rest.put("/connectors/none/pause").expect(202);
    let _ = rest.put("/connectors/none/resume").expect(202);
    wait_until(SHORT, "the resumed one asks again", || sent(&rest, "none") == 20);

    // A value that is gone is an error of the connector that needs it, and of nobody else.
    std::fs::remove_file(place.at("messages")).expect("removed");
    wait_until(SHORT, "it fails", || {
        let status = rest.get("/connectors/restart/status").json();
        let trace = status["connector"]["trace"].as_str().unwrap_or_default();
        trace.contains("messages: No such file or directory")
    });
    assert_eq!(rest.get("/connectors/none/status").json()["connector"]["state"], "RUNNING");
    worker.stop();
}

#[test]
fn secrets_are_said_nowhere() {
    const SECRET: &str = "tr0ub4dor\"&3";
    let (bed, place) = (Bed::embedded(), Place::new("secrets"));
    place.write("db.properties", format!("password={SECRET}\nacks={SECRET}\n"));
    let setup = setup(&bed, &place, &["blabbing"])
        .with("config.providers", "file")
        .with("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider")
        .with("config.providers.file.param.allowed.paths", &place.path().display().to_string())
        .env("RUST_LOG", "trace");
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();
    let reference = format!("${{file:{}/db.properties:password}}", place.path().display());
    let source = |fail: &str, more: &[(&str, &str)]| {
        let mut config = json!({
            "connector.class": "BlabbingSource", "tasks.max": "1", "password": reference, "fail": fail,
        });
        for (key, value) in more {
            config[*key] = json!(value);
        }
        config
    };
    let mut heard = Vec::new();
    // Refused in every way there is.
    for config in [
        source("validation", &[]),
        source("exception", &[]),
        source("no", &[("tasks.max", &reference), ("errors.tolerance", &reference)]),
        source("no", &[("connector.class", &reference)]),
        source("no", &[("connector.plugin.version", &reference)]),
        source(
            "no",
            &[("key.converter", &reference), ("transforms", "t"), ("transforms.t.type", &reference)],
        ),
        source("no", &[("producer.override.batch.size", &reference)]),
        source("no", &[("producer.override.acks", &reference), ("tasks.max", "0")]),
    ] {
        let answer = put(&rest, "refused", &config);
        assert!((400..=500).contains(&answer.status), "{answer:?}");
        heard.push(answer);
        let mut named = config;
        named["name"] = json!("refused");
        let path = "/connector-plugins/BlabbingSource/config/validate";
        heard.push(rest.send(&Request::new("PUT", path).json(&named.to_string())));
    }
    // Taken, and failing or running.
    for (fail, state) in [("connector", "FAILED"), ("task", "FAILED"), ("panic", "FAILED"), ("no", "RUNNING")]
    {
        heard.push(put(&rest, fail, &source(fail, &[])));
        let status = format!("/connectors/{fail}/status");
        wait_until(SHORT, &format!("{fail} is {state}"), || {
            let status = rest.get(&status).json();
            status["connector"]["state"] == state || status["tasks"][0]["state"] == state
        });
        for path in ["", "/config", "/status", "/tasks", "/tasks/0/status", "/topics", "/offsets"] {
            heard.push(rest.get(&format!("/connectors/{fail}{path}")));
        }
    }
    heard.push(rest.get("/connectors?expand=info&expand=status"));
    heard.push(rest.delete("/connectors/no/offsets"));
    let said = |path: &str| rest.get(path).body;
    assert!(said("/connectors/task/status").contains("cannot read from db://user:[hidden]@host"));
    assert!(said("/connectors/connector/status").contains("no answer from db://user:[hidden]@host"));
    // What the connector made of it refers to the provider, and worked.
    let config = rest.get("/connectors/no/tasks").json()[0]["config"].clone();
    assert_eq!(config["url"], json!(format!("db://user:{reference}@host")));
    worker.stop();

    let log = worker.log();
    assert!(log.contains("reading from db://user:[hidden]@host"), "the plugin's entries are there");
    assert!(log.contains("TRACE"), "and everything else");
    let escaped = serde_json::to_string(SECRET).expect("JSON");
    for secret in [SECRET, escaped.trim_matches('"'), "tr0ub4dor"] {
        for answer in &heard {
            assert!(!answer.body.contains(secret), "{answer:?}");
        }
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}
