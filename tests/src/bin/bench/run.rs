//! A run: a process with its connector on its command line, watched from outside.

use std::time::{Duration, Instant};

use ferry_tests::{Broker, FerryWorker, JvmWorker, Place, Request, Rest, Setup, Worker, free_port, process};
use serde_json::{Value, json};

/// The longest a run may take.
const LIMIT: Duration = Duration::from_secs(300);

/// A process that is measured.
pub enum Run {
    Raw(std::process::Child),
    Jvm { rest: Rest, data: String, starter: std::thread::JoinHandle<JvmWorker> },
    Ferry(FerryWorker),
}

impl Run {
    /// Starts `ferry` or the JVM worker.
    pub fn start(who: &str, setup: Setup) -> Self {
        if who == "ferry" {
            return Self::Ferry(FerryWorker::spawn(&setup));
        }
        let port = free_port();
        let data = format!("{}/jvm", setup.dir);
        // Its start returns when the worker serves; what is measured begins before.
        let starter = std::thread::spawn(move || JvmWorker::start_on(&setup, port));
        Self::Jvm { rest: Rest::local(port), data, starter }
    }

    /// Its process, once there is one.
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Raw(child) => Some(child.id()),
            Self::Jvm { data, .. } => {
                let text = std::fs::read_to_string(format!("{data}/pid")).ok()?;
                text.split(' ').next()?.parse().ok()
            }
            Self::Ferry(worker) => Some(worker.pid()),
        }
    }

    fn clock(&self, begun: Instant, pid: u32) -> Clock {
        let begun = (!matches!(self, Self::Jvm { .. })).then_some(begun);
        Clock { begun, pid }
    }

    fn rest(&self) -> Option<Rest> {
        match self {
            Self::Raw(_) => None,
            Self::Jvm { rest, .. } => Some(rest.clone()),
            Self::Ferry(worker) => Some(worker.rest().clone()),
        }
    }

    /// Ends it.
    pub fn finish(self) {
        match self {
            Self::Raw(mut child) => {
                let status = child.wait().expect("the raw client ends");
                assert!(status.success(), "the raw client failed: {status}");
            }
            Self::Jvm { starter, .. } => starter.join().expect("the JVM worker started").stop(),
            Self::Ferry(mut worker) => worker.stop(),
        }
    }
}

/// What was seen of a run.
pub struct Watched {
    first_answer: Option<Duration>,
    first_record: Option<Duration>,
    rate: f64,
    cpu_per_million: f64,
    cpu_until_first: f64,
    peak_mib: f64,
}

impl Watched {
    /// For the tables: what was watched, who did it in which direction, and which work it was.
    pub fn row(&self, who: &str, direction: &str, work: &str) -> Value {
        let ms = |d: Option<Duration>| d.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
        json!({
            "who": who, "direction": direction, "work": work,
            "records_per_s": self.rate.round(),
            "cpu_s_per_million": (self.cpu_per_million * 1000.0).round() / 1000.0,
            "cpu_s_until_first_record": self.cpu_until_first,
            "peak_mib": (self.peak_mib * 10.0).round() / 10.0,
            "first_answer_ms": ms(self.first_answer),
            "first_record_ms": ms(self.first_record),
        })
    }
}

/// How long a process has run.
#[derive(Clone, Copy)]
struct Clock {
    /// Before it was started; the JVM worker is started by a script, so its age is the kernel's.
    begun: Option<Instant>,
    pid: u32,
}

impl Clock {
    fn age(self) -> Duration {
        self.begun.map_or_else(|| process::age(self.pid).unwrap_or_default(), |begun| begun.elapsed())
    }
}

/// Watches a run from its start until all records are through.
pub fn watch(total: u64, progress: impl Fn() -> u64, begun: Instant, run: &Run) -> Watched {
    let end = Instant::now() + LIMIT;
    let wait = |what: &str| assert!(Instant::now() < end, "{what} within {LIMIT:?}");
    let pid = loop {
        if let Some(pid) = run.pid() {
            break pid;
        }
        wait("no process");
        std::thread::sleep(Duration::from_millis(1));
    };
    let clock = run.clock(begun, pid);
    // Asks until there is an answer, beside the watching of progress.
    let asker = run.rest().map(|rest| std::thread::spawn(move || first_answer(&rest, clock, end)));
    let mut first: Option<(u64, Instant, f64, Duration)> = None;
    let almost = total - total / 100;
    let (mut rate, mut cpu, mut peak) = (0.0, 0.0, 0.0);
    loop {
        let (done, now) = (progress(), Instant::now());
        // The raw client ends by itself; its last figures are those before.
        let Some(spent) = process::cpu_seconds(pid) else { break };
        peak = process::memory_mib(pid, "VmHWM").unwrap_or(peak);
        if first.is_none() && done > 0 {
            first = Some((done, now, spent, clock.age()));
        }
        if let Some((begun, since, before, _)) = first
            && done > begun
        {
            let moved = (done - begun) as f64;
            rate = moved / (now - since).as_secs_f64();
            cpu = (spent - before) / moved * 1e6;
        }
        if done >= almost {
            break;
        }
        wait("not all records were through");
        std::thread::sleep(Duration::from_millis(2));
    }
    while progress() < total {
        // Asked for before the progress, which may still have grown to the end.
        let ended = process::cpu_seconds(pid).is_none();
        assert!(!ended || progress() >= total, "the process ended after {} of {total} records", progress());
        wait("the last records were not through");
        std::thread::sleep(Duration::from_millis(5));
    }
    peak = process::memory_mib(pid, "VmHWM").unwrap_or(peak);
    let (_, _, cpu_until_first, first_record) = first.expect("progress was seen");
    Watched {
        first_answer: asker.and_then(|asker| asker.join().expect("the asker ends")),
        first_record: Some(first_record),
        rate,
        cpu_per_million: cpu,
        cpu_until_first,
        peak_mib: peak,
    }
}

/// The age of the process when REST first answers.
fn first_answer(rest: &Rest, clock: Clock, end: Instant) -> Option<Duration> {
    let request = Request::new("GET", "/");
    while Instant::now() < end {
        if rest.try_send(&request).is_ok_and(|answer| answer.status == 200) {
            return Some(clock.age());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    None
}

/// The memory of a worker without connectors, some seconds after its start.
pub fn idle(who: &'static str, broker: &Broker, place: &Place) -> Value {
    let work = place.path().join(format!("{who}-idle"));
    std::fs::create_dir_all(&work).expect("a folder");
    let begun = Instant::now();
    let run = Run::start(who, Setup::in_folder(&broker.bootstrap, &work));
    let end = Instant::now() + LIMIT;
    let pid = loop {
        if let Some(pid) = run.pid() {
            break pid;
        }
        assert!(Instant::now() < end, "no process");
    };
    let answer = first_answer(&run.rest().expect("a worker"), run.clock(begun, pid), end);
    std::thread::sleep(Duration::from_secs(3));
    let (cpu, memory) = (process::cpu_seconds(pid), process::memory_mib(pid, "VmRSS"));
    run.finish();
    json!({"who": who, "direction": "idle", "work": "", "peak_mib": memory.map(|m| (m * 10.0).round() / 10.0),
        "first_answer_ms": answer.map(|d| d.as_millis() as u64), "cpu_s_until_first_record": cpu})
}
