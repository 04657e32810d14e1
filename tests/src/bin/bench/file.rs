//! Lines from a file into a topic, and from the topic into a file.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use ferry_tests::topics::TopicReader;
use ferry_tests::{Broker, Place, Setup, offsets_file, properties_text};
use serde_json::Value;

use crate::run::{Run, idle, watch};
use crate::{Direction, Options, report};

/// Bytes of a line, without its end.
pub const LINE: u64 = 100;

/// All runs with a broker.
pub fn runs(options: &Options) -> Vec<Value> {
    let place = Place::new("bench");
    let input = place.at("in.txt");
    write_input(&input, options.records);
    let mut rows = Vec::new();
    if options.null {
        for converter in [Converter::String, Converter::Json] {
            rows.push(report::show(null(&place, &input, converter, options.records)));
        }
        return rows;
    }
    let broker = Broker::start().expect("a broker");
    for converter in [Converter::String, Converter::Json] {
        for direction in [Direction::Source, Direction::Sink] {
            for who in ["raw", "jvm", "ferry"] {
                // The topics of the raw client are what the sinks read.
                let needed = who == "raw" && direction == Direction::Source;
                if needed || options.wants(who) {
                    let job = Job { who, direction, converter, lines: options.records, input: input.clone() };
                    rows.push(report::show(job.run(&broker, &place)));
                }
            }
        }
    }
    for who in ["jvm", "ferry"] {
        if options.wants(who) {
            rows.push(report::show(idle(who, &broker, &place)));
        }
    }
    rows
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
        let direction = self.direction.name();
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
