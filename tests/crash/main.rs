//! Kills at every moment: no line that was in the file is missing at the end, in the topic and in the output.
//!
//! Delivery is at least once: a line may come twice after a kill, in blocks that begin again at an
//! earlier line, but never not at all and never torn.

mod broker;
mod exactly_once;
mod points;
mod random;

use ferry_tests::lines::{Delivery, check, line};
use ferry_tests::{Bed, FerryWorker, Place, Setup, properties_text, wait_until};

/// A source and a sink that survive many workers: their files, topic and settings.
struct Job {
    bed: Bed,
    place: Place,
    topic: String,
    lines: usize,
}

impl Job {
    fn new(bed: Bed, name: &str) -> Self {
        let place = Place::new(name);
        place.write("in.txt", "");
        Self { bed, place, topic: format!("crash-{name}-{}", std::process::id()), lines: 0 }
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
        let sink = file(
            "sink.properties",
            &[
                ("name", "sink"),
                ("connector.class", "FileStreamSink"),
                ("file", &output),
                ("topics", &self.topic),
                ("value.converter", string),
            ],
        );
        Setup::standalone(&self.bed.bootstrap(), &self.place)
            .with("offset.flush.interval.ms", "5")
            // A killed consumer stays in its group for this long; the shortest that a broker allows.
            .with("consumer.session.timeout.ms", "6000")
            .connector(&source)
            .connector(&sink)
    }

    /// Appends so many lines to the input; the number of bytes they take.
    fn append(&mut self, count: usize) -> u64 {
        let text: String = (self.lines..self.lines + count).map(|i| line(i) + "\n").collect();
        let bytes = text.len() as u64;
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
        check("the topic", self.lines, topic.iter().map(String::as_str), Delivery::AtLeastOnce, why);
    }
}

fn spawn(setup: &Setup) -> FerryWorker {
    FerryWorker::spawn(setup)
}
