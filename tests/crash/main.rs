//! Kills at every moment: no line that was in the file is missing at the end, in the topic and in the output.
//!
//! Delivery is at least once: a line may come twice after a kill, in blocks that begin again at an
//! earlier line, but never not at all and never torn. Where there is a dead letter queue the same holds for it.

mod broker;
#[path = "../faults/build.rs"]
mod build;
mod exactly_once;
mod points;
mod random;

use build::{Build, PLAIN};
use ferry_tests::lines::{Delivery, check, line};
use ferry_tests::{Bed, Binaries, FerryWorker, Place, Setup, properties_text, wait_until};

/// What happens to the lines on their way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Plain,
    /// The sink reads them as JSON, sends what is none to a dead letter queue, and has transforms.
    Checked,
    /// The sink refuses whole batches for a bad line in them.
    Divided,
}

impl Kind {
    /// What a bad line begins with.
    fn bad(self) -> &'static str {
        if self == Self::Divided { "refuse " } else { "?" }
    }
}

/// A source and a sink that survive many workers: their files, topic and settings.
struct Job {
    bed: Bed,
    place: Place,
    topic: String,
    kind: Kind,
    lines: usize,
    /// Bad lines between them.
    bad: usize,
}

impl Job {
    fn new(bed: Bed, kind: Kind, name: &str) -> Self {
        let place = Place::new(name);
        place.write("in.txt", "");
        Self { bed, place, topic: format!("crash-{name}-{}", std::process::id()), kind, lines: 0, bad: 0 }
    }

    /// The dead letter queue.
    fn refused(&self) -> String {
        format!("{}-refused", self.topic)
    }

    /// Settings with the connectors on the command line and commits all the time.
    fn setup(&self) -> Setup {
        let file = |name: &str, pairs: &[(&str, &str)]| {
            let text = properties_text(pairs.iter().copied());
            self.place.write(name, text)
        };
        let string = "org.apache.kafka.connect.storage.StringConverter";
        let (input, output) = (self.place.at("in.txt"), self.place.at("out.txt"));
        let source = file(
            "source.properties",
            &[
                ("name", "source"),
                ("connector.class", "FileStreamSource"),
                ("file", &input),
                ("topic", &self.topic),
                ("value.converter", string),
                ("batch.size", "100"),
            ],
        );
        let refused = self.refused();
        let mut sink = vec![
            ("name", "sink"),
            ("connector.class", "FileStreamSink"),
            ("file", &output),
            ("topics", &self.topic),
        ];
        let dead_letters = [
            ("errors.tolerance", "all"),
            ("errors.deadletterqueue.topic.name", refused.as_str()),
            ("errors.deadletterqueue.topic.replication.factor", "1"),
            ("errors.deadletterqueue.context.headers.enable", "true"),
        ];
        match self.kind {
            Kind::Plain => sink.push(("value.converter", string)),
            Kind::Divided => {
                sink[1].1 = "faults.Picky";
                sink.push(("value.converter", string));
                sink.extend(dead_letters);
            }
            Kind::Checked => sink.extend(dead_letters.into_iter().chain([
                ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
                ("value.converter.schemas.enable", "false"),
                ("transforms", "wrap,unwrap"),
                ("transforms.wrap.type", "org.apache.kafka.connect.transforms.HoistField$Value"),
                ("transforms.wrap.field", "line"),
                ("transforms.unwrap.type", "org.apache.kafka.connect.transforms.ExtractField$Value"),
                ("transforms.unwrap.field", "line"),
            ])),
        }
        let sink = file("sink.properties", &sink);
        let setup = Setup::standalone(&self.bed.bootstrap(), &self.place);
        let setup = match self.kind {
            Kind::Divided => {
                setup.with("plugin.path", &self.plugins()).env("XDG_CACHE_HOME", &self.place.at("cache"))
            }
            _ => setup,
        };
        setup
            .with("offset.flush.interval.ms", "5")
            // A killed consumer stays in its group for this long; the shortest that a broker allows.
            .with("consumer.session.timeout.ms", "6000")
            .connector(&source)
            .connector(&sink)
    }

    /// A `plugin.path` with the picky sink beside the plugins of the workspace.
    fn plugins(&self) -> String {
        let own = self.place.at("plugins");
        if std::fs::create_dir(&own).is_ok() {
            let built = Build { name: "picky", only: &["picky"], ..PLAIN }.run();
            std::fs::copy(built.join("libpicky.so"), format!("{own}/libpicky.so")).expect("copied");
        }
        format!("{},{own}", Binaries::get().plugin_path.display())
    }

    /// Appends so many lines to the input; the number of bytes that come out for them at least.
    fn append(&mut self, count: usize) -> u64 {
        let (mut text, mut bytes) = (String::new(), 0);
        for number in self.lines..self.lines + count {
            let line_text = line(number);
            bytes += line_text.len() as u64 + 1;
            match self.kind {
                Kind::Checked => text += &format!("\"{line_text}\"\n"),
                Kind::Plain | Kind::Divided => text += &format!("{line_text}\n"),
            }
            if self.kind != Kind::Plain && number % 5 == 0 {
                text += &format!("{}{}\n", self.kind.bad(), line(self.bad));
                self.bad += 1;
            }
        }
        self.place.append("in.txt", text);
        self.lines += count;
        bytes
    }

    fn output_len(&self) -> u64 {
        std::fs::metadata(self.place.at("out.txt")).map_or(0, |m| m.len())
    }

    /// Runs a worker in peace until the last line is in the output, stops it, and checks everything.
    fn finish(mut self, why: &str) {
        // A last line after the last crash: when it is there, everything before it has been tried.
        self.append(1);
        let last = line(self.lines - 1);
        let mut worker = FerryWorker::start(&self.setup());
        wait_until(ferry_tests::LONG, "the last line is in the output", || {
            self.place.read("out.txt").ends_with(format!("{last}\n").as_bytes())
        });
        let status = worker.terminate();
        assert!(status.success(), "{status}\n{why}");
        let output = String::from_utf8(self.place.read("out.txt")).expect("text");
        check("the output", self.lines, output.lines(), Delivery::AtLeastOnceInFile, why);
        let topic = self.bed.values(&self.topic);
        let (good, bad): (Vec<&str>, Vec<&str>) = topic
            .iter()
            .map(String::as_str)
            .partition(|text| self.kind == Kind::Plain || !text.starts_with(self.kind.bad()));
        let good = good.into_iter().map(|text| text.trim_matches('"'));
        check("the topic", self.lines, good, Delivery::AtLeastOnce, why);
        if self.kind != Kind::Plain {
            let start = self.kind.bad();
            let bad = bad.into_iter().map(|text| text.trim_start_matches(start));
            check("the topic, of bad lines", self.bad, bad, Delivery::AtLeastOnce, why);
            let refused = self.bed.values(&self.refused());
            let refused = refused.iter().map(|text| text.trim_start_matches(start));
            check("the dead letter queue", self.bad, refused, Delivery::AtLeastOnce, why);
        }
    }
}

fn spawn(setup: &Setup) -> FerryWorker {
    FerryWorker::spawn(setup)
}
