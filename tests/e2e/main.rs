//! Whole jobs on a running Ferry: file → topic → file, on the embedded log and on a real broker.

#[path = "../faults/build.rs"]
mod build;
mod busy;
mod client;
mod client_secure;
mod commands;
mod divided;
mod dry_run;
mod errors;
mod events;
mod exactly_once;
mod flow;
mod hints;
mod idle;
mod life;
mod lint;
mod loggers;
mod memory;
mod metrics;
mod picky;
mod plugins;
mod recovery;
mod registry;
mod settings;
mod tap;
mod test;
mod topics;
mod transport;

use ferry_tests::{Bed, FerryWorker, Place, Rest, SHORT, Setup, wait_until};
use serde_json::{Value, json};

/// The settings of a worker in `place` on `bed`, with quick commits.
fn setup(bed: &Bed, place: &Place) -> Setup {
    Setup::standalone(&bed.bootstrap(), place).with("offset.flush.interval.ms", "50")
}

/// A topic name that no other test on the same broker has.
fn topic(name: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("e2e-{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn source(place: &Place, file: &str, topic: &str) -> Value {
    json!({"connector.class": "FileStreamSource", "file": place.at(file), "topic": topic})
}

fn sink(place: &Place, file: &str, topic: &str) -> Value {
    json!({"connector.class": "FileStreamSink", "file": place.at(file), "topics": topic})
}

/// Creates a source and a sink on one topic.
fn pair(rest: &Rest, place: &Place, name: &str, topic: &str) {
    rest.create(&format!("{name}-source"), source(place, &format!("{name}-in.txt"), topic));
    rest.create(&format!("{name}-sink"), sink(place, &format!("{name}-out.txt"), topic));
}

/// Waits until the output of a pair is as wanted.
fn wait_output(place: &Place, file: &str, wanted: &str) {
    let mut last = String::new();
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(SHORT, &format!("{file} is complete"), || {
            last = String::from_utf8_lossy(&place.read(file)).into_owned();
            last == wanted
        });
    }));
    assert!(found.is_ok(), "{file} is\n{last}\ninstead of\n{wanted}");
}

fn numbered(range: std::ops::Range<usize>) -> String {
    range.map(|i| format!("line {i} äöü 😀\n")).collect()
}

/// The lines as the default JsonConverter writes them into a topic.
fn enveloped(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            // Jackson writes characters beyond the first plane as two escapes.
            let payload = serde_json::to_string(line).expect("JSON").replace('😀', "\\uD83D\\uDE00");
            format!(r#"{{"schema":{{"type":"string","optional":false}},"payload":{payload}}}"#)
        })
        .collect()
}

fn start(setup: &Setup) -> FerryWorker {
    FerryWorker::start(setup)
}
