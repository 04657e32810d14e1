//! Settings of REST that a worker does not start with: the JVM worker's words.

use std::path::Path;
use std::process::Command;

use ferry_tests::{Broker, FerryWorker, LONG, Place, Setup, Worker, servers, wait_for};
use serde_json::{Map, Value, json};

use crate::{Kind, compare, golden};

const RECORD: &str = "rest-settings";

#[test]
fn the_jvm_refuses_settings_of_rest_as_recorded() {
    compare(Kind::Jvm, RECORD, |_, _| jvm());
}

#[test]
fn ferry_refuses_settings_of_rest_like_the_jvm() {
    compare(Kind::Ferry, RECORD, ferry);
}

const CASES: &[&str] = &[
    "listeners=",
    "listeners=http://a:1,,http://b:1",
    "listeners=localhost:8083",
    "listeners=ftp://localhost:8083",
    "listeners=http://localhost",
    "listeners=http://local host:1",
    "admin.listeners=nope",
    "admin.listeners=http://a:1,,http://b:1",
    "rest.advertised.port=many",
    "ssl.client.auth=maybe",
    "listeners=https://127.0.0.1:0\nlisteners.https.ssl.client.auth=maybe",
    "rest.extension.classes=a,,b",
    "response.http.headers.config=set",
    "response.http.headers.config=set X",
    "response.http.headers.config=set X:",
    "response.http.headers.config=set :y",
    "response.http.headers.config=set X:a:b",
    "response.http.headers.config=set a b:c",
    "response.http.headers.config=put X:y",
    r#"response.http.headers.config="set X: a, b","put Y: z""#,
    "response.http.headers.config=set X:y,,",
];

fn jvm() -> Value {
    let jars = servers::run("jvm-connect.sh", &["jars"], &[]);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/java/rest/Settings.java");
    let output = Command::new("java")
        .args(["-Dlog4j2.level=OFF", "-cp", &format!("{jars}/*")])
        .arg(source)
        .args(CASES)
        .output()
        .expect("java runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let said: Vec<&str> = text.split_terminator('\0').collect();
    assert_eq!(said.len(), CASES.len(), "{text}");
    CASES.iter().zip(said).map(|(case, said)| ((*case).to_owned(), json!(said))).collect::<Map<_, _>>().into()
}

/// What Ferry says; where it says more than the JVM worker, that worker's words.
fn ferry(_: Kind, broker: &Broker) -> Value {
    let recorded = golden::read(RECORD);
    let place = Place::new("rest-settings");
    let mut cases = Map::new();
    for case in CASES {
        let setup = case.split('\n').filter_map(|line| line.split_once('='));
        let setup = setup.fold(Setup::standalone(&broker.bootstrap, &place), |setup, (name, value)| {
            setup.with(name, value)
        });
        let mut worker = FerryWorker::spawn(&setup);
        let status = wait_for(LONG, "the worker ends", || worker.ended());
        let said = worker.log();
        std::fs::remove_file(place.at("ferry.log")).expect("a log");
        let jvm = recorded[*case].as_str().expect("a record");
        let same = status.code() == Some(2) && said.contains(jvm);
        cases.insert((*case).to_owned(), json!(if same { jvm } else { said.as_str() }));
    }
    Value::Object(cases)
}
