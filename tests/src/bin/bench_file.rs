//! Measures file → topic and topic → file: the raw client, the JVM worker and Ferry in turn on one broker.
//!
//! Each run is a fresh process with the connector on its command line, watched from outside in the same
//! way: progress by the topic's high watermark or the size of the output, cost from `/proc`. Rate and
//! CPU are taken from the first progress seen to 99 % of the records, so that neither a start nor the
//! wait for a last flush counts; starts have columns of their own.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ferry_tests::topics::TopicReader;
use ferry_tests::{
    Broker, FerryWorker, JvmWorker, Place, Request, Rest, Setup, Worker, free_port, offsets_file, process,
    properties_text,
};
use serde_json::{Value, json};

/// Bytes of a line, without its end.
const LINE: u64 = 100;
/// The longest a run may take.
const LIMIT: Duration = Duration::from_secs(300);

struct Options {
    lines: u64,
    only: Vec<String>,
    null: bool,
    result: PathBuf,
}

fn options() -> Options {
    let mut options =
        Options { lines: 5_000_000, only: Vec::new(), null: false, result: PathBuf::from("bench-file.json") };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
        match word.as_str() {
            "--lines" => options.lines = value().parse().expect("a number of lines"),
            "--only" => options.only = value().split(',').map(str::to_owned).collect(),
            "--result" => options.result = value().into(),
            "--null" => options.null = true,
            other => panic!("unknown option {other}"),
        }
    }
    options
}

fn main() {
    let options = options();
    let place = Place::new("bench");
    let input = place.at("in.txt");
    write_input(&input, options.lines);
    let mut rows = Vec::new();
    if options.null {
        for converter in [Converter::String, Converter::Json] {
            rows.push(show(null(&place, &input, converter, options.lines)));
        }
    } else {
        let broker = Broker::start().expect("a broker");
        for converter in [Converter::String, Converter::Json] {
            for direction in [Direction::Source, Direction::Sink] {
                for who in ["raw", "jvm", "ferry"] {
                    // The topics of the raw client are what the sinks read.
                    let needed = who == "raw" && direction == Direction::Source;
                    if needed || options.only.iter().any(|w| w == who) {
                        let job =
                            Job { who, direction, converter, lines: options.lines, input: input.clone() };
                        rows.push(show(job.run(&broker, &place)));
                    }
                }
            }
        }
        for who in ["jvm", "ferry"] {
            if options.only.iter().any(|w| w == who) {
                rows.push(show(idle(who, &broker, &place)));
            }
        }
    }
    println!("\n{}", table(&rows));
    println!("{}", ratios(&rows));
    if let Some(folder) = options.result.parent() {
        std::fs::create_dir_all(folder).expect("a folder for the result");
    }
    let result = json!({"lines": options.lines, "bytes_per_line": LINE, "runs": rows});
    std::fs::write(&options.result, format!("{result:#}\n")).expect("the result is written");
    println!("written to {}", options.result.display());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Source,
    Sink,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Converter {
    String,
    Json,
}

impl Converter {
    fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Json => "json",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::String => "org.apache.kafka.connect.storage.StringConverter",
            Self::Json => "org.apache.kafka.connect.json.JsonConverter",
        }
    }
}

/// One run.
struct Job {
    who: &'static str,
    direction: Direction,
    converter: Converter,
    lines: u64,
    input: String,
}

impl Job {
    fn run(&self, broker: &Broker, place: &Place) -> Value {
        let direction = match self.direction {
            Direction::Source => "source",
            Direction::Sink => "sink",
        };
        let name = format!("{}-{direction}-{}", self.who, self.converter.name());
        let work = place.path().join(&name);
        std::fs::create_dir_all(&work).expect("a folder");
        let output = work.join("out.txt");
        let topic = match self.direction {
            Direction::Source => name.clone(),
            Direction::Sink => format!("raw-source-{}", self.converter.name()),
        };
        let reader = TopicReader::new(&broker.bootstrap, &topic, 1);
        let progress = || match self.direction {
            Direction::Source => u64::try_from(reader.count()).unwrap_or(0),
            Direction::Sink => std::fs::metadata(&output).map_or(0, |m| m.len() / (LINE + 1)),
        };
        let begun = Instant::now();
        let run = self.start(broker, &name, &work, &topic, &output);
        let watched = watch(self.lines, progress, begun, &run);
        run.finish();
        match self.direction {
            Direction::Source => assert_eq!(progress(), self.lines, "{name}: records in the topic"),
            Direction::Sink => assert_same(Path::new(&self.input), &output),
        }
        let _ = std::fs::remove_file(&output);
        watched.row(self.who, direction, self.converter.name())
    }

