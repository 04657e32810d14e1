//! A call into a plugin that does not return is shown while it lasts.

use ferry_tests::{Bed, FerryWorker, Place, Request, SHORT, Setup, Worker, wait_running, wait_until};
use serde_json::json;

use super::build::PLAIN;

#[test]
fn a_call_that_does_not_return_is_shown_until_it_does() {
    let (bed, place) = (Bed::embedded(), Place::new("stuck"));
    let path = place.at("plugins");
    std::fs::create_dir(&path).expect("a folder");
    for library in ["libhang_in_put.so", "libhealthy.so"] {
        std::fs::copy(PLAIN.run().join(library), place.path().join("plugins").join(library)).expect("copied");
    }
    let setup = Setup::standalone(&bed.bootstrap(), &place)
        .with("plugin.path", &path)
        .with("ferry.task.stuck.after.ms", "100")
        .env("XDG_CACHE_HOME", &place.at("cache"));
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();
    let hold = place.write("hold", "");
    for (name, config) in [
        ("source", json!({"connector.class": "HealthySource", "tasks.max": "1", "topic": "t"})),
        ("sink", json!({"connector.class": "HangInPut", "tasks.max": "1", "topics": "t", "while": hold})),
    ] {
        let request = Request::new("PUT", &format!("/connectors/{name}/config")).json(&config.to_string());
        let _ = rest.send(&request).expect(201);
    }
    let task = || rest.get("/connectors/sink/tasks/0/status").json();
    wait_until(SHORT, "put is shown as stuck", || task()["stuck"]["call"] == "put");
    assert!(task()["stuck"]["since"].as_u64().is_some_and(|since| since > 1_600_000_000_000), "{}", task());
    assert_eq!(task()["state"], "RUNNING");
    assert!(worker.log().contains("a call into the plugin does not return"), "{}", worker.log());
    std::fs::remove_file(&hold).expect("removed");
    wait_until(SHORT, "it is over", || task()["stuck"].is_null());
    wait_running(&rest, "sink");
    worker.stop();
}
