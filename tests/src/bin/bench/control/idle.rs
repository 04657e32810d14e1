//! Connectors that have done their work and wait for more.

use std::path::Path;
use std::time::{Duration, Instant};

use ferry_tests::topics::{TopicReader, TopicRecord, write};
use ferry_tests::{Broker, FerryWorker, JvmWorker, Place, Rest, Setup, Worker, process, wait_until};
use serde_json::{Value, json};

use super::latency;
use crate::Direction;

/// Between the last record and the window: caches settle, what was started for the beginning ends.
const SETTLE: Duration = Duration::from_secs(15);
/// The time in which CPU is counted.
const WINDOW: Duration = Duration::from_secs(30);
/// For all connectors to be created and to have done their work.
const LIMIT: Duration = Duration::from_secs(600);

/// One run: so many FileStream connectors, each with one record to carry.
pub struct Idle {
    pub who: &'static str,
    pub direction: Direction,
    pub count: usize,
}

impl Idle {
    pub fn run(&self, broker: &Broker, place: &Place) -> Value {
        let Self { who, direction, count } = self;
        let topic = format!("{who}-{}-{count}", direction.name());
        let folder = place.path().join(&topic);
        std::fs::create_dir_all(&folder).expect("a folder");
        if *direction == Direction::Sink {
            write(&broker.bootstrap, &topic, &[TopicRecord::value(r#"{"schema":null,"payload":"idle"}"#)]);
        }
        let mut setup =
            Setup::in_folder(&broker.bootstrap, &folder).with("offset.flush.interval.ms", "60000");
        setup.heap = "1g".to_owned();
        let mut worker: Box<dyn Worker> = match *who {
            "jvm" => Box::new(JvmWorker::start(&setup)),
            _ => Box::new(FerryWorker::start(&setup)),
        };
        let pid = worker.pid();
        let empty = Cost::of(pid);
        let begun = Instant::now();
        for number in 0..*count {
            worker.rest().create(&name(number), self.config(&folder, &topic, number));
        }
        let created = begun.elapsed();
        self.wait_done(worker.rest(), broker, &topic, &folder);
        let busy = Cost::of(pid);
        std::thread::sleep(SETTLE);
        let (before, since) = (Cost::of(pid), Instant::now());
        std::thread::sleep(WINDOW);
        let (after, window) = (Cost::of(pid), since.elapsed());
        let answers = latency::measure(worker.rest(), &name(count / 2));
        let peak = process::memory_mib(pid, "VmHWM");
        worker.stop();
        let cpu = (after.cpu - before.cpu) / window.as_secs_f64() * 100.0;
        json!({
            "who": who, "direction": direction.name(), "connectors": count,
            "rss_mib": tenths(after.rss_mib), "peak_mib": peak.map(tenths), "empty_mib": tenths(empty.rss_mib),
            "kib_per_connector": tenths((after.rss_mib - empty.rss_mib) * 1024.0 / *count as f64),
            "threads": after.threads, "empty_threads": empty.threads,
            "cpu_percent": (cpu * 100.0).round() / 100.0,
            "wakeups_per_s": ((after.switches.saturating_sub(before.switches)) as f64 / window.as_secs_f64()).round(),
            "created_s": tenths(created.as_secs_f64()), "created_cpu_s": tenths(busy.cpu - empty.cpu),
            "p50_ms": answers.iter().map(|a| (a.what.to_owned(), json!(a.p50))).collect::<serde_json::Map<_, _>>(),
            "p99_ms": answers.iter().map(|a| (a.what.to_owned(), json!(a.p99))).collect::<serde_json::Map<_, _>>(),
        })
    }

    fn config(&self, folder: &Path, topic: &str, number: usize) -> Value {
        let file = folder.join(format!("{number}.txt")).display().to_string();
        match self.direction {
            Direction::Source => {
                std::fs::write(&file, "idle\n").expect("the input");
                json!({"connector.class": "FileStreamSource", "tasks.max": "1", "file": file, "topic": topic})
            }
            Direction::Sink => {
                json!({"connector.class": "FileStreamSink", "tasks.max": "1", "file": file, "topics": topic})
            }
        }
    }

    /// Every one is RUNNING and has carried its record.
    fn wait_done(&self, rest: &Rest, broker: &Broker, topic: &str, folder: &Path) {
        wait_until(LIMIT, "all connectors run", || {
            let all = rest.get("/connectors?expand=status").json();
            let running = |part: &Value| part["state"] == "RUNNING";
            let up = |status: &Value| {
                running(&status["connector"])
                    && status["tasks"].as_array().is_some_and(|tasks| tasks.len() == 1 && running(&tasks[0]))
            };
            all.as_object().is_some_and(|all| all.values().filter(|c| up(&c["status"])).count() == self.count)
        });
        match self.direction {
            Direction::Source => {
                let reader = TopicReader::new(&broker.bootstrap, topic, 1);
                wait_until(LIMIT, "all records are there", || reader.count() == self.count as i64);
            }
            Direction::Sink => {
                let written = |number: usize| {
                    folder.join(format!("{number}.txt")).metadata().is_ok_and(|file| file.len() > 0)
                };
                wait_until(LIMIT, "all files are written", || (0..self.count).all(written));
            }
        }
    }
}

fn name(number: usize) -> String {
    format!("idle-{number:04}")
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

struct Cost {
    cpu: f64,
    rss_mib: f64,
    threads: usize,
    /// Waits that threads which are there have begun.
    switches: u64,
}

impl Cost {
    fn of(pid: u32) -> Self {
        Self {
            cpu: process::cpu_seconds(pid).expect("the worker runs"),
            rss_mib: process::memory_mib(pid, "VmRSS").expect("the worker runs"),
            threads: process::threads(pid).len(),
            switches: process::waits(pid, |_| true),
        }
    }
}
