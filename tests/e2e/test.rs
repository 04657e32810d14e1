//! `ferry test` as a program: plugins from plugin.path, what it prints, exit codes.

use ferry_tests::{Binaries, Place, ferry_command};

/// Exit code, standard output and standard error.
fn test(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = ferry_command(&["test"]);
    let output = command.args(arguments).current_dir(place.path()).output().expect("ferry runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_connector_of_plugin_path_is_tested() {
    let place = Place::new("test");
    let plugins = Binaries::get().plugin_path.display().to_string();
    place.write(
        "c.properties",
        "name=c\nconnector.class=FileStreamSource\nfile=/in\ntopic=t\ntransforms=h\n\
         transforms.h.type=org.apache.kafka.connect.transforms.HoistField$Value\ntransforms.h.field=line\n",
    );
    let tests = "connector: c.properties\ntests:\n  - name: hoists\n    record: {value: a}\n    expect: {value: {line: a}}\n\
                 \x20 - name: recorded\n    record: {value: b}\n";
    place.write("t.yaml", tests);
    // Without the library there is no connector to test.
    let (code, out, _) = test(&place, &["t.yaml"]);
    assert_eq!(code, Some(2), "{out}");
    assert!(out.starts_with("t.yaml:1:12: error: Failed to find any class"), "{out}");
    let with_plugins = |arguments: &[&str]| {
        let mut all = vec!["--plugin-path", plugins.as_str(), "t.yaml"];
        all.extend(arguments);
        let (code, out, err) = test(&place, &all);
        (code, out + &err)
    };
    let failed = "t.yaml\n  ok      hoists\n  FAILED  recorded\n          recorded has no expect: write what is to come \
                  out, or let `ferry test --record` write what does\n2 tests: 1 passed, 1 failed\n";
    assert_eq!(with_plugins(&[]), (Some(3), failed.to_owned()));
    let one = "t.yaml\n  ok      hoists\n1 test: 1 passed\n".to_owned();
    assert_eq!(with_plugins(&["--filter", "hoists"]), (Some(0), one));
    let none = "0 tests: 0 passed\nferry: no test ran: none holds \"nothing\"\n".to_owned();
    assert_eq!(with_plugins(&["--filter", "nothing"]), (Some(0), none));
    let wrote = "t.yaml\n  ok      hoists\n  wrote   recorded\n2 tests: 2 passed\n".to_owned();
    assert_eq!(with_plugins(&["--record"]), (Some(0), wrote));
    let passed = "t.yaml\n  ok      hoists\n  ok      recorded\n2 tests: 2 passed\n".to_owned();
    assert_eq!(with_plugins(&[]), (Some(0), passed));
    let recorded = format!("{tests}    expect:\n      value: {{\"line\":\"b\"}}\n      rest: unchanged\n");
    assert_eq!(String::from_utf8_lossy(&place.read("t.yaml")), recorded);
    assert_eq!(test(&place, &[]).0, Some(1));
    assert_eq!(test(&place, &["nothing.yaml"]).0, Some(2));
}