    fn start(&self, broker: &Broker, name: &str, work: &Path, topic: &str, output: &Path) -> Run {
        let text = |path: &Path| path.display().to_string();
        if self.who == "raw" {
            let mut command = Command::new(sibling("raw-client"));
            match self.direction {
                Direction::Source => command.args(["produce", &broker.bootstrap, topic, &self.input]),
                Direction::Sink => command.args(["consume", &broker.bootstrap, topic, &text(output)]),
            };
            command.arg(self.converter.name());
            if self.direction == Direction::Sink {
                command.arg(self.lines.to_string());
            }
            let child = command.stdin(Stdio::null()).spawn().expect("the raw client");
            return Run::Raw(child);
        }
        let (class, file) = match self.direction {
            Direction::Source => ("FileStreamSource", self.input.clone()),
            Direction::Sink => ("FileStreamSink", text(output)),
        };
        let connector = properties_text([
            // A name, and so a consumer group, of its own.
            ("name", name),
            ("connector.class", class),
            ("tasks.max", "1"),
            ("file", &file),
            (if self.direction == Direction::Source { "topic" } else { "topics" }, topic),
        ]);
        let connector_file = text(&work.join("connector.properties"));
        std::fs::write(&connector_file, connector).expect("the connector file");
        let setup = setup(&broker.bootstrap, work, self.converter).connector(&connector_file);
        Run::start(self.who, setup)
    }
}

fn setup(bootstrap: &str, work: &Path, converter: Converter) -> Setup {
    let mut setup = Setup::in_folder(bootstrap, work).with("value.converter", converter.class());
    setup.heap = "1g".to_owned();
    setup
}

/// A process that is measured.
enum Run {
    Raw(std::process::Child),
    Jvm { rest: Rest, data: String, starter: std::thread::JoinHandle<JvmWorker> },
    Ferry(FerryWorker),
}

impl Run {
    fn start(who: &str, setup: Setup) -> Self {
        if who == "ferry" {
            return Self::Ferry(FerryWorker::spawn(&setup));
        }
        let port = free_port();
        let data = format!("{}/jvm", setup.dir);
        // Its start returns when the worker serves; what is measured begins before.
        let starter = std::thread::spawn(move || JvmWorker::start_on(&setup, port));
        Self::Jvm { rest: Rest::local(port), data, starter }
    }

