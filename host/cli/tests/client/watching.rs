//! status --watch and tap.

use crate::{Fake, Reply, json, run, text};

const STREAM: &str = "text/event-stream";

fn worker(more: &[(&str, &[Reply])]) -> Fake {
    let names = [json(200, r#"["a","b"]"#)];
    let expanded = [json(200, "{}")];
    let mut script: Vec<(&str, &[Reply])> =
        vec![("GET /connectors", &names), ("GET /connectors?expand=status&expand=info", &expanded)];
    script.extend(more);
    Fake::new(&script)
}

#[test]
fn shows_each_change_of_a_state() {
    let event = |name: &str, task: &str, state: &str, more: &str| {
        format!(
            "event: status\ndata: {{\"connector\":\"{name}\",\"task\":{task},\"state\":\"{state}\",\"worker_id\":\"w:1\",\"timestamp\":1795254302123{more}}}\n\n"
        )
    };
    let events = [
        event("a", "null", "RUNNING", ""),
        event("a", "0", "RUNNING", ""),
        ": heartbeat\n\n".to_owned(),
        event("b", "0", "RUNNING", ""),
        event("a", "0", "RUNNING", ""),
        event("a", "0", "FAILED", r#","trace":"x.Y: no\n\tat z\nCaused by: gone""#),
    ]
    .concat();
    let stream = [text(200, STREAM, &events)];
    let worker = worker(&[("GET /events", &stream), ("GET /events?connector=a", &stream)]);
    let shown = [
        run(&worker, &["connectors", "status", "--watch"]),
        run(&worker, &["connectors", "status", "a", "--watch"]),
        run(&worker, &["connectors", "status", "a*", "--state", "failed", "--watch", "--json"]),
        run(&worker, &["connectors", "status", "c", "--watch"]),
    ];
    insta::assert_snapshot!(shown.join("\n"));
    assert!(worker.asked().contains(&"GET /events?connector=a".to_owned()));
}

/// The JVM has no events: it is asked again and again. The times are those of this machine.
#[test]
fn asks_again_where_there_are_no_events() {
    let status = |state: &str| {
        json(
            200,
            &format!(
                r#"{{"a":{{"status":{{"name":"a","connector":{{"state":"{state}","worker_id":"w"}},"tasks":[],"type":"sink"}}}}}}"#
            ),
        )
    };
    let worker = Fake::new(&[
        ("GET /connectors", &[json(200, r#"["a"]"#)]),
        (
            "GET /connectors?expand=status&expand=info",
            &[
                status("RUNNING"),
                status("RUNNING"),
                status("PAUSED"),
                json(500, r#"{"error_code":500,"message":"over"}"#),
            ],
        ),
    ]);
    let shown = run(&worker, &["connectors", "status", "--watch"]);
    let lines: Vec<&str> =
        shown.lines().map(|line| line.split_once("Z  ").map_or(line, |(_, rest)| rest)).collect();
    let expected = [
        "$ ferry connectors status --watch",
        "a  RUNNING  w",
        "a  RUNNING → PAUSED  w",
        "! ferry: GET http://worker/connectors?expand=status&expand=info: 500: over",
        "=> 6",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn taps_records() {
    let record = |value: &str| {
        format!(
            "event: record\ndata: {{\"task\":0,\"stage\":\"put\",\"topic\":\"t\",\"partition\":1,\"offset\":7,\"timestamp\":1795254302123,\"key\":null,\"value\":{value},\"headers\":[{{\"name\":\"h\",\"value\":\"x\"}}]}}\n\n"
        )
    };
    let source = "event: record\ndata: {\"task\":1,\"stage\":\"poll\",\"topic\":\"t\",\"partition\":null,\"timestamp\":null,\"key\":\"k\",\"value\":\"line\",\"headers\":[]}\n\n";
    let stream = [text(200, STREAM, &[record(r#"{"a":1}"#), source.to_owned(), record("\"last\"")].concat())];
    let off = [json(403, r#"{"error_code":403,"message":"The tap is off."}"#)];
    let worker = worker(&[
        ("GET /connectors/a/tap", &stream),
        ("GET /connectors/a/tap?stage=put&task=0&limit=1", &stream),
        ("GET /connectors/b/tap", &off),
    ]);
    let shown = [
        run(&worker, &["connectors", "tap", "a"]),
        run(&worker, &["connectors", "tap", "a", "--stage", "put", "--task", "0", "--limit", "1", "--json"]),
        run(&worker, &["connectors", "tap", "b"]),
        run(&worker, &["connectors", "tap", "c"]),
        run(&Fake::new(&[("GET /connectors", &[json(200, r#"["a"]"#)])]), &["connectors", "tap", "a"]),
    ];
    insta::assert_snapshot!(shown.join("\n"));
}
