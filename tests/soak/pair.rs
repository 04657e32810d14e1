//! A source and a sink on a topic of their own, and what is done to them.

use std::sync::atomic::{AtomicU32, Ordering};

use ferry_tests::lines::{Delivery, check, line, text};
use ferry_tests::{Bed, Dice, LONG, Place, Request, Rest, wait_until};
use serde_json::{Value, json};

/// What a connector of a pair was last asked to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Run,
    Pause,
    Stop,
}

/// File → topic → file.
pub struct Pair {
    rest: Rest,
    input: String,
    output: String,
    topic: String,
    /// The names of the source and the sink, and what they should do.
    connectors: [(String, Wish); 2],
    lines: usize,
}

impl Pair {
    /// Creates both connectors, on a topic and on files that no pair had before.
    pub fn create(rest: &Rest, place: &Place, name: &str) -> Self {
        static LIVES: AtomicU32 = AtomicU32::new(0);
        let life = LIVES.fetch_add(1, Ordering::Relaxed);
        // The names stay, so that what is kept by name must be given up when a connector is deleted; but
        // offsets stay, too, as in Connect: so does not the file.
        let pair = Self {
            rest: rest.clone(),
            input: place.write(&format!("in-{life}.txt"), ""),
            output: place.at(&format!("out-{life}.txt")),
            topic: format!("soak-{}-{life}", std::process::id()),
            connectors: [(format!("{name}-source"), Wish::Run), (format!("{name}-sink"), Wish::Run)],
            lines: 0,
        };
        rest.create(&pair.connectors[0].0, pair.source(100));
        rest.create(&pair.connectors[1].0, pair.sink("any"));
        pair
    }

    fn source(&self, batch: u64) -> Value {
        json!({"connector.class": "FileStreamSource", "file": self.input, "topic": self.topic,
            "batch.size": batch.to_string(),
            "transforms": "route", "transforms.route.type": "RegexRouter",
            "transforms.route.regex": "(.*)", "transforms.route.replacement": "$1"})
    }

    fn sink(&self, note: &str) -> Value {
        json!({"connector.class": "FileStreamSink", "file": self.output, "topics": self.topic, "note": note})
    }

    /// Appends lines to the input.
    pub fn append(&mut self, count: usize) {
        let text = text(self.lines..self.lines + count);
        let mut file = std::fs::OpenOptions::new().append(true).open(&self.input).expect("the input");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("the input is written");
        self.lines += count;
    }

    /// The lines so far.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Waits until the last line is in the output.
    pub fn wait_all(&self) {
        let end = self.lines.checked_sub(1).map(|last| line(last) + "\n").unwrap_or_default();
        wait_until(LONG, &format!("{} has line {}", self.output, self.lines), || {
            tail(&self.output, end.len()) == end.as_bytes()
        });
    }

    /// Does one thing to one of the two.
    pub fn disturb(&mut self, dice: &mut Dice) {
        let index = dice.below(2) as usize;
        let (name, wish) = self.connectors[index].clone();
        let path = format!("/connectors/{name}");
        match dice.below(7) {
            0 if wish != Wish::Pause => self.wish(index, Wish::Pause),
            1 if wish != Wish::Stop => self.wish(index, Wish::Stop),
            0..=2 => self.wish(index, Wish::Run),
            // A stopped connector has no task that could be restarted, nor one that was paused after that.
            3 if wish == Wish::Run => {
                // A resumed one has it soon.
                wait_until(LONG, &format!("{name} has a task"), || {
                    self.rest.get(&format!("{path}/tasks")).json().as_array().is_some_and(|t| t.len() == 1)
                });
                self.post(&format!("{path}/tasks/0/restart"), 204);
            }
            4 => self.post(&format!("{path}/restart"), 204),
            5 => self.post(&format!("{path}/restart?includeTasks=true"), 202),
            _ => {
                let config = match index {
                    // With exactly-once each of these is a transaction.
                    0 => self.source(20 + dice.below(200)),
                    _ => self.sink(&dice.below(1000).to_string()),
                };
                let request = Request::new("PUT", &format!("{path}/config")).json(&config.to_string());
                let _ = self.rest.send(&request).expect(200);
            }
        }
    }

    fn post(&self, path: &str, status: u16) {
        let _ = self.rest.send(&Request::new("POST", path)).expect(status);
    }

    fn wish(&mut self, index: usize, wish: Wish) {
        let (word, status) = match wish {
            Wish::Run => ("resume", 202),
            Wish::Pause => ("pause", 202),
            Wish::Stop => ("stop", 204),
        };
        let path = format!("/connectors/{}/{word}", self.connectors[index].0);
        let _ = self.rest.put(&path).expect(status);
        self.connectors[index].1 = wish;
    }

    /// Lets everything arrive, checks that it did as promised, and deletes the connectors.
    pub fn end(mut self, bed: &Bed, promise: Delivery) {
        for index in 0..2 {
            self.wish(index, Wish::Run);
        }
        self.append(1);
        self.wait_all();
        let output = std::fs::read_to_string(&self.output).expect("text");
        check(&self.output, self.lines, output.lines(), Delivery::AtLeastOnce, "");
        // The embedded log belongs to the worker while it runs.
        if matches!(bed, Bed::Broker(_)) {
            let values = bed.committed(&self.topic);
            check(&self.topic, self.lines, values.iter().map(String::as_str), promise, "");
        }
        for (name, _) in &self.connectors {
            let _ = self.rest.delete(&format!("/connectors/{name}")).expect(204);
        }
        let _ = std::fs::remove_file(&self.input);
        let _ = std::fs::remove_file(&self.output);
    }
}

/// The last bytes of a file; fewer when it has no more.
fn tail(path: &str, length: usize) -> Vec<u8> {
    use std::io::{Read, Seek, SeekFrom};
    let Ok(mut file) = std::fs::File::open(path) else { return Vec::new() };
    let size = file.metadata().map_or(0, |m| m.len());
    let mut bytes = Vec::new();
    let _ = file.seek(SeekFrom::Start(size.saturating_sub(length as u64)));
    let _ = file.read_to_end(&mut bytes);
    bytes
}
