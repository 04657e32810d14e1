//! Schemathesis reads `/openapi.json`, makes requests out of it, right ones and wrong ones, and holds every answer
//! against it.

use std::path::PathBuf;
use std::process::Command;

use ferry_tests::{LONG, Request, Worker, servers, wait_until};

use super::Served;

/// What every answer is held against. That there are no answers of 500 is not among them, nor that wrong bodies are
/// refused: Connect gives 500 to a body that it cannot read, and takes numbers for texts.
const CHECKS: &str = "status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";

/// Runs it with more arguments on a worker that has a connector `a`.
fn hold(served: &Served, user: Option<&str>, arguments: &[&str]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("api/python");
    let Some(python) = servers::python(&folder.join("schemathesis.txt")) else { return };
    let user = user.map(|user| ["--auth", user]);
    let output = Command::new(python.with_file_name("schemathesis"))
        .current_dir(served.place.path())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", &folder)
        .args(["--no-color", "run", &format!("http://{}/openapi.json", served.worker.rest().address)])
        // The same cases every time.
        .args(["--seed", "1", "--generation-deterministic"])
        // These do not end.
        .args(["--exclude-path", "/events", "--exclude-path-regex", "/tap$"])
        .args(user.iter().flatten())
        .args(arguments)
        .output()
        .expect("schemathesis");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("passed"), "{said}");
}

#[test]
fn every_answer_is_as_described() {
    let served = Served::start("tester");
    served.worker.rest().create("a", served.source());
    let phases = ["--phases", "examples,coverage,fuzzing", "--mode", "all", "--max-examples", "10"];
    hold(&served, None, &[&phases[..], &["--checks", CHECKS]].concat());
    assert_eq!(served.worker.rest().get("/health").json()["status"], "healthy");
}

#[test]
fn every_endpoint_asks_for_the_password_it_is_said_to_ask_for() {
    let served = Served::begun("tester-auth", |place, setup| {
        let users = place.write("users", "anna=geheim\n");
        let class = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
        let jaas = format!("KafkaConnect {{ {class} required file=\"{users}\"; }};");
        setup
            .with("rest.extension.classes", "BasicAuthSecurityRestExtension")
            .with("ferry.rest.jaas.config", &place.write("jaas.conf", jaas))
    });
    let known = Request::new("GET", "/health").header("Authorization", "Basic YW5uYTpnZWhlaW0=");
    let rest = served.worker.rest();
    wait_until(LONG, "anna is let in", || rest.try_send(&known).is_ok_and(|answer| answer.status == 200));
    let checks = format!("{CHECKS},ignored_auth");
    let phases = ["--phases", "coverage", "--mode", "positive"];
    hold(&served, Some("anna:geheim"), &[&phases[..], &["--checks", &checks]].concat());
}
