//! A whole worker with every fault plugin in its plugin.path: the healthy connector goes on, and log,
//! REST and `ferry plugins list` say what is wrong with the others.

use std::path::Path;

use ferry_tests::{
    Answer, Bed, FerryWorker, LONG, Place, Request, Rest, SHORT, Setup, Worker, ferry_command, wait_running,
    wait_until,
};
use serde_json::{Value, json};

use super::build::PLAIN;

/// All fault plugins but those that take long, in a folder of the place.
fn plugin_path(place: &Place) -> String {
    let path = place.at("plugins");
    std::fs::create_dir(&path).expect("a folder");
    for library in std::fs::read_dir(PLAIN.run()).expect("the plugins").flatten() {
        let name = library.file_name().into_string().expect("a name");
        if !["libhang_in_describe.so", "libnoisy.so"].contains(&name.as_str()) {
            std::fs::copy(library.path(), Path::new(&path).join(name)).expect("copied");
        }
    }
    path
}

fn create(rest: &Rest, name: &str, class: &str, more: &[(&str, &str)]) -> Answer {
    let mut config = json!({"connector.class": class, "tasks.max": "1"});
    for (key, value) in more {
        config[*key] = json!(value);
    }
    rest.post("/connectors", &json!({"name": name, "config": config}))
}

fn configure(rest: &Rest, name: &str, config: &Value) -> Answer {
    rest.send(&Request::new("PUT", &format!("/connectors/{name}/config")).json(&config.to_string()))
}

/// Waits until the connector, or its task, is FAILED, and returns why.
fn failure(rest: &Rest, name: &str) -> String {
    let mut trace = String::new();
    wait_until(SHORT, &format!("{name} is FAILED"), || {
        let status = rest.get(&format!("/connectors/{name}/status")).json();
        let parts =
            std::iter::once(&status["connector"]).chain(status["tasks"].as_array().into_iter().flatten());
        let failed = parts.filter(|part| part["state"] == "FAILED").find_map(|part| part["trace"].as_str());
        failed.inspect(|why| trace = (*why).to_owned()).is_some()
    });
    trace
}

