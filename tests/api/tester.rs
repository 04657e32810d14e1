//! Schemathesis reads `/openapi.json`, makes requests out of it, and holds every answer against it.

use std::path::PathBuf;
use std::process::Command;

use ferry_tests::{Worker, servers};

use super::Served;

/// What every answer is held against. That there are no answers of 500 is not among them: Connect gives one to
/// a body that it cannot read.
const CHECKS: &str = "status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";

#[test]
fn every_answer_is_as_described() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("api/python");
    let Some(python) = servers::python(&folder.join("schemathesis.txt")) else { return };
    let served = Served::start("tester");
    served.worker.rest().create("a", served.source());
    let output = Command::new(python.with_file_name("schemathesis"))
        .current_dir(served.place.path())
        .args(["--no-color", "run", &format!("http://{}/openapi.json", served.worker.rest().address)])
        .args(["--phases", "examples,coverage,fuzzing", "--mode", "positive"])
        // The same cases every time.
        .args(["--max-examples", "10", "--seed", "1", "--generation-deterministic"])
        .args(["--checks", CHECKS])
        // These do not end.
        .args(["--exclude-path", "/events", "--exclude-path-regex", "/tap$"])
        .output()
        .expect("schemathesis");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("passed"), "{said}");
    assert_eq!(served.worker.rest().get("/health").json()["status"], "healthy");
}
