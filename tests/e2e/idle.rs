//! Many connectors that have nothing to do: what each of them costs is counted, and none of them is broken by it.

use std::ops::Range;
use std::time::{Duration, Instant};

use ferry_tests::topics::{TopicReader, TopicRecord, write};
use ferry_tests::{Bed, FerryWorker, LONG, Place, Rest, Setup, Worker, process, wait_until};
use serde_json::{Value, json};

use crate::{setup, start, topic};

const SOURCES: usize = 200;
const SINKS: usize = 40;
/// For so long waits are counted.
const WINDOW: Duration = Duration::from_secs(2);
/// What a worker may have more than before beside its tasks: a client or two, and what is just ending.
const OTHERS: usize = 24;
/// A debug build takes some 155 KiB for each source and 390 for each sink (measured); half as much again is an alarm.
const SOURCE_KIB: f64 = 235.0;
const SINK_KIB: f64 = 600.0;

/// How often the thread of a quiet task may begin to wait within a second. Each did once before others looked for it.
const TASK_WAITS: f64 = 0.2;
/// The same of all threads of a worker, for each sink: its client has four, which wake some 9 times (measured).
const SINK_WAITS: f64 = 14.0;

/// All connectors of the worker and their only tasks run.
fn wait_all_running(rest: &Rest, count: usize) {
    wait_until(LONG, "all connectors run", || {
        let all = rest.get("/connectors?expand=status").json();
        let up = |part: &Value| part["state"] == "RUNNING";
        let running = |status: &Value| {
            up(&status["connector"]) && status["tasks"].as_array().is_some_and(|t| t.len() == 1 && up(&t[0]))
        };
        all.as_object().is_some_and(|all| all.values().filter(|c| running(&c["status"])).count() == count)
    });
}

/// A worker whose tasks have the time they need to end, on a machine that has none.
fn patient(bed: &Bed, place: &Place) -> Setup {
    setup(bed, place)
        .with("task.shutdown.graceful.timeout.ms", "60000")
        // Tasks are told of commits.
        .with("offset.flush.interval.ms", "60000")
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
}

fn rss_kib(worker: &FerryWorker) -> f64 {
    process::memory_mib(worker.pid(), "VmRSS").expect("the worker runs") * 1024.0
}

/// Waits until there are at most `most` threads; says which there are otherwise.
fn wait_threads(worker: &FerryWorker, most: usize) {
    let mut threads = Vec::new();
    let few = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(LONG, "threads that only start something have ended", || {
            threads = process::threads(worker.pid());
            threads.len() <= most
        });
    }));
    assert!(few.is_ok(), "more than {most} threads: {threads:?}");
}

/// Counts how often threads of these names begin to wait, until that is at most `most` times in a second for each of
/// `count` connectors. They do that less often on a slow machine: it says what is done and not how fast.
fn wait_quiet(worker: &FerryWorker, names: &str, count: usize, most: f64) {
    let mut last = f64::INFINITY;
    let quiet = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(LONG, "the connectors are quiet", || {
            let waits = || process::waits(worker.pid(), |name| name.starts_with(names));
            let (before, since) = (waits(), Instant::now());
            std::thread::sleep(WINDOW);
            last = waits().saturating_sub(before) as f64 / count as f64 / since.elapsed().as_secs_f64();
            last <= most
        });
    }));
    println!("{names}: {last:.2} waits per connector and second");
    assert!(quiet.is_ok(), "{names}: {last:.2} waits per connector and second");
}

fn file(number: usize) -> String {
    format!("in-{number}.txt")
}

fn create_sources(rest: &Rest, place: &Place, topic: &str) {
    for number in 0..SOURCES {
        let config = json!({"connector.class": "FileStreamSource", "tasks.max": "1",
            "file": place.at(&file(number)), "topic": topic});
        rest.create(&format!("source-{number}"), config);
    }
    wait_all_running(rest, SOURCES);
}

/// Every file's lines so far, in no order.
fn lines(count: usize) -> Vec<String> {
    let mut lines: Vec<String> = (0..SOURCES)
        .flat_map(|number| (0..count).map(move |line| format!("file {number} line {line}")))
        .collect();
    lines.sort();
    lines
}

