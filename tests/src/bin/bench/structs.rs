//! Structs of 20 fields and about 1 KiB, made by a source and looked at by a sink that exist twice: in
//! Java (`tests/bench/java`) and in Rust (`tests/bench/connectors`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ferry_tests::topics::TopicReader;
use ferry_tests::{Binaries, Broker, Place, SchemaRegistry, Setup, ferry_command, properties_text};
use serde_json::Value;

use crate::run::{Run, watch};
use crate::{Direction, Options, report};

/// One kind of work.
struct Work {
    name: &'static str,
    tasks: u64,
    chain: bool,
    avro: bool,
}

const WORKS: [Work; 4] = [
    Work { name: "json", tasks: 1, chain: false, avro: false },
    Work { name: "json, 3 SMTs", tasks: 1, chain: true, avro: false },
    Work { name: "json, 8 tasks", tasks: 8, chain: false, avro: false },
    Work { name: "avro", tasks: 1, chain: false, avro: true },
];

/// The Avro converter of the JVM worker: Confluent's own is in no public repository of jars, and this one was made from it.
const APICURIO: &str = "io.apicurio:apicurio-registry-utils-converter:2.6.8.Final";

/// A new field, a field less, another name, a hidden text.
const CHAIN: [(&str, &str); 9] = [
    ("transforms", "insert,replace,mask"),
    ("transforms.insert.type", "org.apache.kafka.connect.transforms.InsertField$Value"),
    ("transforms.insert.static.field", "origin"),
    ("transforms.insert.static.value", "bench"),
    ("transforms.replace.type", "org.apache.kafka.connect.transforms.ReplaceField$Value"),
    ("transforms.replace.exclude", "blob"),
    ("transforms.replace.renames", "text0:title"),
    ("transforms.mask.type", "org.apache.kafka.connect.transforms.MaskField$Value"),
    ("transforms.mask.fields", "text1"),
];

/// All runs.
pub fn runs(options: &Options) -> Vec<Value> {
    let place = Place::new("bench");
    let broker = Broker::start().expect("a broker");
    let registry = SchemaRegistry::start().expect("a schema registry");
    let bench = Bench { broker, registry, jar: place.path().join("plugins"), place, options };
    if options.wants("jvm") {
        compile(&bench.jar);
    }
    let workers = || ["jvm", "ferry"].into_iter().filter(|who| options.wants(who));
    let mut rows = Vec::new();
    for work in &WORKS {
        let mut sums = Vec::new();
        for who in workers() {
            rows.push(report::show(bench.source(work, who)));
            if work.avro {
                // The two converters name and number schemas each in its own way; the sinks read both.
                continue;
            }
            sums.push(bench.topic_sum(&topic(work, who), work.tasks));
        }
        assert!(
            sums.windows(2).all(|pair| pair[0] == pair[1]),
            "{}: the topics differ: {sums:x?}",
            work.name
        );
        // All sinks read the same topic; a chain, what no chain has changed yet.
        let from = topic(if work.chain { &WORKS[0] } else { work }, workers().next().expect("a worker"));
        let mut sums = Vec::new();
        for who in workers() {
            let (row, sum) = bench.sink(work, who, &from);
            rows.push(report::show(row));
            sums.push(sum);
        }
        assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "{}: the sums differ: {sums:?}", work.name);
    }
    rows
}

struct Bench<'a> {
    broker: Broker,
    registry: SchemaRegistry,
    place: Place,
    jar: PathBuf,
    options: &'a Options,
}

