//! What Ferry says of wrong input: which file, key and value, and what may be meant.

use ferry_tests::{
    Bed, Binaries, FerryWorker, LONG, Place, Request, SHORT, Worker, ferry_command, wait_for, wait_until,
};
use serde_json::json;

use crate::{setup, start};

fn said(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let output = ferry_command(arguments).current_dir(place.path()).output().expect("ferry runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_worker_file_with_faults_is_shown_line_by_line() {
    let place = Place::new("hints-worker");
    let text = "bootstrap.server=localhost:9092\nkey.converter=JsonConverter\nvalue.converter=JsonConvertor\n\
                offset.storage.file.filename=/offsets\noffset.flush.interval.ms=10s\n";
    place.write("worker.properties", text);
    let (code, text) = said(&place, &["standalone", "worker.properties"]);
    assert_eq!(code, Some(2), "{text}");
    let expected = "\
ferry: worker.properties: Missing required configuration \"bootstrap.servers\" which has no default value. (There is \
bootstrap.server: a typing error?)
worker.properties:1:1: error: Missing required configuration \"bootstrap.servers\" which has no default value. [missing-key]
  help: there is bootstrap.server: a typing error?
worker.properties:3:17: error: Invalid value JsonConvertor for configuration value.converter: Class JsonConvertor could not \
be found. [unknown-class]
  help: did you mean org.apache.kafka.connect.json.JsonConverter?
worker.properties:5:26: error: Invalid value 10s for configuration offset.flush.interval.ms: Not a number of type LONG \
[invalid-value]
  help: give a number alone: without unit, spaces or separators
";
    assert!(text.ends_with(expected), "{text}");
    let (code, text) = said(&place, &["standalone", "worker.propertis"]);
    let expected =
        "ferry: worker.propertis: No such file or directory (os error 2); did you mean worker.properties?\n";
    assert_eq!((code, text.as_str()), (Some(2), expected));
    let (code, text) = said(&place, &["lint", "worker.propertis"]);
    assert_eq!(code, Some(2));
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn addresses_of_brokers_are_refused_at_start() {
    let place = Place::new("hints-bootstrap");
    let text = "bootstrap.servers=localhost\nkey.converter=JsonConverter\nvalue.converter=JsonConverter\n\
                offset.storage.file.filename=/offsets\n";
    place.write("worker.properties", text);
    let (code, text) = said(&place, &["standalone", "worker.properties"]);
    let sentence = "Invalid url in bootstrap.servers: localhost (write host:port, such as localhost:9092)";
    let expected = format!(
        "ferry: worker.properties: {sentence}\nworker.properties:1:19: error: {sentence} [invalid-value]\n"
    );
    assert_eq!(code, Some(2), "{text}");
    assert!(text.ends_with(&expected), "{text}");
}

#[test]
fn a_connector_file_with_faults_is_shown_line_by_line() {
    let (bed, place) = (Bed::embedded(), Place::new("hints-connector"));
    let text = "name=c\nconnector.class=FileStreamSource\nfile=/in\ntopic=t\ntransforms=m\n\
                transforms.m.type=MaskField\ntasks.max=two\n";
    let file = place.write("c.properties", text);
    let mut worker = FerryWorker::spawn(&setup(&bed, &place).connector(&file));
    let status = wait_for(SHORT, "ferry ends", || worker.ended());
    let log = worker.log();
    assert_eq!(status.code(), Some(3), "{log}");
    let expected = format!(
        "\
{file}:6:19: error: Invalid value MaskField for configuration transforms.m.type: Class MaskField could not be found. \
[unknown-class]
  help: did you mean org.apache.kafka.connect.transforms.MaskField$Key or org.apache.kafka.connect.transforms.MaskField$Value?
{file}:7:11: error: Invalid value two for configuration tasks.max: Not a number of type INT [invalid-value]
  help: without this setting, 1 holds
"
    );
    assert!(log.ends_with(&expected), "{log}");
}

/// A log of JSON entries stays one.
#[test]
fn a_log_in_json_holds_nothing_else() {
    let (bed, place) = (Bed::embedded(), Place::new("hints-json"));
    let file = place.write("c.properties", "name=c\nconnector.class=FileStreamSorce\n");
    let setup = setup(&bed, &place).with("ferry.log.format", "json").connector(&file);
    let mut worker = FerryWorker::spawn(&setup);
    let _ = wait_for(SHORT, "ferry ends", || worker.ended());
    for line in worker.log().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

/// REST answers in Connect's words; which class may be meant is in the log.
#[test]
fn the_log_tells_which_class_may_be_meant() {
    let (bed, place) = (Bed::embedded(), Place::new("hints-rest"));
    let mut worker = start(&setup(&bed, &place));
    let create = |config: serde_json::Value| {
        let body = json!({"name": "c", "config": config});
        worker.rest().send(&Request::new("POST", "/connectors").json(&body.to_string())).expect(400).body
    };
    let answers = [
        create(json!({"connector.class": "FileStreamSorce", "topic": "t"})),
        create(json!({
            "connector.class": "FileStreamSource", "topic": "t", "transforms": "r", "transforms.r.type": "RegexRuoter"
        })),
    ];
    assert!(answers.iter().all(|answer| !answer.contains("may be meant")), "{answers:?}");
    let hints = [
        "no class has this name; another one may be meant key=\"connector.class\" class=\"FileStreamSorce\" \
         meant=\"org.apache.kafka.connect.file.FileStreamSourceConnector\"",
        "no class has this name; another one may be meant key=\"transforms.r.type\" class=\"RegexRuoter\" \
         meant=\"org.apache.kafka.connect.transforms.RegexRouter\"",
    ];
    wait_until(SHORT, "both hints are in the log", || hints.iter().all(|hint| worker.log().contains(hint)));
    worker.stop();
}

#[test]
fn topics_and_plugin_paths_that_are_not_there() {
    let (bed, place) = (Bed::embedded(), Place::new("hints-topics"));
    let bootstrap = bed.bootstrap();
    let topics = |words: &[&str]| {
        let mut arguments = vec!["topics"];
        arguments.extend(words);
        arguments.extend(["--bootstrap-server", &bootstrap]);
        said(&place, &arguments)
    };
    assert_eq!(topics(&["create", "orders"]).0, Some(0));
    let expected = (Some(2), "ferry: topic ordres does not exist; did you mean orders?\n".to_owned());
    assert_eq!(topics(&["read", "ordres"]), expected);
    assert_eq!(topics(&["describe", "ordres"]), expected);
    let far = (Some(2), "ferry: topic something-else does not exist\n".to_owned());
    assert_eq!(topics(&["read", "something-else"]), far);
    std::fs::create_dir(place.path().join("plugins")).expect("a folder");
    let (code, text) = said(&place, &["plugins", "list", "--plugin-path", "plugin"]);
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "ferry: plugin path plugin is not there; did you mean plugins?\n")
    );
    let path = Binaries::get().plugin_path.display().to_string();
    assert_eq!(said(&place, &["plugins", "list", "--plugin-path", &path]), (Some(0), String::new()));
}

#[test]
fn what_a_client_says_is_said_in_the_name_of_its_task() {
    let place = Place::new("hints-client");
    // Nobody listens on port 1.
    let bed = Bed::embedded();
    let mut worker = start(&setup(&bed, &place).with("bootstrap.servers", "127.0.0.1:1"));
    worker.rest().create("deaf", crate::sink(&place, "out", "t"));
    let said = |what: &str| {
        let log = worker.log();
        log.lines().any(|line| line.contains(what) && line.contains("Connection refused"))
    };
    wait_until(LONG, "the task's consumer says that nobody listens", || {
        said(" WARN [deaf|task-0] org.apache.kafka.clients.consumer.KafkaConsumer: ")
    });
    // What tasks share is nobody's.
    wait_until(LONG, "the common client says so, too", || {
        let log = worker.log();
        let of_all = |line: &&str| line.contains("client=\"connect-adminclient#");
        let mut lines = log.lines().filter(of_all).peekable();
        lines.peek().is_some() && lines.all(|line| !line.contains("[deaf"))
    });
    worker.stop();
}
