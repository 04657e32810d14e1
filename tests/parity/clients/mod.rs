//! Public clients of Connect's REST API, as people install them: what they get from Ferry is what they get
//! from the JVM worker.

use std::path::{Path, PathBuf};
use std::process::Command;

use ferry_tests::{Broker, LONG, Place, Setup, servers, wait_until};
use serde_json::{Map, Value};

use crate::golden;
use crate::rest::tidy;
use crate::{Kind, compare, run_name};

#[test]
fn public_clients_work_with_the_jvm_as_recorded() {
    all(Kind::Jvm);
}

#[test]
fn public_clients_work_with_ferry_as_with_the_jvm() {
    all(Kind::Ferry);
}

fn all(kind: Kind) {
    let Some(python) = servers::python(&folder().join("requirements.txt")) else { return };
    compare(kind, "clients", |kind, broker| observe(kind, broker, &python));
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("parity/clients")
}

/// A program that uses a Python client.
fn with_python(python: &Path, program: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(folder().join(program));
    command
}

/// The program that uses the Java client.
fn with_java() -> Command {
    let jars = servers::run("connect-client.sh", &["jars"], &[]);
    let mut command = Command::new("java");
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", &format!("{jars}/*")]);
    command.arg(folder().join("Sourcelab.java"));
    command
}

fn observe(kind: Kind, broker: &Broker, python: &Path) -> Value {
    let clients = [
        ("kafka-connect-py", with_python(python, "with_kafka_connect_py.py")),
        ("kafka-connect-api", with_python(python, "with_kafka_connect_api.py")),
        ("sourcelab kafka-connect-client", with_java()),
    ];
    let mut cases = Map::new();
    let place = Place::new(&format!("clients-{}", kind.name()));
    let run = run_name(kind, "clients");
    place.write("in.txt", "one\ntwo\n");
    let mut worker = kind.start(&Setup::standalone(&broker.bootstrap, &place));
    wait_until(LONG, "the cluster is known", || !worker.rest().get("/").json()["kafka_cluster_id"].is_null());
    let address = worker.rest().address.clone();
    for (client, mut program) in clients {
        let output = program
            .args([&format!("http://{address}"), &place.path().display().to_string(), &run])
            .output()
            .unwrap_or_else(|e| panic!("{client}: {e}"));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{client}: {said}{}", String::from_utf8_lossy(&output.stderr));
        let last = said.lines().last().unwrap_or_default();
        let answers: Map<String, Value> =
            serde_json::from_str(last).unwrap_or_else(|e| panic!("{client}: {e}: {said}"));
        for (case, mut answer) in answers {
            tidy(&mut answer);
            let dir = place.path().display().to_string();
            let fair = [(address.as_str(), "${worker}"), (&dir, "${dir}"), (&run, "${run}")];
            cases.insert(format!("{client}: {case}"), golden::replace(&answer, &fair));
        }
    }
    worker.stop();
    Value::Object(cases)
}