#[test]
fn everyone_else_goes_on() {
    let (bed, place) = (Bed::embedded(), Place::new("faults"));
    let path = plugin_path(&place);
    let setup = Setup::standalone(&bed.bootstrap(), &place)
        .with("plugin.path", &path)
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
        .with("task.shutdown.graceful.timeout.ms", "1000")
        .env("XDG_CACHE_HOME", &place.at("cache"));
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();

    let healthy = |messages: &str| json!({"connector.class": "HealthySource", "tasks.max": "1", "topic": "healthy", "messages": messages});
    let _ = configure(&rest, "healthy", &healthy("5")).expect(201);
    let _ = create(&rest, "swallow", "HealthySink", &[("topics", "healthy")]).expect(201);
    wait_running(&rest, "healthy");
    wait_running(&rest, "swallow");
    let committed = |messages: u64| {
        wait_until(SHORT, "all messages are committed", || {
            let offsets = rest.get("/connectors/healthy/offsets").json();
            offsets["offsets"][0]["offset"]["sent"] == messages
        });
    };
    // So that nothing comes twice should its task be given up when it is configured anew: a second is short.
    committed(5);

    for (class, more, method) in [
        ("PanicInStart", &[][..], "start"),
        ("PanicInPoll", &[], "poll"),
        ("PanicInPut", &[("topics", "healthy")], "put"),
    ] {
        let _ = create(&rest, class, class, more).expect(201);
        let why = failure(&rest, class);
        let expected = format!("faults.{class}.{method} panicked at examples/");
        assert!(why.contains(&expected), "{why}");
        assert!(worker.log().contains(&expected), "the log says it too");
    }
    // A panic in the connector's constructor is found before it is created.
    let answer = create(&rest, "PanicInNew", "PanicInNew", &[]);
    assert!((400..=500).contains(&answer.status), "{answer:?}");
    assert!(answer.body.contains("faults.PanicInNew.new panicked at examples/"), "{answer:?}");

    // A destructor that panics is an entry in the log; the connector goes as others do.
    let _ = create(&rest, "PanicInDrop", "PanicInDrop", &[]).expect(201);
    wait_running(&rest, "PanicInDrop");
    let _ = rest.delete("/connectors/PanicInDrop").expect(204);
    wait_until(SHORT, "the log names the destructor", || {
        worker.log().contains("faults.PanicInDrop.drop panicked at examples/")
    });

    // A thread that a plugin started is the plugin's own business, but it is an entry in the log.
    let _ = create(&rest, "PanicInThread", "PanicInThread", &[]).expect(201);
    wait_until(SHORT, "the log names the thread", || {
        worker.log().contains("thread helper panicked at examples/panic_in_thread.rs")
    });
    wait_running(&rest, "PanicInThread");

    // Those that hang are left behind.
    for class in ["HangInPoll", "HangInStop"] {
        let _ = create(&rest, class, class, &[]).expect(201);
        wait_running(&rest, class);
        let _ = rest.delete(&format!("/connectors/{class}")).expect(204);
        let _ = rest.get(&format!("/connectors/{class}")).expect(404);
        // The name is free, and the next one runs.
        let _ = create(&rest, class, class, &[]).expect(201);
        wait_running(&rest, class);
    }

    // Files that were refused: not listed, not found, and named in the log.
    let answer = create(&rest, "never", "faults.Never", &[]).expect(400);
    let message = answer.json()["message"].as_str().expect("a message").to_owned();
    let not_found = "Failed to find any class that implements Connector and which name matches faults.Never, available connectors are: ";
    assert!(message.contains(not_found), "{message}");
    let listed = rest.get("/connector-plugins").json();
    let listed: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|p| p["class"].as_str()).collect();
    assert!(listed.contains(&"faults.HealthySource") && !listed.contains(&"faults.Never"), "{listed:?}");
    let refused = [
        ("segv_in_describe", "SIGSEGV"),
        ("segv_in_constructor", "SIGSEGV"),
        ("exit_in_describe", "exit code 0"),
        ("panic_in_describe", "I would rather not say"),
        ("wrong_major", "plugin ABI 2.0"),
        ("wrong_major_unsaid", "plugin ABI 0."),
        ("newer_minor", "plugin ABI 1.9"),
        ("bad_manifest", "a manifest that cannot be read"),
        ("foreign_manifest", "a manifest section that is not its code's"),
        ("lying_manifest", "a manifest that names source faults.Promised beyond its code"),
        ("no_handshake", "no symbol ferry_plugin_handshake"),
        ("null_handshake", "no handshake behind ferry_plugin_handshake"),
        ("missing_symbol", "a_function_that_no_library_has"),
    ];
    // Said last, when all files were looked at.
    wait_until(LONG, "one without a manifest is used, with a warning", || {
        worker.log().contains("libno_manifest.so")
    });
    let log = worker.log();
    for (name, why) in refused {
        let line = log.lines().find(|line| line.contains(&format!("lib{name}.so is refused")));
        assert!(line.is_some_and(|line| line.contains(why)), "{name}: {line:?}");
    }
    let _ = create(&rest, "bare", "NoManifest", &[("topic", "bare")]).expect(201);
    wait_running(&rest, "bare");

    // The healthy one did not notice any of it.
    let _ = configure(&rest, "healthy", &healthy("20")).expect(200);
    wait_running(&rest, "healthy");
    wait_running(&rest, "swallow");
    committed(20);
    let status = worker.terminate();
    assert!(status.success(), "tasks that hang do not keep the worker: {status}");
    let expected: Vec<String> = (1..=20).map(|n| format!("message {n}")).collect();
    assert_eq!(bed.values("healthy"), expected);

    // The command line has it all too.
    let list = |more: &[&str]| {
        let arguments = [&["plugins", "list", "--plugin-path", &path], more].concat();
        let output =
            ferry_command(&arguments).env("XDG_CACHE_HOME", place.at("cache")).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let table = list(&[]);
    let json: Value = serde_json::from_str(&list(&["--json"])).expect("JSON");
    for (name, why) in refused {
        assert!(table.contains(&format!("lib{name}.so")) && table.contains(why), "{name}: {table}");
        let entry = json["refused"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|r| r["file"].as_str().is_some_and(|file| file.ends_with(&format!("/lib{name}.so"))));
        assert!(
            entry.is_some_and(|r| r["found"].as_str().is_some_and(|found| found.contains(why))),
            "{name}: {json}"
        );
    }
    assert_eq!(json["refused"].as_array().map(Vec::len), Some(refused.len()));
}
