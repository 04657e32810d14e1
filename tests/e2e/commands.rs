//! The command line: names it is called by, exit codes, and what it says.

use std::process::Output;

use ferry_tests::{Bed, Binaries, FerryWorker, Place, Setup, Worker, ferry_command, properties_text};

use crate::{setup, start, topic};

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    said(&ferry_command(arguments).output().expect("ferry runs"))
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

#[test]
fn exit_codes_are_those_of_connect() {
    let place = Place::new("exit");
    let (code, text) = run(&["standalone"]);
    assert_eq!(code, Some(1), "{text}");
    let (code, text) = run(&["standalone", &place.at("nothing.properties")]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("nothing.properties"), "{text}");
    let bad = "bootstrap.servers=localhost:9092\nkey.converter=JsonConverter\nvalue.converter=JsonConverter\n\
               offset.storage.file.filename=offsets\noffset.flush.interval.ms=soon\n";
    let (code, text) = run(&["standalone", &place.write("bad.properties", bad)]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("offset.flush.interval.ms"), "{text}");
}

#[test]
fn a_connector_file_that_cannot_be_created_ends_the_worker() {
    let (bed, place) = (Bed::embedded(), Place::new("exit-3"));
    for (file, text, reason) in [
        ("nameless.properties", "connector.class=FileStreamSource\n", "name"),
        ("unknown.properties", "name=x\nconnector.class=NoSuchThing\n", "NoSuchThing"),
        ("invalid.json", r#"{"name":"x","config":{"connector.class":"FileStreamSource"}}"#, "topic"),
    ] {
        let setup = setup(&bed, &place).connector(&place.write(file, text));
        let mut worker = FerryWorker::spawn(&setup);
        let status = ferry_tests::wait_for(ferry_tests::SHORT, "ferry ends", || worker.ended());
        assert_eq!(status.code(), Some(3), "{file}: {}", worker.log());
        assert!(worker.log().contains(reason), "{file}: {}", worker.log());
    }
}

/// `connect-standalone` is a link to `ferry` in an installation.
#[test]
fn it_may_be_called_connect_standalone() {
    let place = Place::new("called");
    for name in ["connect-standalone", "connect-standalone.sh"] {
        let link = place.at(name);
        std::os::unix::fs::symlink(&Binaries::get().ferry, &link).expect("a link");
        let output =
            std::process::Command::new(link).arg(place.at("nothing.properties")).output().expect("runs");
        let (code, text) = said(&output);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("nothing.properties"), "{text}");
    }
}

#[test]
fn topics_of_the_embedded_log() {
    topics(&Bed::embedded());
}

#[test]
fn topics_of_a_broker() {
    if let Some(bed) = Bed::broker() {
        topics(&bed);
    }
}

/// Created, listed, written, read, deleted.
fn topics(bed: &Bed) {
    let (bootstrap, topic) = (bed.bootstrap(), topic("commands"));
    let ferry = |words: &[&str]| {
        let mut arguments = vec!["topics"];
        arguments.extend(words);
        arguments.extend(["--bootstrap-server", &bootstrap]);
        let (code, text) = run(&arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
        text
    };
    ferry(&["create", &topic]);
    // A broker tells of a new topic, or one that is gone, a moment after it said that it is done.
    let listed =
        || ferry(&["list"]).lines().any(|line| line.split_whitespace().next() == Some(topic.as_str()));
    ferry_tests::wait_until(ferry_tests::SHORT, "the new topic is listed", listed);
    let mut command = ferry_command(&["topics", "write", &topic, "--bootstrap-server", &bootstrap]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().expect("ferry runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), "eins\nzwei 😀\n".as_bytes())
        .expect("written");
    assert!(child.wait().expect("ferry ends").success());
    assert_eq!(bed.values(&topic), ["eins", "zwei 😀"]);
    ferry(&["delete", &topic]);
    ferry_tests::wait_until(ferry_tests::SHORT, "the deleted topic is not listed", || !listed());
}

/// An embedded log has one user at a time; the second is told who the first is.
#[test]
fn a_second_worker_on_one_log_is_told_who_holds_it() {
    let (bed, place, other) = (Bed::embedded(), Place::new("first"), Place::new("second"));
    let mut worker = start(&setup(&bed, &place));
    let mut second = FerryWorker::spawn(&Setup::standalone(&bed.bootstrap(), &other));
    let status = ferry_tests::wait_for(ferry_tests::SHORT, "the second worker ends", || second.ended());
    assert_eq!(status.code(), Some(2), "{}", second.log());
    assert!(second.log().contains(&worker.pid().to_string()), "{}", second.log());
    worker.stop();
}

/// What a new user sees first: what was loaded and where REST listens.
#[test]
fn the_start_says_what_matters() {
    let (bed, place) = (Bed::embedded(), Place::new("start"));
    let mut worker = start(&setup(&bed, &place));
    let log = worker.log();
    assert!(log.contains(&worker.rest().address), "{log}");
    assert!(log.to_lowercase().contains("plugin"), "{log}");
    worker.stop();
}

/// Secrets do not reach the log.
#[test]
fn passwords_are_not_printed() {
    let (bed, place) = (Bed::embedded(), Place::new("secrets"));
    let secret = "hunter2-is-not-for-logs";
    let setup = setup(&bed, &place)
        .with("producer.sasl.jaas.config", &format!("x required password=\"{secret}\";"))
        .with("listeners.https.ssl.key.password", secret);
    let file = properties_text([
        ("name", "s"),
        ("connector.class", "FileStreamSource"),
        ("topic", "t"),
        ("file", &place.write("in.txt", "a\n")),
        ("producer.override.sasl.jaas.config", secret),
    ]);
    let mut worker =
        FerryWorker::spawn(&setup.connector(&place.write("s.properties", file)).env("RUST_LOG", "trace"));
    ferry_tests::wait_until(ferry_tests::SHORT, "the worker has said something about its connector", || {
        worker.ended().is_some()
            || worker
                .rest()
                .try_send(&ferry_tests::Request::new("GET", "/connectors/s/status"))
                .is_ok_and(|a| a.status == 200)
    });
    worker.kill();
    assert!(!worker.log().contains(secret), "{}", worker.log());
}