impl Bench<'_> {
    fn source(&self, work: &Work, who: &str) -> Value {
        let topic = topic(work, who);
        self.topics(&["create", &topic, "--partitions", &work.tasks.to_string()]);
        let each = (self.options.records / work.tasks).to_string();
        let total = self.options.records / work.tasks * work.tasks;
        let reader = TopicReader::new(&self.broker.bootstrap, &topic, work.tasks as i32);
        let progress = || u64::try_from(reader.count()).unwrap_or(0);
        let config = [("connector.class", "ferry.bench.StructSource"), ("topic", &topic), ("records", &each)];
        self.run(work, who, Direction::Source, &config, total, progress)
    }

    fn sink(&self, work: &Work, who: &str, from: &str) -> (Value, Vec<String>) {
        let folder = self.place.path().join(format!("{}-sums", topic(work, who)));
        std::fs::create_dir_all(&folder).expect("a folder");
        let sums = || -> Vec<String> {
            (0..work.tasks).filter_map(|n| std::fs::read_to_string(folder.join(n.to_string())).ok()).collect()
        };
        let count = |sum: &String| sum.split(' ').next().and_then(|count| count.parse::<u64>().ok());
        let progress = || sums().iter().filter_map(count).sum();
        let folder = folder.display().to_string();
        let config = [("connector.class", "ferry.bench.StructSink"), ("topics", from), ("folder", &folder)];
        let total = self.options.records / work.tasks * work.tasks;
        let row = self.run(work, who, Direction::Sink, &config, total, progress);
        (row, sums())
    }

    fn run(
        &self,
        work: &Work,
        who: &str,
        direction: Direction,
        config: &[(&str, &str)],
        total: u64,
        progress: impl Fn() -> u64,
    ) -> Value {
        let name = format!("{}-{}", topic(work, who), direction.name());
        let folder = self.place.path().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let tasks = work.tasks.to_string();
        let mut all = vec![("name", name.as_str()), ("tasks.max", &tasks)];
        all.extend(config);
        if work.chain {
            all.extend(CHAIN);
        }
        let native = self.registry.url.replace("ccompat/v7", "registry/v2");
        if work.avro {
            all.extend(avro(who, &self.registry.url, &native));
        }
        let file = folder.join("connector.properties").display().to_string();
        std::fs::write(&file, properties_text(all)).expect("the connector file");
        let plugins = match who {
            "jvm" => self.jar.display().to_string(),
            _ => format!("{},{}", self.options.connectors, Binaries::get().plugin_path.display()),
        };
        let mut setup = Setup::in_folder(&self.broker.bootstrap, &folder)
            .with("plugin.path", &plugins)
            .with("offset.flush.interval.ms", "100")
            .connector(&file);
        setup.heap = "1g".to_owned();
        let begun = Instant::now();
        let run = Run::start(who, setup);
        let watched = watch(total, progress, begun, &run);
        run.finish();
        watched.row(who, direction.name(), work.name)
    }

    /// A checksum of each partition of a topic.
    fn topic_sum(&self, topic: &str, partitions: u64) -> Vec<u64> {
        let reader = TopicReader::new(&self.broker.bootstrap, topic, partitions as i32);
        let mut sums = vec![0_u64; partitions as usize];
        for _ in 0..reader.count() {
            let record = reader.next(Duration::from_secs(30)).expect("a record");
            let sum = &mut sums[record.partition as usize];
            for word in record.value.unwrap_or_default().chunks(8) {
                let word = word.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
                *sum = (sum.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
            }
        }
        sums
    }

    fn topics(&self, arguments: &[&str]) {
        let mut all = vec!["topics"];
        all.extend(arguments);
        all.extend(["--bootstrap-server", &self.broker.bootstrap]);
        let output = ferry_command(&all).output().expect("ferry topics");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ferry {}: {said}", all.join(" "));
    }
}

fn topic(work: &Work, who: &str) -> String {
    format!("{who}-{}", work.name.replace(", ", "-").replace(' ', "-"))
}

/// The settings of a worker's Avro converter: both write a zero, the schema's id in four bytes, and Avro.
fn avro<'a>(who: &str, confluent: &'a str, native: &'a str) -> Vec<(&'static str, &'a str)> {
    match who {
        "jvm" => vec![
            ("value.converter", "io.apicurio.registry.utils.converter.AvroConverter"),
            ("value.converter.apicurio.registry.url", native),
            ("value.converter.apicurio.registry.auto-register", "true"),
            (
                "value.converter.apicurio.registry.id-handler",
                "io.apicurio.registry.serde.Legacy4ByteIdHandler",
            ),
            ("value.converter.apicurio.registry.use-id", "contentId"),
            ("value.converter.apicurio.registry.headers.enabled", "false"),
        ],
        _ => vec![
            ("value.converter", "io.confluent.connect.avro.AvroConverter"),
            ("value.converter.schema.registry.url", confluent),
        ],
    }
}

/// Compiles the Java connectors into a plugin folder, and puts the Avro converter beside them.
fn compile(into: &Path) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/java/ferry/bench");
    let classes = into.join("classes");
    let folder = into.join("ferry-bench");
    std::fs::create_dir_all(&folder).expect("a folder");
    let converter = ferry_tests::servers::run("jvm-connect.sh", &["plugin", APICURIO], &[]);
    std::os::unix::fs::symlink(converter, into.join("avro-converter")).expect("a link");
    let jars = ferry_tests::servers::run("jvm-connect.sh", &["jars"], &[]) + "/*";
    let run = |command: &mut Command| {
        let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let files = ["StructSource.java", "StructSink.java"].map(|name| sources.join(name));
    run(Command::new("javac").args(["-cp", &jars, "-d"]).arg(&classes).args(&files));
    run(Command::new("jar").arg("cf").arg(folder.join("ferry-bench.jar")).arg("-C").arg(&classes).arg("."));
    std::fs::remove_dir_all(&classes).expect("the classes are in the jar");
}
