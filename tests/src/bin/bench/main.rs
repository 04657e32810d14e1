//! Measures the raw client, the JVM worker and Ferry in turn on one broker.
//!
//! Each run is a fresh process with the connector on its command line, watched from outside in the same
//! way: progress by the topic's high watermarks or by what the sink wrote, cost from `/proc`. Rate and
//! CPU are taken from the first progress seen to 99 % of the records, so that neither a start nor the
//! wait for a last flush counts; starts have columns of their own.

mod control;
mod file;
mod report;
mod run;
mod structs;

use std::path::PathBuf;

use serde_json::json;

/// What is asked for on the command line.
pub struct Options {
    what: String,
    records: u64,
    only: Vec<String>,
    null: bool,
    connectors: String,
    /// Idle connectors of Ferry and of the JVM worker.
    counts: Vec<usize>,
    jvm_counts: Vec<usize>,
    result: PathBuf,
}

impl Options {
    fn parse() -> Self {
        let mut words = std::env::args().skip(1);
        let mut options = Self {
            what: words.next().expect("file, structs or control"),
            records: 0,
            only: Vec::new(),
            null: false,
            connectors: String::new(),
            counts: Vec::new(),
            jvm_counts: Vec::new(),
            result: PathBuf::from("bench.json"),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--records" => options.records = value().parse().expect("a number of records"),
                "--only" => options.only = value().split(',').map(str::to_owned).collect(),
                "--connectors" => options.connectors = value(),
                "--counts" => options.counts = numbers(&value()),
                "--jvm-counts" => options.jvm_counts = numbers(&value()),
                "--result" => options.result = value().into(),
                "--null" => options.null = true,
                other => panic!("unknown option {other}"),
            }
        }
        options
    }

    fn wants(&self, who: &str) -> bool {
        self.only.iter().any(|w| w == who)
    }
}

fn numbers(text: &str) -> Vec<usize> {
    text.split(',').map(|number| number.trim().parse().expect("numbers, separated by commas")).collect()
}

/// Which way records go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Into a topic.
    Source,
    /// Out of one.
    Sink,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

fn main() {
    let options = Options::parse();
    let rows = match options.what.as_str() {
        "file" => file::runs(&options),
        "structs" => structs::runs(&options),
        "control" => control::runs(&options),
        other => panic!("there is no measurement {other}"),
    };
    let (table, ratios) = match options.what.as_str() {
        "control" => (control::table(&rows), control::ratios(&rows)),
        _ => (report::table(&rows), report::ratios(&rows)),
    };
    println!("\n{table}\n{ratios}");
    if let Some(folder) = options.result.parent() {
        std::fs::create_dir_all(folder).expect("a folder for the result");
    }
    let result = json!({"what": options.what, "records": options.records, "runs": rows});
    std::fs::write(&options.result, format!("{result:#}\n")).expect("the result is written");
    println!("written to {}", options.result.display());
}
