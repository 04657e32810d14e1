//! create, apply, patch, pause, restart, delete.

use crate::{Fake, Files, Reply, asked, json, run};

const SINK: &str = "name=snk\nconnector.class=FileStreamSink\ntopics=t\nfile=/out\ndb.password=new\n";
const SOURCE: &str =
    r#"{"name":"src","config":{"connector.class":"FileStreamSource","topic":"t"},"initial_state":"stopped"}"#;
const RUNNING: &str = r#"{"name":"snk","connector":{"state":"RUNNING","worker_id":"w"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"w"}],"type":"sink"}"#;
const FAILED: &str = r#"{"name":"snk","connector":{"state":"RUNNING","worker_id":"w"},"tasks":[{"id":0,"state":"FAILED","worker_id":"w","trace":"x.Y: no file\n\tat z\nCaused by: y.Z: gone"}],"type":"sink"}"#;
const NO_TASKS: &str =
    r#"{"name":"snk","connector":{"state":"RUNNING","worker_id":"w"},"tasks":[],"type":"sink"}"#;
const OK: &str = r#"{"configs":[]}"#;

fn refusal(status: u16, message: &str) -> Reply {
    json(status, &serde_json::json!({ "error_code": status, "message": message }).to_string())
}

#[test]
fn creates() {
    let files = Files::new(&[
        ("snk.properties", SINK),
        ("src.json", SOURCE),
        ("bad.json", r#"{"name":"x","connector.class":"FileSteamSink"}"#),
    ]);
    let worker = Fake::new(&[
        (
            "POST /connectors",
            &[
                json(201, "{}"),
                json(201, "{}"),
                refusal(409, "Connector snk already exists"),
                refusal(
                    400,
                    "Connector configuration is invalid and contains the following 1 error(s):\nno\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
                ),
                refusal(
                    400,
                    "Failed to find any class that implements Connector and which name matches FileSteamSink, available connectors are: PluginDesc{klass=class a.FileStreamSinkConnector}",
                ),
            ],
        ),
        (
            "GET /connector-plugins?connectorsOnly=true",
            &[json(200, r#"[{"class":"a.FileStreamSinkConnector"},{"class":"a.Z"}]"#)],
        ),
    ]);
    let shown = [
        run(&worker, &["connectors", "create", &files.path("snk.properties"), &files.path("src.json")]),
        run(
            &worker,
            &["connectors", "create", &files.path("snk.properties"), &files.path("src.json"), "--json"],
        ),
        run(&worker, &["connectors", "create", &files.path("bad.json")]),
        run(&worker, &["connectors", "create", &files.path("none.json")]),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")) + &worker.changes());
}

/// What is new, what differs, what is as it should be.
fn applied(more: &[(&str, &[Reply])]) -> Fake {
    let present = r#"{"name":"snk","connector.class":"FileStreamSink","topics":"old","tasks.max":"2","file":"/out","db.password":"old"}"#;
    let same = [json(200, r#"{"connector.class":"FileStreamSource","topic":"t","name":"src"}"#)];
    let none = [refusal(404, "Connector new not found")];
    let present = [json(200, present).with("ETag", "\"1\"")];
    let valid = [json(200, OK)];
    let mut script: Vec<(&str, &[Reply])> = vec![
        ("GET /connectors/snk/config", &present),
        ("GET /connectors/src/config", &same),
        ("GET /connectors/new/config", &none),
        ("PUT /connector-plugins/FileStreamSink/config/validate", &valid),
    ];
    script.extend(more);
    Fake::new(&script)
}

const NEW: &str = r#"{"name":"new","connector.class":"FileStreamSink","topics":"t"}"#;

#[test]
fn applies_what_differs() {
    let files = Files::new(&[("snk.properties", SINK), ("src.json", SOURCE), ("new.json", NEW)]);
    let worker = applied(&[
        ("PUT /connectors/snk/config", &[json(200, "{}"), refusal(412, "The configuration has changed.")]),
        ("POST /connectors", &[json(201, "{}")]),
        ("GET /connectors", &[json(200, r#"["snk","src","team-a-1","team-a-2","other"]"#)]),
        ("DELETE /connectors/team-a-1", &[json(204, "")]),
        ("DELETE /connectors/team-a-2", &[refusal(404, "Connector team-a-2 not found")]),
    ]);
    let folder = files.path("");
    let folder = folder.trim_end_matches('/');
    let prune = ["connectors", "apply", folder, "--prune", "team-a-*", "--prune", "s*"];
    let shown = [
        run(&worker, &["connectors", "apply", folder, "--dry-run", "--prune", "team-a-*"]),
        worker.changes(),
        run(&worker, &["connectors", "apply", folder, "--json"]),
        run(&worker, &prune),
        asked(&worker, Some("no\n"), &prune),
        asked(&worker, Some("y\n"), &prune),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")) + &worker.changes());
}

#[test]
fn a_dry_run_finds_errors() {
    let wrong = r#"{"configs":[{"value":{"name":"topics","value":null,"errors":["Must configure one of topics or topics.regex"]}}]}"#;
    let files = Files::new(&[("snk.properties", SINK)]);
    let worker = applied(&[("PUT /connector-plugins/FileStreamSink/config/validate", &[json(200, wrong)])]);
    insta::assert_snapshot!(
        files.plain(&run(&worker, &["connectors", "apply", &files.path("snk.properties"), "--dry-run"]))
    );
}

#[test]
fn waits_for_what_was_asked_for() {
    let files = Files::new(&[("snk.properties", SINK)]);
    let path = files.path("snk.properties");
    let status = |replies: &[Reply]| {
        applied(&[
            ("PUT /connectors/snk/config", &[json(200, "{}")]),
            ("GET /connectors/snk/status", replies),
        ])
    };
    let none = refusal(404, "No status found for connector snk");
    let apply = ["connectors", "apply", path.as_str(), "--wait"];
    let shown = [
        run(&status(&[none.clone(), none.clone(), json(200, NO_TASKS), json(200, RUNNING)]), &apply),
        run(&status(&[json(200, RUNNING), json(200, FAILED)]), &apply),
        run(&status(&[json(200, NO_TASKS)]), &["connectors", "apply", &path, "--wait", "--timeout", "0"]),
        run(&status(&[none]), &["connectors", "apply", &path, "--wait", "--timeout", "0", "--json"]),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")));
}

#[test]
fn patches() {
    let worker = applied(&[
        ("GET /connectors", &[json(200, r#"["snk"]"#)]),
        ("PATCH /connectors/snk/config", &[json(200, "{}"), refusal(404, "HTTP 404 Not Found")]),
    ]);
    let shown = [
        run(&worker, &["connectors", "patch", "snk", "tasks.max=3", "a=b=c", "--unset", "topics"]),
        run(&worker, &["connectors", "patch", "snk", "tasks.max=2"]),
        run(&worker, &["connectors", "patch", "snk", "tasks.max=4", "--dry-run", "--json"]),
        run(&worker, &["connectors", "patch", "snk", "tasks.max"]),
        run(&worker, &["connectors", "patch", "snk", "--unset", "nothing"]),
        run(&worker, &["connectors", "patch", "new", "a=b"]),
        run(&worker, &["connectors", "patch", "snk", "a=b"]),
    ];
    insta::assert_snapshot!(shown.join("\n") + &worker.changes());
}

#[test]
fn acts_on_names_patterns_and_states() {
    let expanded = format!(r#"{{"snk":{{"status":{FAILED}}},"snk2":{{"status":{RUNNING}}}}}"#);
    let empty = [json(204, "")];
    let worker = Fake::new(&[
        ("GET /connectors", &[json(200, r#"["snk","snk2","other"]"#)]),
        ("GET /connectors?expand=status&expand=info", &[json(200, &expanded)]),
        ("PUT /connectors/snk/pause", &empty),
        ("PUT /connectors/snk2/pause", &[refusal(404, "Unknown connector snk2")]),
        ("PUT /connectors/snk2/stop", &empty),
        ("POST /connectors/snk/restart?includeTasks=true&onlyFailed=false", &[json(202, FAILED)]),
        ("POST /connectors/snk/restart?includeTasks=false&onlyFailed=true", &[json(202, FAILED)]),
        ("GET /connectors/snk2/status", &[json(200, RUNNING)]),
        ("POST /connectors/snk2/tasks/0/restart", &empty),
        ("DELETE /connectors/snk", &empty),
        ("DELETE /connectors/snk2", &empty),
    ]);
    let shown = [
        run(&worker, &["connectors", "pause", "snk*"]),
        run(&worker, &["connectors", "pause", "snk*", "--json"]),
        run(&worker, &["connectors", "stop", "snk2"]),
        run(&worker, &["connectors", "restart", "--state", "FAILED"]),
        run(&worker, &["connectors", "restart", "snk", "--connector-only", "--only-failed"]),
        run(&worker, &["connectors", "restart", "snk2", "--task", "0"]),
        run(&worker, &["connectors", "restart", "snk2", "--task", "7"]),
        run(&worker, &["connectors", "restart", "--all", "--state", "PAUSED"]),
        run(&worker, &["connectors", "resume", "sink"]),
        run(&worker, &["connectors", "delete", "snk*"]),
        asked(&worker, Some("\n"), &["connectors", "delete", "snk*"]),
        asked(&worker, Some("yes\n"), &["connectors", "delete", "snk*"]),
        run(&worker, &["connectors", "rm", "snk"]),
    ];
    insta::assert_snapshot!(shown.join("\n") + &worker.changes());
}
