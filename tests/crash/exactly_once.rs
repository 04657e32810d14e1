//! With transactions: whatever moment the process dies at, every line is in the topic once, in order.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use ferry_tests::lines::{Delivery, check, text};
use ferry_tests::{
    Bed, Dice, FerryWorker, LONG, Place, SHORT, Setup, Worker, properties_text, wait_for, wait_running,
    wait_until,
};
use serde_json::json;

use crate::spawn;

/// The steps, as `crash::point` names them in the code.
const POINTS: &[&str] = &["poll", "send", "ack", "offset-write", "transaction-commit", "commit"];
/// SIGABRT.
const ABORTED: i32 = 6;
/// After each batch, and by time.
const BOUNDARIES: [&[(&str, &str)]; 2] = [
    &[("transaction.boundary", "poll")],
    &[("transaction.boundary", "interval"), ("transaction.boundary.interval.ms", "20")],
];

/// A source with a transform that survives many workers.
struct Job {
    bed: Bed,
    place: Place,
    /// Its topics and names on a broker begin with this.
    id: String,
    lines: usize,
}

impl Job {
    fn new(bed: Bed, name: &str) -> Self {
        let place = Place::new(name);
        place.write("in.txt", "");
        Self { bed, place, id: format!("once-{name}-{}", std::process::id()), lines: 0 }
    }

    fn topic(&self) -> String {
        format!("{}-routed", self.id)
    }

    /// Settings of a worker with files in `place`, and the source on the command line.
    fn setup_in(&self, place: &Place, more: &[(&str, &str)]) -> Setup {
        let (input, raw) = (self.place.at("in.txt"), format!("{}-raw", self.id));
        let mut settings = vec![
            ("name", "source"),
            ("connector.class", "FileStreamSource"),
            ("file", &input),
            ("topic", &raw),
            ("value.converter", "org.apache.kafka.connect.storage.StringConverter"),
            ("batch.size", "100"),
            ("exactly.once.support", "required"),
            ("topic.creation.default.partitions", "1"),
            ("topic.creation.default.replication.factor", "1"),
            ("transforms", "route"),
            ("transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter"),
            ("transforms.route.regex", "(.*)-raw"),
            ("transforms.route.replacement", "$1-routed"),
        ];
        settings.extend(more);
        let source = place.write("source.properties", properties_text(settings));
        Setup::standalone(&self.bed.bootstrap(), place)
            .with("offset.flush.interval.ms", "50")
            .with("exactly.once.source.support", "enabled")
            .with("group.id", &self.id)
            .with("offset.storage.topic", &format!("{}-offsets", self.id))
            .with("offset.storage.partitions", "2")
            .with("offset.storage.replication.factor", "1")
            .connector(&source)
    }

    fn setup(&self, round: usize) -> Setup {
        self.setup_in(&self.place, BOUNDARIES[round % BOUNDARIES.len()])
    }

    fn append(&mut self, count: usize) {
        let text = text(self.lines..self.lines + count);
        self.place.append("in.txt", text);
        self.lines += count;
    }

    /// Waits until all lines are committed.
    fn wait_committed(&self, worker: &FerryWorker) {
        let end = std::fs::metadata(self.place.at("in.txt")).expect("the input").len();
        wait_until(LONG, "the end of the input is committed", || {
            let offsets = worker.rest().get("/connectors/source/offsets").json();
            offsets["offsets"][0]["offset"]["position"] == json!(end)
        });
    }

    /// Every line is committed exactly once, in order.
    fn check(&self, story: &str) {
        let found = self.bed.committed(&self.topic());
        let found = found.iter().map(String::as_str);
        check("the topic", self.lines, found, Delivery::ExactlyOnce, story);
    }

    /// Runs a worker in peace to the end, stops it, and checks everything.
    fn finish(mut self, story: &str) {
        self.append(1);
        let mut worker = FerryWorker::start(&self.setup(0));
        self.wait_committed(&worker);
        let status = worker.terminate();
        assert!(status.success(), "{status}\n{story}");
        self.check(story);
    }
}

