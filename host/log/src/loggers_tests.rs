//! Names, levels and what changes with them; then what is written.

use std::io::Write;
use std::sync::Mutex;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use super::*;
use crate::{Filter, Json, Text};

fn started(directives: &str) -> Loggers {
    let (initial, refused) = Initial::parse(directives);
    assert_eq!(refused, [""; 0]);
    Loggers::new(initial)
}

fn level(loggers: &Loggers, name: &str) -> Option<&'static str> {
    loggers.level(name).map(|shown| shown.level.name())
}

/// The names of this test, not the table's.
fn made(loggers: &Loggers) -> Vec<(String, &'static str)> {
    let all = loggers.levels().into_iter().filter(|(name, _)| !name.starts_with("org."));
    all.map(|(name, shown)| (name, shown.level.name())).collect()
}

fn pairs<'a>(made: &'a [(String, &'static str)]) -> Vec<(&'a str, &'static str)> {
    made.iter().map(|(name, level)| (name.as_str(), *level)).collect()
}

/// Step for step what the JVM worker answers.
#[test]
fn levels_are_set_as_in_the_jvm() {
    let loggers = started("info");
    let table = ["fjall", "librdkafka"];
    assert!(
        table.iter().all(|name| loggers.level(name).is_none()),
        "a logger is there once somebody asks for it"
    );
    assert_eq!(loggers.set_level("made.up", Level::Debug), ["made.up"]);
    assert_eq!(loggers.set_level("made.up", Level::Debug), [""; 0]);
    assert_eq!(level(&loggers, "made"), None);
    assert_eq!(loggers.set_level("made.up.child", Level::Warn), ["made.up.child"]);
    assert_eq!(loggers.set_level("made.up.other", Level::Debug), [""; 0], "it was that already");
    let all = ["made.u", "made.up", "made.up.child", "made.up.other"];
    assert_eq!(loggers.set_level("made.u", Level::Error), all, "names begin so, dot or not");
    assert_eq!(loggers.set_level("made.up.child", Level::Off), ["made.up.child"]);
    assert_eq!(loggers.set_level("made.up.child", Level::Off), ["made.up.child"], "off counts as changed");
    assert_eq!(level(&loggers, "made.up.child"), Some("OFF"));
    let found = made(&loggers);
    let expected = [("made.u", "ERROR"), ("made.up", "ERROR"), ("made.up.other", "ERROR"), ("root", "INFO")];
    assert_eq!(pairs(&found), expected, "what is off is left out");
}

#[test]
fn a_level_holds_for_all_below_and_the_roots_for_all() {
    let loggers = started("info");
    let sink = "org.apache.kafka.connect.runtime.WorkerSinkTask";
    assert_eq!(level(&loggers, sink), Some("INFO"));
    let changed = loggers.set_level("org.apache.kafka.connect.runtime", Level::Debug);
    assert!(changed.iter().any(|name| name == sink), "{changed:?}");
    assert_eq!((level(&loggers, sink), level(&loggers, "root")), (Some("DEBUG"), Some("INFO")));
    let before = loggers.level(sink).and_then(|shown| shown.last_modified);
    assert!(before.is_some() && loggers.level("root").expect("a root").last_modified.is_none());
    let changed = loggers.set_level("ROOT", Level::All);
    assert!(changed.contains(&"root".to_owned()) && changed.contains(&sink.to_owned()), "{changed:?}");
    assert_eq!((level(&loggers, sink), level(&loggers, "Root")), (Some("ALL"), Some("ALL")));
    loggers.set_level("root", Level::Off);
    assert_eq!(loggers.levels(), BTreeMap::new());
}

#[test]
fn loggers_start_with_what_their_modules_were_given() {
    let loggers = started("warn,ferry_runtime::sink=trace,fjall=error,org.example=debug");
    let found =
        ["root", "org.apache.kafka.connect.runtime.WorkerSinkTask", "org.example", "org.apache.kafka"]
            .map(|name| level(&loggers, name));
    assert_eq!(found, [Some("WARN"), Some("TRACE"), Some("DEBUG"), None]);
    assert_eq!(loggers.logger("org.example.Own").level.load(Ordering::Relaxed), number(LevelFilter::DEBUG));
}

#[test]
fn dots_in_the_name_of_a_connector_mean_nothing() {
    let loggers = started("info");
    let (dotted, plain) = (loggers.context("a.b", Some(0)), loggers.context("a", None));
    assert_eq!(loggers.set_level("connector.a", Level::Debug), ["connector.a"]);
    let of = |context: &Context| {
        let _entered = context.enter();
        context::level()
    };
    assert_eq!((of(&dotted), of(&plain)), (None, Some(LevelFilter::DEBUG)));
    assert_eq!(loggers.set_level("connector.a.b", Level::Error), ["connector.a.b", "connector.a.b.task.0"]);
    assert_eq!((of(&dotted), of(&plain)), (Some(LevelFilter::ERROR), Some(LevelFilter::DEBUG)));
    loggers.set_level("connector.a.b.task.0", Level::Trace);
    assert_eq!(of(&dotted), Some(LevelFilter::TRACE));
    loggers.set_level("root", Level::Info);
    assert_eq!((of(&dotted), of(&plain)), (None, None), "they go by the loggers again");
    drop((dotted, plain));
    let left = made(&loggers);
    assert_eq!(
        pairs(&left),
        [
            ("connector.a", "INFO"),
            ("connector.a.b", "INFO"),
            ("connector.a.b.task.0", "INFO"),
            ("root", "INFO")
        ]
    );
}

/// Where lines go.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// What was written since, without times.
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("no panic"));
        let text = String::from_utf8(bytes).expect("text");
        text.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest).to_owned()).collect()
    }
}

