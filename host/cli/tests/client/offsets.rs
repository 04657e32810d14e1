//! offsets get, set and reset.

use crate::{Fake, Files, asked, json, run};

const STOPPED: &str =
    r#"{"name":"snk","connector":{"state":"STOPPED","worker_id":"w"},"tasks":[],"type":"sink"}"#;
const PAUSED: &str =
    r#"{"name":"snk","connector":{"state":"PAUSED","worker_id":"w"},"tasks":[],"type":"sink"}"#;

#[test]
fn offsets() {
    let source = r#"{"offsets":[{"partition":{"filename":"/a"},"offset":{"position":12}}]}"#;
    let sink = r#"{"offsets":[{"partition":{"kafka_topic":"t","kafka_partition":0},"offset":{"kafka_offset":12}},
        {"partition":{"kafka_topic":"longer","kafka_partition":11},"offset":{"kafka_offset":3}}]}"#;
    let done = json(200, r#"{"message":"The offsets for this connector have been altered successfully"}"#);
    let running = "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/snk/stop' endpoint";
    let refused = json(400, &serde_json::json!({ "error_code": 400, "message": running }).to_string());
    let worker = Fake::new(&[
        ("GET /connectors", &[json(200, r#"["src","snk","new"]"#)]),
        ("GET /connectors/src/offsets", &[json(200, source)]),
        ("GET /connectors/snk/offsets", &[json(200, sink)]),
        ("GET /connectors/new/offsets", &[json(200, r#"{"offsets":[]}"#)]),
        ("GET /connectors/snk/status", &[json(200, PAUSED), json(200, PAUSED), json(200, STOPPED)]),
        ("PUT /connectors/snk/stop", &[json(204, "")]),
        ("PUT /connectors/snk/pause", &[json(202, "")]),
        ("PATCH /connectors/snk/offsets", &[refused, done.clone()]),
        ("PATCH /connectors/src/offsets", std::slice::from_ref(&done)),
        ("DELETE /connectors/src/offsets", std::slice::from_ref(&done)),
    ]);
    let files = Files::new(&[("o.json", source), ("broken.json", "{")]);
    let shown = [
        run(&worker, &["connectors", "offsets", "get", "src"]),
        run(&worker, &["connectors", "offsets", "get", "snk"]),
        run(&worker, &["connectors", "offsets", "get", "snk", "--json"]),
        run(&worker, &["connectors", "offsets", "get", "new"]),
        run(&worker, &["connectors", "offsets", "get", "sr"]),
        run(
            &worker,
            &["connectors", "offsets", "set", "snk", "--topic", "t", "--partition", "0", "--offset", "7"],
        ),
        run(
            &worker,
            &[
                "connectors",
                "offsets",
                "set",
                "snk",
                "--topic",
                "t",
                "--partition",
                "0",
                "--offset",
                "7",
                "--stop",
            ],
        ),
        run(&worker, &["connectors", "offsets", "patch", "src", "--file", &files.path("o.json"), "--json"]),
        run(
            &worker,
            &[
                "connectors",
                "offsets",
                "set",
                "src",
                "--partition",
                r#"{"filename":"/a"}"#,
                "--offset",
                r#"{"position":0}"#,
            ],
        ),
        run(&worker, &["connectors", "offsets", "set", "src", "--partition", "0", "--offset", "1"]),
        run(
            &worker,
            &["connectors", "offsets", "set", "snk", "--topic", "t", "--partition", "x", "--offset", "1"],
        ),
        run(&worker, &["connectors", "offsets", "set", "src", "--file", &files.path("broken.json")]),
        run(&worker, &["connectors", "offsets", "reset", "snk", "--topic", "t", "--partition", "0"]),
        run(&worker, &["connectors", "offsets", "reset", "src"]),
        asked(&worker, Some("y\n"), &["connectors", "offsets", "reset", "src"]),
        run(&worker, &["connectors", "offsets", "reset", "src", "--yes", "--json"]),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")) + &worker.changes());
}