    fn pid(&self) -> Option<u32> {
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

    fn finish(self) {
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
struct Watched {
    first_answer: Option<Duration>,
    first_record: Option<Duration>,
    rate: f64,
    cpu_per_million: f64,
    cpu_until_first: f64,
    peak_mib: f64,
}

impl Watched {
    fn row(&self, who: &str, direction: &str, converter: &str) -> Value {
        let ms = |d: Option<Duration>| d.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
        json!({
            "who": who, "direction": direction, "converter": converter,
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
fn watch(lines: u64, progress: impl Fn() -> u64, begun: Instant, run: &Run) -> Watched {
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
    let almost = lines - lines / 100;
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
    while progress() < lines {
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
fn idle(who: &'static str, broker: &Broker, place: &Place) -> Value {
    let work = place.path().join(format!("{who}-idle"));
    std::fs::create_dir_all(&work).expect("a folder");
    let begun = Instant::now();
    let run = Run::start(who, setup(&broker.bootstrap, &work, Converter::Json));
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
    json!({"who": who, "direction": "idle", "converter": "", "peak_mib": memory.map(|m| (m * 10.0).round() / 10.0),
        "first_answer_ms": answer.map(|d| d.as_millis() as u64), "cpu_s_until_first_record": cpu})
}

/// Ferry's source without a broker: into a producer that acknowledges and forgets.
fn null(place: &Place, input: &str, converter: Converter, lines: u64) -> Value {
    let work = place.path().join(format!("null-{}", converter.name()));
    std::fs::create_dir_all(&work).expect("a folder");
    let connector_file = work.join("connector.properties").display().to_string();
    let connector = properties_text([
        ("name", "bench"),
        ("connector.class", "FileStreamSource"),
        ("file", input),
        ("topic", "t"),
    ]);
    std::fs::write(&connector_file, connector).expect("the connector file");
    let setup =
        setup("null:", &work, converter).with("offset.flush.interval.ms", "50").connector(&connector_file);
    let offsets = setup.property("offset.storage.file.filename").expect("an offsets file").to_owned();
    // The only thing to see from outside is the committed position: UTF-16 units, here bytes.
    let progress = || {
        let bytes = std::fs::read(&offsets).unwrap_or_default();
        let position = offsets_file::parse(&bytes).ok().and_then(|map| map.into_values().next().flatten());
        position.and_then(|offset| offset["position"].as_u64()).unwrap_or(0) / (LINE + 1)
    };
    let begun = Instant::now();
    let run = Run::start("ferry", setup);
    let watched = watch(lines, progress, begun, &run);
    run.finish();
    watched.row("ferry", "source into nothing", converter.name())
}

fn show(row: Value) -> Value {
    println!("{row}");
    row
}

/// The rows as a table.
fn table(rows: &[Value]) -> String {
    let columns = [
        ("who", "who"),
        ("direction", "direction"),
        ("converter", "converter"),
        ("records_per_s", "records/s"),
        ("cpu_s_per_million", "CPU s/M"),
        ("peak_mib", "peak MiB"),
        ("first_answer_ms", "REST ms"),
        ("first_record_ms", "record ms"),
    ];
    let mut text = columns.map(|(_, title)| format!("{title:>12}")).join("") + "\n";
    for row in rows {
        let cells = columns.map(|(key, _)| match &row[key] {
            Value::String(s) => format!("{s:>12}"),
            Value::Null => format!("{:>12}", "-"),
            number => format!("{:>12}", number.to_string().trim_end_matches(".0")),
        });
        text.push_str(&(cells.join("") + "\n"));
    }
    text
}

/// Ferry against the others, as the goals are worded.
fn ratios(rows: &[Value]) -> String {
    let find = |who: &str, direction: &str, converter: &str, key: &str| {
        rows.iter()
            .find(|r| r["who"] == who && r["direction"] == direction && r["converter"] == converter)
            .and_then(|row| row[key].as_f64())
    };
    let mut text = String::new();
    for direction in ["source", "sink"] {
        for converter in ["string", "json"] {
            for (who, other) in [("ferry", "jvm"), ("ferry", "raw"), ("raw", "jvm")] {
                let of = |key| {
                    Some(find(who, direction, converter, key)? / find(other, direction, converter, key)?)
                };
                if let (Some(rate), Some(cpu)) = (of("records_per_s"), of("cpu_s_per_million")) {
                    text.push_str(&format!("{direction} {converter}: {who} has {rate:.2} × the rate of {other} and {cpu:.2} × its CPU per record\n"));
                }
            }
        }
    }
    text
}

fn write_input(path: &str, lines: u64) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("the input"));
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut line = [0_u8; LINE as usize + 1];
    for number in 0..lines {
        for byte in &mut line {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Letters and digits, as in a log: compressible a little, no escapes.
            *byte = b"abcdefghijklmnopqrstuvwxyz 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                [(state >> 33) as usize % 63];
        }
        line[..12].copy_from_slice(format!("{number:012}").as_bytes());
        line[LINE as usize] = b'\n';
        out.write_all(&line).expect("the input is written");
    }
    out.flush().expect("the input is written");
}

/// A program built beside this one.
fn sibling(name: &str) -> PathBuf {
    std::env::current_exe().expect("a program has a path").with_file_name(name)
}

fn assert_same(a: &Path, b: &Path) {
    let (mut a_file, mut b_file) = (File::open(a).expect("the input"), File::open(b).expect("the output"));
    assert_eq!(
        a_file.metadata().expect("a size").len(),
        b_file.metadata().expect("a size").len(),
        "{} differs in size",
        b.display()
    );
    let (mut a_block, mut b_block) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let count = a_file.read(&mut a_block).expect("the input is read");
        b_file.read_exact(&mut b_block[..count]).expect("the output is read");
        assert!(a_block[..count] == b_block[..count], "{} differs from the input", b.display());
        if count == 0 {
            return;
        }
    }
}