fn logging(loggers: &'static Loggers, act: impl FnOnce(&Lines)) {
    let lines = Lines::default();
    let out = lines.clone();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).event_format(Text);
    let layer = layer.with_writer(move || out.clone());
    let subscriber = Registry::default().with(Filter(loggers)).with(layer);
    tracing::subscriber::with_default(subscriber, || act(&lines));
}

/// The same two places in the code each time: what they remember must follow the levels.
fn say() {
    tracing::info!(target: "ferry_runtime::sink::task", n = 1, "told");
    tracing::debug!(target: "ferry_runtime::sink::task", text = "a b", shown = %"c d", "traced");
}

#[test]
fn a_changed_level_counts_at_once_and_for_one_connector_only() {
    let loggers: &'static Loggers = Box::leak(Box::new(started("info")));
    logging(loggers, |lines| {
        let (one, two) = (loggers.context("one", Some(0)), loggers.context("two", None));
        let both = || {
            {
                let _entered = one.enter();
                say();
            }
            let _entered = two.enter();
            say();
        };
        let sink = "org.apache.kafka.connect.runtime.WorkerSinkTask";
        let info = |context: &str| format!(" INFO [{context}] {sink}: told n=1");
        let debug = |context: &str| format!("DEBUG [{context}] {sink}: traced text=\"a b\" shown=c d");
        both();
        assert_eq!(lines.take(), [info("one|task-0"), info("two|worker")]);
        loggers.set_level("connector.one", Level::Debug);
        both();
        assert_eq!(lines.take(), [info("one|task-0"), debug("one|task-0"), info("two|worker")]);
        loggers.set_level("org.apache.kafka.connect.runtime", Level::Off);
        both();
        assert_eq!(lines.take(), [info("one|task-0"), debug("one|task-0")]);
        loggers.set_level("connector.one.task.0", Level::Error);
        both();
        assert_eq!(lines.take(), [""; 0]);
        loggers.set_level("root", Level::Debug);
        say();
        assert_eq!(
            lines.take(),
            [format!(" INFO {sink}: told n=1"), format!("DEBUG {sink}: traced text=\"a b\" shown=c d")]
        );
    });
}

#[test]
fn plugins_name_their_loggers_themselves() {
    let loggers: &'static Loggers = Box::leak(Box::new(started("info")));
    logging(loggers, |lines| {
        let logger = loggers.logger("org.example.Task");
        logger.log(tracing::Level::DEBUG, "no");
        logger.log(tracing::Level::WARN, "yes");
        loggers.set_level("org.example", Level::Debug);
        logger.log(tracing::Level::DEBUG, "now");
        let context = loggers.context("c", Some(1));
        let _entered = context.enter();
        loggers.set_level("connector.c", Level::Error);
        logger.log(tracing::Level::WARN, "not in this name");
        let expected = [" WARN org.example.Task: yes", "DEBUG org.example.Task: now"];
        assert_eq!(lines.take(), expected);
        assert_eq!(level(loggers, "org.example.Task"), Some("DEBUG"));
    });
}

#[test]
fn lines_of_json_have_the_logger_and_the_task() {
    let loggers: &'static Loggers = Box::leak(Box::new(started("info")));
    let lines = Lines::default();
    let out = lines.clone();
    let layer = tracing_subscriber::fmt::layer().event_format(Json).with_writer(move || out.clone()).boxed();
    let subscriber = Registry::default().with(Filter(loggers)).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let context = loggers.context("c", Some(2));
        let _entered = context.enter();
        tracing::warn!(target: "ferry_runtime::source::task", n = -1, good = true, error = %"no", "said");
    });
    let bytes = lines.0.lock().expect("no panic").clone();
    let mut line: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert!(line["timestamp"].take().as_str().is_some_and(|time| time.ends_with('Z')));
    let expected = serde_json::json!({
        "timestamp": null,
        "level": "WARN",
        "logger": "org.apache.kafka.connect.runtime.WorkerSourceTask",
        "connector": "c",
        "task": 2,
        "fields": {"message": "said", "n": -1, "good": true, "error": "no"},
    });
    assert_eq!(line, expected);
}