#[test]
fn every_step_on_the_embedded_log() {
    every_step(Job::new(Bed::embedded(), "steps"), &[1, 2, 5]);
}

#[test]
fn every_step_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        every_step(Job::new(bed, "steps-broker"), &[2]);
    }
}

fn every_step(mut job: Job, passes: &[usize]) {
    let mut story = String::new();
    for (round, pass) in passes.iter().flat_map(|pass| [(0, pass), (1, pass)]) {
        for point in POINTS {
            // More than a batch, so that the later passes of a point are reached too.
            job.append(1500);
            let at = format!("{point}:{pass}");
            let mut worker = spawn(&job.setup(round).env("FERRY_CRASH_AT", &at));
            let status = wait_for(SHORT, &format!("ferry dies at {at}"), || {
                let ended = worker.ended();
                if ended.is_none() {
                    job.append(1);
                }
                ended
            });
            assert_eq!(status.signal(), Some(ABORTED), "{at}: {status}\n{}", worker.log());
            story.push_str(&format!("died at {at}, boundary {round}, after {} lines\n", job.lines));
        }
    }
    job.finish(&story);
}

/// SIGKILL after random times, so also while starting.
#[test]
fn kills_at_random_moments() {
    let mut job = Job::new(Bed::embedded(), "random");
    let (mut dice, mut story) = (Dice::seeded(), String::new());
    for round in 0..25 {
        job.append(200 + dice.below(3000) as usize);
        let mut worker = spawn(&job.setup(round));
        let (after, began) = (Duration::from_micros(dice.below(300_000)), Instant::now());
        while began.elapsed() < after {
            assert!(worker.ended().is_none(), "round {round}: ferry ended by itself\n{story}");
            std::thread::sleep(Duration::from_micros(200));
        }
        worker.kill();
        story.push_str(&format!("round {round}: killed after {after:?}, {} lines\n", job.lines));
    }
    job.finish(&story);
}

/// A second worker of the same name takes over: what the first one has not committed is dropped, it can
/// commit nothing more, and it does not come back by itself.
#[test]
fn a_zombie_is_fenced() {
    let Some(bed) = Bed::broker() else { return };
    let mut job = Job::new(bed, "zombie");
    let (first, second) = (Place::new("first"), Place::new("second"));
    let hour = [
        ("transaction.boundary", "interval"),
        ("transaction.boundary.interval.ms", "3600000"),
        // It must not end by itself before the heir is there, and that may take its time.
        ("producer.override.transaction.timeout.ms", "900000"),
    ];
    job.append(500);
    let setup = job
        .setup_in(&first, &hour)
        .with("ferry.task.restart.enabled", "true")
        .with("ferry.task.restart.backoff.initial.ms", "10");
    let mut zombie = FerryWorker::start(&setup);
    wait_running(zombie.rest(), "source");
    wait_until(SHORT, "the first worker has sent something", || {
        zombie.rest().get("/connectors/source/topics").json()["source"]["topics"] == json!([job.topic()])
    });

    let mut heir = FerryWorker::start(&job.setup_in(&second, BOUNDARIES[0]));
    job.wait_committed(&heir);
    // Both see these lines; the zombie notices that it is one.
    job.append(500);
    let mut status = json!(null);
    wait_until(LONG, "the first worker's task has failed", || {
        job.append(1);
        status = zombie.rest().get("/connectors/source/status").json();
        status["tasks"][0]["state"] == "FAILED"
    });
    let trace = status["tasks"][0]["trace"].as_str().unwrap_or_default();
    assert!(trace.contains("ProducerFencedException"), "{trace}");
    assert!(status["tasks"][0].get("next_restart").is_none_or(serde_json::Value::is_null), "{status}");
    job.wait_committed(&heir);
    zombie.stop();
    assert!(heir.terminate().success());
    job.check("with a zombie");
}
