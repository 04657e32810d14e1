//! What a worker costs that does nothing, how fast it answers then, and how fast it starts with many plugins.

mod idle;
mod latency;
mod startup;

use ferry_tests::{Broker, Place};
use serde_json::Value;

use crate::{Direction, Options, report};

/// Plugins in `plugin.path`.
const PLUGINS: [usize; 3] = [1, 10, 100];

/// All runs.
pub fn runs(options: &Options) -> Vec<Value> {
    let place = Place::new("bench");
    let mut rows = Vec::new();
    if options.wants("ferry") {
        rows.extend(PLUGINS.map(|plugins| report::show(startup::start(&place, plugins))));
    }
    let broker = Broker::start().expect("a broker");
    for direction in [Direction::Source, Direction::Sink] {
        for (who, counts) in [("jvm", &options.jvm_counts), ("ferry", &options.counts)] {
            for count in counts.iter().copied().filter(|_| options.wants(who)) {
                rows.push(report::show(idle::Idle { who, direction, count }.run(&broker, &place)));
            }
        }
    }
    rows
}

/// The rows as tables.
pub fn table(rows: &[Value]) -> String {
    let idle = [
        ("who", "who"),
        ("direction", "direction"),
        ("connectors", "connectors"),
        ("rss_mib", "RSS MiB"),
        ("peak_mib", "peak MiB"),
        ("kib_per_connector", "KiB each"),
        ("threads", "threads"),
        ("cpu_percent", "CPU %"),
        ("created_s", "created s"),
        ("created_cpu_s", "CPU s"),
    ];
    let latency = [
        ("who", "who"),
        ("direction", "direction"),
        ("connectors", "connectors"),
        ("list", "list ms"),
        ("expanded", "expand ms"),
        ("status", "status ms"),
        ("pause", "pause ms"),
        ("resume", "resume ms"),
    ];
    let start = [
        ("plugins", "plugins"),
        ("cold_ms", "cold ms"),
        ("warm_ms", "warm ms"),
        ("warm_list_ms", "listed ms"),
        ("warm_mib", "MiB"),
    ];
    let of = |key: &str| rows.iter().filter(|row| !row[key].is_null()).cloned().collect::<Vec<_>>();
    let (idling, starts) = (of("connectors"), of("plugins"));
    let answers: Vec<Value> = idling
        .iter()
        .map(|row| {
            let mut answers = row["p99_ms"].clone();
            for key in ["who", "direction", "connectors"] {
                answers[key] = row[key].clone();
            }
            answers
        })
        .collect();
    [
        "Idle:".to_owned(),
        report::columns(&idle, &idling),
        "REST, 99 of 100 answers within:".to_owned(),
        report::columns(&latency, &answers),
        "Start:".to_owned(),
        report::columns(&start, &starts),
    ]
    .join("\n")
}

/// Each of Ferry's against the JVM worker's largest of the same direction, per connector.
pub fn ratios(rows: &[Value]) -> String {
    let mut text = String::new();
    for row in rows.iter().filter(|row| row["who"] == "ferry" && !row["connectors"].is_null()) {
        let other = rows.iter().rfind(|r| r["who"] == "jvm" && r["direction"] == row["direction"]);
        let each = |row: &Value, key: &str| Some(row[key].as_f64()? / row["connectors"].as_f64()?);
        let Some(other) = other else { continue };
        let of = |key: &str| Some(each(row, key)? / each(other, key)?);
        if let (Some(memory), Some(threads), Some(cpu)) = (of("rss_mib"), of("threads"), of("cpu_percent")) {
            text.push_str(&format!(
                "{} {}: per connector 1/{:.0} of the JVM worker's memory, 1/{:.1} of its threads and 1/{:.1} of its CPU\n",
                row["connectors"],
                row["direction"],
                1.0 / memory,
                1.0 / threads,
                1.0 / cpu
            ));
        }
    }
    text
}
