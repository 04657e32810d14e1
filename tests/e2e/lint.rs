//! `ferry lint` as a program: where it finds plugins, what it prints where, and its exit codes.

use std::io::Write;
use std::process::{Output, Stdio};

use ferry_tests::{Binaries, Place, ferry_command};
use serde_json::{Value, json};

/// Exit code, standard output and standard error.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn lint(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = ferry_command(&["lint"]);
    said(&command.args(arguments).current_dir(place.path()).output().expect("ferry runs"))
}

fn worker(place: &Place) {
    let plugins = Binaries::get().plugin_path.display();
    let text = format!(
        "bootstrap.servers=localhost:9092\nkey.converter=JsonConverter\nvalue.converter=JsonConverter\n\
         offset.storage.file.filename=/offsets\nplugin.path={plugins}\n"
    );
    place.write("worker.properties", text);
}

#[test]
fn a_worker_file_says_where_the_plugins_are() {
    let place = Place::new("lint");
    worker(&place);
    place.write("good.properties", "name=g\nconnector.class=FileStreamSource\nfile=/in\ntopic=t\n");
    let expected = "2 files: nothing found\n".to_owned();
    assert_eq!(
        lint(&place, &["worker.properties", "good.properties"]),
        (Some(0), String::new(), expected.clone())
    );
    assert_eq!(lint(&place, &["."]), (Some(0), String::new(), expected));
    // The class of a library that no worker file points to is not found.
    let (code, out, _) = lint(&place, &["good.properties"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(out.starts_with("good.properties:2:17: error: Failed to find any class"), "{out}");
    let plugins = Binaries::get().plugin_path.display().to_string();
    let (code, out, _) = lint(&place, &["good.properties", "--plugin-path", &plugins]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
}

#[test]
fn exit_codes_tell_usage_reading_and_errors_apart() {
    let place = Place::new("lint-codes");
    worker(&place);
    place.write("warned.properties", "name=g\nconnector.class=FileStreamSource\nfile=/in \ntopic=t\n");
    place
        .write("wrong.json", r#"{"name":"w","connector.class":"FileStreamSink","tasks.max":0,"topics":"t"}"#);
    let code = |arguments: &[&str]| lint(&place, arguments).0;
    let all = [
        code(&[]),
        code(&["--deny", "everything", "worker.properties"]),
        code(&["--explain", "nothing"]),
        code(&["nothing.json"]),
        code(&["--worker-config", "nothing.properties", "warned.properties"]),
        code(&["worker.properties", "warned.properties"]),
        code(&["worker.properties", "warned.properties", "--deny", "warnings"]),
        code(&["worker.properties", "warned.properties", "--deny", "warnings", "--allow", "trailing-space"]),
        code(&["worker.properties", "wrong.json"]),
        code(&["--explain", "trailing-space"]),
        code(&["--rules"]),
    ];
    let expected = [1, 1, 1, 2, 2, 0, 3, 0, 3, 0, 0].map(Some);
    assert_eq!(all, expected);
    let (_, _, err) = lint(&place, &["nothing.json"]);
    assert_eq!(err, "no file: nothing found\nferry: nothing.json: No such file or directory (os error 2)\n");
    let (_, _, err) = lint(&place, &["--allow", "trailing-spaces", "worker.properties"]);
    assert_eq!(
        err,
        "ferry: there is no rule trailing-spaces; did you mean trailing-space? (`ferry lint --rules` lists them)\n"
    );
}

#[test]
fn standard_input_and_json() {
    let place = Place::new("lint-stdin");
    worker(&place);
    let mut child = ferry_command(&["lint", "--json", "--worker-config", "worker.properties", "-"])
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ferry runs");
    let text =
        br#"{"name":"w","config":{"connector.class":"FileStreamSink","topics":"t","errors.tolerance":"al"}}"#;
    child.stdin.take().expect("a pipe").write_all(text).expect("written");
    let (code, out, _) = said(&child.wait_with_output().expect("ferry ends"));
    assert_eq!(code, Some(3), "{out}");
    let found: Value = serde_json::from_str(&out).expect("JSON");
    let expected = json!({
        "findings": [{
            "rule": "invalid-value",
            "level": "error",
            "file": "<stdin>",
            "line": 1,
            "column": 90,
            "length": 4,
            "key": "errors.tolerance",
            "value": "al",
            "message": "Invalid value al for configuration errors.tolerance: String must be one of: none, all",
            "help": "did you mean all?",
            "related": [],
        }],
        "unreadable": [],
        "errors": 1,
        "warnings": 0,
        "notes": 0,
    });
    assert_eq!(found, expected);
}
