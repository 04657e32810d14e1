//! The command line on a running worker: the JVM's and Ferry's say the same.

use ferry_tests::topics::TopicReader;
use ferry_tests::{Broker, LONG, Place, Setup, Spoken};
use serde_json::Value;

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_command_line_works_with_the_jvm_as_recorded() {
    compare(Kind::Jvm, "client", observe);
}

#[test]
fn the_command_line_works_with_ferry_as_with_the_jvm() {
    compare(Kind::Ferry, "client", observe);
}

/// What is done with a worker, one after the other. `FILES` is a folder of connector files.
const FIRST: &[&[&str]] = &[
    &["connectors", "list"],
    &["connectors", "create", "FILES/source.properties", "--wait"],
    &["connectors", "create", "FILES/source.properties"],
    &["connectors", "create", "FILES/unknown.json"],
    &["connectors", "create", "FILES/invalid.json"],
    &["connectors", "validate", "FILES/invalid.json", "FILES/source.properties"],
    &["connectors", "validate", "FILES/source.properties", "--json"],
    &["connectors", "apply", "FILES/all", "--dry-run"],
    &["connectors", "apply", "FILES/all", "--wait"],
    &["connectors", "apply", "FILES/all", "--json"],
    &["connectors", "apply", "FILES/changed.json", "--wait"],
    &["connectors", "patch", "source", "batch.size=7", "--wait"],
    &["connectors", "patch", "source", "--unset", "batch.size", "--wait", "--json"],
];

/// The same, once the records of the source are in their topic.
const THEN: &[&[&str]] = &[
    &["connectors", "list"],
    &["connectors", "list", "so*", "--json"],
    &["connectors", "list", "--state", "FAILED"],
    &["connectors", "status"],
    &["connectors", "status", "sink", "--json"],
    &["connectors", "describe", "source"],
    &["connectors", "get", "source"],
    &["connectors", "get", "source", "--properties"],
    &["connectors", "topics", "source"],
    &["connectors", "restart", "source", "sink", "--wait"],
    &["connectors", "restart", "source", "--task", "0", "--wait"],
    &["connectors", "restart", "source", "--task", "7"],
    &["connectors", "restart", "sorce"],
    &["connectors", "pause", "--all", "--wait"],
    &["connectors", "resume", "s*", "--wait"],
    &["connectors", "offsets", "reset", "source", "--yes"],
    &["connectors", "stop", "source", "--wait"],
    &["connectors", "offsets", "get", "source"],
    &["connectors", "offsets", "get", "source", "--json"],
    &[
        "connectors",
        "offsets",
        "set",
        "source",
        "--partition",
        "{\"filename\":\"FILES/in.txt\"}",
        "--offset",
        "{\"position\":4}",
    ],
    &["connectors", "offsets", "get", "source"],
    &["connectors", "offsets", "set", "source", "--topic", "t", "--partition", "0", "--offset", "1"],
    &["connectors", "offsets", "reset", "source"],
    &["connectors", "offsets", "reset", "source", "--yes"],
    &["connectors", "offsets", "get", "source"],
    &["connectors", "topics", "source", "--reset"],
    &["connectors", "plugins", "FileStreamSnk"],
    &["connectors", "delete", "--all"],
    &["connectors", "delete", "--all", "--yes"],
    &["connectors", "delete", "source"],
    &["connectors", "list", "--json"],
];

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new("client");
    let run = run_name(kind, "client");
    let files = place.path().display().to_string();
    let topic = format!("{run}-t");
    place.write("in.txt", "one\ntwo\n");
    place.write(
        "source.properties",
        format!(
            "# a comment\nname=source\nconnector.class=FileStreamSource\nfile={files}/in.txt\ntopic={topic}\n"
        ),
    );
    place.write("unknown.json", r#"{"name":"unknown","config":{"connector.class":"FileStramSource"}}"#);
    place.write("invalid.json", r#"{"name":"invalid","connector.class":"FileStreamSink","tasks.max":"x"}"#);
    std::fs::create_dir(place.at("all")).expect("a folder");
    let sink = |more: &str| {
        format!(
            r#"{{"name":"sink","config":{{"connector.class":"FileStreamSink","file":"{files}/out.txt","topics":"{topic}"{more}}}}}"#
        )
    };
    place.write("all/sink.json", sink(r#","some.password":"one""#));
    std::fs::copy(place.at("source.properties"), place.at("all/source.properties")).expect("a copy");
    place.write("changed.json", format!("[{}]", sink(r#","some.password":"two","errors.tolerance":"all""#)));
    let mut worker = kind.start(&Setup::standalone(&broker.bootstrap, &place));
    let url = format!("http://{}", worker.rest().address);
    let mut cases = serde_json::Map::new();
    let say = |cases: &mut serde_json::Map<String, Value>, commands: &[&[&str]]| {
        for words in commands {
            let filled: Vec<String> = words.iter().map(|word| word.replace("FILES", &files)).collect();
            let mut arguments: Vec<&str> = filled.iter().map(String::as_str).collect();
            arguments.extend(["--url", &url]);
            let fair = [
                (url.as_str(), "URL"),
                (worker.rest().address.as_str(), "WORKER"),
                (&files, "FILES"),
                (&run, "RUN"),
            ];
            let spoken = Spoken::by(&arguments).with(&fair);
            cases.insert(format!("{:02} {}", cases.len() + 1, words.join(" ")), settled(&spoken));
        }
    };
    say(&mut cases, FIRST);
    // The sink takes them too, so that both have used their topic.
    TopicReader::new(&broker.bootstrap, &topic, 1).take(LONG, 2);
    ferry_tests::wait_until(LONG, "the sink has the records", || place.read("out.txt").ends_with(b"two\n"));
    say(&mut cases, THEN);
    worker.stop();
    Value::Object(cases)
}

/// Without the versions of plugins, which are those of Connect and of Ferry.
fn settled(spoken: &Spoken) -> Value {
    let mut value = spoken.to_json();
    if let Some(lines) = value["out"].as_array_mut() {
        lines
            .retain(|line| !line.as_str().is_some_and(|line| line.trim_start().starts_with("\"version\": ")));
    }
    golden::replace(&value, &[])
}
