//! list, status, describe, get, topics, plugins, loggers.

use crate::{Fake, Reply, json, run};

const EXPANDED: &str = r#"{
"jdbc-b":{"status":{"name":"jdbc-b","connector":{"state":"RUNNING","worker_id":"w2:8083"},"tasks":[
  {"id":0,"state":"RUNNING","worker_id":"w1:8083"},
  {"id":1,"state":"FAILED","worker_id":"w2:8083","trace":"org.apache.kafka.connect.errors.ConnectException: Task: no database\n\tat a.b.C.d(C.java:1)\nCaused by: java.net.ConnectException: refused\n\t... 3 more\n","next_restart":{"attempts":2,"at":1795254302123}},
  {"id":2,"state":"RUNNING","worker_id":"w1:8083","stuck":{"call":"poll","since":1795254300000}}],"type":"source"},
  "info":{"name":"jdbc-b","config":{"connector.class":"JdbcSource","connection.password":"hunter2","name":"jdbc-b"},"tasks":[],"type":"source"}},
"a/ü":{"status":{"name":"a/ü","connector":{"state":"PAUSED","worker_id":"w1:8083","version":null},"tasks":[],"type":"sink"},
  "info":{"name":"a/ü","config":{"connector.class":"FileStreamSink","topics":"t","name":"a/ü"},"tasks":[],"type":"sink"}}}"#;

fn worker(more: &[(&str, &[Reply])]) -> Fake {
    let expanded = [json(200, EXPANDED)];
    let names = [json(200, r#"["jdbc-b","fresh","a/ü"]"#)];
    let mut script: Vec<(&str, &[Reply])> =
        vec![("GET /connectors?expand=status&expand=info", &expanded), ("GET /connectors", &names)];
    script.extend(more);
    Fake::new(&script)
}

fn transcript(worker: &Fake, commands: &[&[&str]]) -> String {
    commands.iter().map(|words| run(worker, words) + "\n").collect()
}

#[test]
fn lists() {
    let worker = worker(&[]);
    insta::assert_snapshot!(transcript(
        &worker,
        &[
            &["connectors", "list"],
            &["connectors", "list", "--json"],
            &["connectors", "list", "jdbc-*", "--state", "failed"],
            &["connectors", "ls", "--state", "STOPPED"],
            &["connectors", "ls", "jdbc-c"],
        ]
    ));
    let empty = Fake::new(&[
        ("GET /connectors?expand=status&expand=info", &[json(200, "{}")]),
        ("GET /connectors", &[json(200, "[]")]),
    ]);
    insta::assert_snapshot!(
        "lists_nothing",
        transcript(
            &empty,
            &[
                &["connectors", "list"],
                &["connectors", "list", "--json"],
                &["connectors", "restart"],
                &["connectors", "restart", "--all"],
            ]
        )
    );
}

#[test]
fn statuses() {
    let worker = worker(&[]);
    insta::assert_snapshot!(transcript(
        &worker,
        &[
            &["connectors", "status"],
            &["connectors", "status", "jdbc-b", "--trace"],
            &["connectors", "status", "a/ü", "--json"],
        ]
    ));
}

#[test]
fn describes_without_secrets() {
    let topics = [json(200, r#"{"jdbc-b":{"topics":["z","orders"]}}"#)];
    let off = [json(403, r#"{"error_code":403,"message":"Topic tracking is disabled."}"#)];
    let worker =
        worker(&[("GET /connectors/jdbc-b/topics", &topics), ("GET /connectors/a%2F%C3%BC/topics", &off)]);
    insta::assert_snapshot!(transcript(
        &worker,
        &[
            &["connectors", "describe", "jdbc-b", "a/ü"],
            &["connectors", "describe", "jdbc-b", "--json", "--show-secrets"],
            &["connectors", "describe"],
            &["connectors", "topics", "jdbc-b"],
            &["connectors", "topics", "jdbc-b", "--json"],
            &["connectors", "topics", "a/ü"],
        ]
    ));
}

#[test]
fn gets_what_apply_takes() {
    let config = [json(200, r#"{"connector.class":"FileStreamSink","topics":"ü t","name":"a/ü"}"#)];
    let other = [json(
        200,
        r#"{"connector.class":"JdbcSource","connection.password":"${file:/s:p}","name":"jdbc-b"}"#,
    )];
    let worker =
        worker(&[("GET /connectors/a%2F%C3%BC/config", &config), ("GET /connectors/jdbc-b/config", &other)]);
    insta::assert_snapshot!(transcript(
        &worker,
        &[
            &["connectors", "get", "a/ü", "jdbc-b"],
            &["connectors", "get", "a/ü", "--properties"],
            &["connectors", "get", "--all", "--properties"],
        ]
    ));
}

#[test]
fn plugins() {
    let list = [json(
        200,
        r#"[{"class":"a.FileStreamSinkConnector","type":"sink","version":"1.0"},{"class":"a.X","type":"source"}]"#,
    )];
    let config = [json(
        200,
        r#"[{"name":"file","type":"STRING","required":false,"default_value":null,"importance":"HIGH","documentation":"Where to."},
        {"name":"topics","type":"LIST","required":true,"default_value":null,"importance":"HIGH","documentation":"Which."},
        {"name":"tasks.max","type":"INT","required":false,"default_value":"1","importance":"LOW","documentation":"How many."}]"#,
    )];
    let unknown = [json(404, r#"{"error_code":404,"message":"Unknown plugin FileStreamSnk."}"#)];
    let worker = worker(&[
        ("GET /connector-plugins?connectorsOnly=true", &list),
        ("GET /connector-plugins?connectorsOnly=false", &list),
        ("GET /connector-plugins/FileStreamSink/config", &config),
        ("GET /connector-plugins/FileStreamSnk/config", &unknown),
    ]);
    insta::assert_snapshot!(transcript(
        &worker,
        &[
            &["connectors", "plugins"],
            &["connectors", "plugins", "--json"],
            &["connectors", "plugins", "FileStreamSink"],
            &["connectors", "plugins", "FileStreamSnk"],
        ]
    ));
}

#[test]
fn loggers() {
    let all = [json(
        200,
        r#"{"org.apache.kafka":{"level":"INFO","last_modified":null},"root":{"level":"WARN","last_modified":1795254302123}}"#,
    )];
    let one = [json(200, r#"{"level":"WARN","last_modified":1795254302123}"#)];
    let none = [json(404, r#"{"error_code":404,"message":"Logger org.apache.kafak not found."}"#)];
    let changed = [json(200, r#"["org.apache.kafka","org.apache.kafka.a"]"#)];
    let cluster = [json(204, "")];
    let worker = worker(&[
        ("GET /admin/loggers", &all),
        ("GET /admin/loggers/root", &one),
        ("GET /admin/loggers/org.apache.kafak", &none),
        ("PUT /admin/loggers/org.apache.kafka?scope=worker", &changed),
        ("PUT /admin/loggers/org.apache.kafka?scope=cluster", &cluster),
    ]);
    let shown = transcript(
        &worker,
        &[
            &["admin", "loggers", "get"],
            &["admin", "loggers", "get", "root", "--json"],
            &["admin", "loggers", "get", "org.apache.kafak"],
            &["admin", "loggers", "set", "org.apache.kafka", "debug"],
            &["admin", "loggers", "set", "org.apache.kafka", "DEBUG", "--cluster", "--json"],
        ],
    );
    insta::assert_snapshot!(shown + &worker.changes());
}
