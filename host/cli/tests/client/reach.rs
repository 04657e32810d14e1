//! Workers that cannot be reached, and answers that are not from a worker.

use crate::{Fake, Reply, json, run, text};

/// Nobody listens on port 1.
const NOBODY: &str = "http://127.0.0.1:1";

fn listing(reply: Reply) -> String {
    let replies = [reply];
    run(
        &Fake::new(&[("GET /connectors", &replies), ("GET /connectors?expand=status&expand=info", &replies)]),
        &["connectors", "list"],
    )
}

#[test]
fn what_is_not_from_a_worker_is_explained() {
    let page = "<html><head><title> Sign in </title></head></html>";
    let shown = [
        listing(text(404, "text/html", "<html><body>Not Found</body></html>")),
        listing(text(200, "text/html", page)),
        listing(text(502, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>")),
        listing(text(302, "text/html", page).with("Location", "https://login.example.com/")),
        listing(text(200, "text/plain", "It works!")),
        listing(text(401, "text/plain", "User cannot access the resource.")),
        listing(json(403, r#"{"error_code":403,"message":"no"}"#)),
        listing(json(500, r#"{"error_code":500,"message":null}"#)),
    ];
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn workers_that_do_not_answer_are_named() {
    let mut nobody = Fake::new(&[]);
    nobody.url = NOBODY.to_owned();
    let refused = run(&nobody, &["connectors", "list"]);
    let as_json = run(&nobody, &["connectors", "status", "--json"]);
    nobody.url = format!("{NOBODY},http://127.0.0.1:2");
    let both = run(&nobody, &["connectors", "list"]);
    insta::assert_snapshot!([refused, as_json, both].join("\n"));
}

#[test]
fn the_first_that_answers_is_asked() {
    let mut worker = Fake::new(&[
        ("GET /", &[json(200, "{}")]),
        ("GET /connectors", &[json(200, "[]")]),
        ("GET /connectors?expand=status&expand=info", &[json(200, "{}")]),
    ]);
    let own = worker.url.clone();
    worker.url = format!("{NOBODY},{own}");
    assert_eq!(
        run(&worker, &["connectors", "list"]).replace(&own, "http://worker"),
        "$ ferry connectors list\n! no connectors at http://worker\n=> 0\n"
    );
    assert_eq!(worker.asked(), ["GET /", "GET /connectors?expand=status&expand=info", "GET /connectors"]);
}

#[test]
fn user_and_password_are_sent_and_not_shown() {
    let worker = Fake::new(&[
        ("GET /connectors", &[json(401, "")]),
        ("GET /connectors?expand=status&expand=info", &[json(401, "")]),
    ]);
    let shown = run(&worker, &["connectors", "list", "--user", "admin:hunter2"]);
    assert_eq!(
        worker.asked(),
        ["GET /connectors?expand=status&expand=info [authorization: Basic YWRtaW46aHVudGVyMg==]"]
    );
    let said: Vec<&str> = shown.lines().skip(1).collect();
    assert!(said.len() == 3 && !said.join("").contains("hunter2"), "{shown}");
}

#[test]
fn a_rebalance_is_waited_for() {
    let busy = r#"{"error_code":409,"message":"Cannot complete request because of a conflicting operation (e.g. worker rebalance)"}"#;
    let worker = Fake::new(&[
        ("GET /connectors", &[json(200, r#"["a"]"#)]),
        ("GET /connectors?expand=status&expand=info", &[json(200, "{}")]),
        ("PUT /connectors/a/pause", &[json(409, busy), json(202, "")]),
    ]);
    assert_eq!(run(&worker, &["connectors", "pause", "a"]), "$ ferry connectors pause a\na: paused\n=> 0\n");
    assert_eq!(worker.changes(), "PUT /connectors/a/pause\nPUT /connectors/a/pause\n");
}

#[test]
fn certificates_that_cannot_be_used_are_named() {
    let files = crate::Files::new(&[
        ("empty.pem", ""),
        ("text.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
    ]);
    let worker = Fake::new(&[]);
    let (empty, text) = (files.path("empty.pem"), files.path("text.pem"));
    let shown = [
        run(&worker, &["connectors", "list", "--ca", &empty]),
        run(&worker, &["connectors", "list", "--ca", &text]),
        run(&worker, &["connectors", "list", "--ca", &files.path("none.pem")]),
        run(&worker, &["connectors", "list", "--cert", &empty, "--key", &empty]),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")));
}