fn append(place: &Place, line: usize) {
    for number in 0..SOURCES {
        place.append(&file(number), format!("file {number} line {line}\n"));
    }
}

fn values(bed: &Bed, topic: &str) -> Vec<String> {
    let mut values = bed.values(topic);
    values.sort();
    values
}

#[test]
fn two_hundred_idle_sources_share_what_they_can_and_lose_nothing() {
    let Some(bed) = Bed::broker() else { return };
    let (place, topic) = (Place::new("idle"), topic("idle"));
    let setup = patient(&bed, &place);
    let mut worker = start(&setup);
    let (threads, memory) = (process::threads(worker.pid()).len(), rss_kib(&worker));
    append(&place, 0);
    create_sources(worker.rest(), &place, &topic);
    let reader = TopicReader::new(&bed.bootstrap(), &topic, 1);
    wait_until(LONG, "the first line of each arrives", || reader.count() >= SOURCES as i64);

    wait_threads(&worker, threads + SOURCES + OTHERS);
    let shared = process::threads(worker.pid()).into_iter().filter(|name| name == "shared-producer").count();
    assert_eq!(shared, 1, "all of them share one producer");
    let each = (rss_kib(&worker) - memory) / SOURCES as f64;
    println!("{each:.0} KiB for each idle source");
    assert!(each <= SOURCE_KIB, "{each:.0} KiB for each idle source");

    wait_quiet(&worker, "source-", SOURCES, TASK_WAITS);
    append(&place, 1);
    wait_until(LONG, "the second line of each arrives", || reader.count() >= 2 * SOURCES as i64);
    worker.stop();
    assert_eq!(values(&bed, &topic), lines(2));

    // All of them stored their offsets when they were stopped at once.
    let mut worker = start(&setup);
    create_sources(worker.rest(), &place, &topic);
    append(&place, 2);
    wait_until(LONG, "the third line of each arrives", || reader.count() >= 3 * SOURCES as i64);
    worker.stop();
    assert_eq!(values(&bed, &topic), lines(3));
}

#[test]
fn idle_sinks_have_a_small_client_each() {
    let Some(bed) = Bed::broker() else { return };
    let (place, topic) = (Place::new("idle"), topic("idle"));
    write(&bed.bootstrap(), &topic, &[TopicRecord::value("one")]);
    let mut worker = start(&patient(&bed, &place));
    let create = |number: usize| {
        let config = json!({"connector.class": "FileStreamSink", "tasks.max": "1",
            "file": place.at(&format!("out-{number}.txt")), "topics": topic});
        worker.rest().create(&format!("sink-{number}"), config);
    };
    let have = |numbers: Range<usize>, text: &str| {
        numbers.clone().all(|n| place.read(&format!("out-{n}.txt")) == text.as_bytes())
    };
    let threads = process::threads(worker.pid()).len();
    // What the first one brings with it is none of the others' cost: the plugin, and memory to look at its file with.
    create(0);
    wait_until(LONG, "the first has the record", || have(0..1, "one\n"));
    let memory = rss_kib(&worker);
    (1..SINKS).for_each(create);
    wait_all_running(worker.rest(), SINKS);
    wait_until(LONG, "each has the record", || have(0..SINKS, "one\n"));
    // Its own thread and its client's: one in charge, and one for each connection.
    wait_threads(&worker, threads + 5 * SINKS + OTHERS);
    let each = (rss_kib(&worker) - memory) / (SINKS - 1) as f64;
    println!("{each:.0} KiB for each idle sink");
    assert!(each <= SINK_KIB, "{each:.0} KiB for each idle sink");
    wait_quiet(&worker, "sink-", SINKS, TASK_WAITS);
    wait_quiet(&worker, "", SINKS, SINK_WAITS);
    write(&bed.bootstrap(), &topic, &[TopicRecord::value("two")]);
    wait_until(LONG, "each has the next one", || have(0..SINKS, "one\ntwo\n"));
    // An order ends the wait of a quiet task; none of them is late.
    let _ = worker.rest().put("/connectors/sink-0/stop").expect(204);
    worker.stop();
    assert!(!worker.log().contains("did not stop in time"), "{}", worker.log());
}
