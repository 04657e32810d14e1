//! Kills at every moment: no line that was in the file is missing at the end, in the topic and in the output.
//!
//! Delivery is at least once: a line may come twice after a kill, in blocks that begin again at an
//! earlier line, but never not at all and never torn.

mod broker;
mod points;
mod random;

use std::collections::HashSet;

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
        self.check("the output", output.lines(), Torn::Prefixes, why);
        let topic = self.bed.values(&self.topic);
        self.check("the topic", topic.iter().map(String::as_str), Torn::Never, why);
    }

    /// Every line is there, whole, and for the first time in order.
    fn check<'a>(&self, where_: &str, found: impl Iterator<Item = &'a str>, allowed: Torn, why: &str) {
        let known: HashSet<String> = (0..self.lines).map(line).collect();
        let (mut seen, mut next, mut torn, mut missing) = (HashSet::new(), 0, Vec::new(), Vec::new());
        for text in found {
            if !known.contains(text) {
                let begun = text.get(..8).and_then(|number| number.parse().ok());
                let prefix = text.len() < 8 || begun.is_some_and(|number| line(number).starts_with(text));
                if allowed == Torn::Never || !prefix {
                    torn.push(text.to_owned());
                }
            } else if seen.insert(text.to_owned()) {
                // The first time a line comes, all before it have come.
                while next < self.lines && line(next) != text {
                    missing.push(next);
                    next += 1;
                }
                next += 1;
            }
        }
        missing.retain(|number| !seen.contains(&line(*number)));
        missing.extend((0..self.lines).filter(|number| *number >= next));
        torn.truncate(5);
        missing.truncate(5);
        assert!(
            missing.is_empty(),
            "{where_} lacks lines {missing:?}… of {} (torn: {torn:?})\n{why}",
            self.lines
        );
        assert!(torn.is_empty(), "{where_} has torn lines: {torn:?}\n{why}");
    }
}

/// Whether a part of a line may stand where a line should.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Torn {
    Never,
    /// SIGKILL ends a write(2) between two pages. The sink ends such a line when it starts again and
    /// writes it once more, whole; the JVM worker appends the next line to the part.
    Prefixes,
}

/// Line `number`; of uneven lengths, so that no block of a buffer ends with a line by luck.
fn line(number: usize) -> String {
    format!("{number:08} {}", "x".repeat(number * 7 % 97))
}

/// Random numbers that a failing test can name and repeat.
struct Dice(u64);

impl Dice {
    /// From `FERRY_SEED`, else from the clock; printed, and so shown when the test fails.
    fn new() -> Self {
        let seed = std::env::var("FERRY_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(1, |d| d.as_nanos() as u64)
        });
        println!("FERRY_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

fn spawn(setup: &Setup) -> FerryWorker {
    FerryWorker::spawn(setup)
}

/// The check itself: a line that is missing, torn or late is seen; one that comes again is not a fault.
mod the_check {
    use super::{Job, Torn, line};
    use ferry_tests::Bed;

    fn of(allowed: Torn, lines: &[&str]) {
        let mut job = Job::new(Bed::embedded(), "check");
        job.append(3);
        job.check("the text", lines.iter().copied(), allowed, "");
    }

    #[test]
    fn accepts_whole_lines_in_order_and_repeats() {
        let (a, b, c) = (line(0), line(1), line(2));
        of(Torn::Never, &[&a, &b, &a, &b, &c]);
    }

    #[test]
    #[should_panic(expected = "lacks lines [1]")]
    fn sees_a_missing_line() {
        of(Torn::Never, &[&line(0), &line(2)]);
    }

    #[test]
    #[should_panic(expected = "lacks lines [2]")]
    fn sees_a_missing_end() {
        of(Torn::Never, &[&line(0), &line(1)]);
    }

    #[test]
    fn accepts_the_beginning_of_a_line_that_comes_again() {
        of(Torn::Prefixes, &[&line(0), &line(1), &line(2)[..5], &line(2)]);
    }

    #[test]
    #[should_panic(expected = "torn lines")]
    fn sees_the_end_of_a_line() {
        of(Torn::Prefixes, &[&line(0), &line(1), &line(2)[3..], &line(2)]);
    }

    #[test]
    #[should_panic(expected = "torn lines")]
    fn sees_a_torn_line() {
        of(Torn::Never, &[&line(0), &line(1), &line(1)[..5], &line(2)]);
    }
}
