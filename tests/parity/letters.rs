//! Dead letters: what bad records look like in the queue, with every header, and what becomes of the task.

use ferry_tests::topics::{self, TopicReader, TopicRecord, show};
use ferry_tests::{Broker, LONG, Place, Rest, Setup, create_topic, wait_for};
use serde_json::{Value, json};

use crate::{Kind, compare, foreign, golden, run_name};

#[test]
fn the_jvm_writes_dead_letters_as_recorded() {
    compare(Kind::Jvm, "letters", observe);
}

#[test]
fn ferry_writes_dead_letters_like_the_jvm() {
    compare(Kind::Ferry, "letters", observe);
}

/// Records, what is configured, and how many of them end in the queue. The last record ends the case, unless
/// the task fails before.
struct Case {
    name: &'static str,
    records: Vec<TopicRecord>,
    config: Value,
    letters: usize,
    /// `max.message.bytes` of the queue, which is there before the worker asks for it.
    limit: Option<u32>,
    /// The task fails after all is written: its failure is waited for.
    fails_late: bool,
}

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const END: &str = "THE END";

fn headed(value: &str) -> TopicRecord {
    TopicRecord {
        key: Some(b"the key".to_vec()),
        headers: vec![
            ("h".into(), Some(b"1".to_vec())),
            ("n".into(), None),
            ("h".into(), Some(b"\xff".to_vec())),
        ],
        ..TopicRecord::value(value)
    }
}

fn case(name: &'static str, records: Vec<TopicRecord>, config: Value, letters: usize) -> Case {
    Case { name, records, config, letters, limit: None, fails_late: false }
}

/// A case whose letters are larger than the broker takes: refused when the worker has long gone on.
fn refused(name: &'static str, records: Vec<TopicRecord>, config: Value, letters: usize) -> Case {
    Case { limit: Some(60_000), ..case(name, records, config, letters) }
}

fn large(start: &str) -> String {
    format!("{start}{}", "x".repeat(100_000))
}

fn with(mut config: Value, more: Value) -> Value {
    for (key, value) in more.as_object().expect("settings") {
        config[key] = value.clone();
    }
    config
}

fn cases() -> Vec<Case> {
    let value = |value: &str| TopicRecord::value(value);
    let strings =
        || json!({"connector.class": "FileStreamSink", "key.converter": STRING, "value.converter": STRING});
    let bare = || {
        json!({"connector.class": "FileStreamSink", "key.converter": STRING, "value.converter": JSON,
            "value.converter.schemas.enable": "false"})
    };
    let json_end = || value(r#""THE END""#);
    let picky =
        || json!({"connector.class": "faults.Picky", "key.converter": STRING, "value.converter": STRING});
    let insert = json!({"transforms": "i", "transforms.i.static.field": "f", "transforms.i.static.value": "v",
        "transforms.i.type": "org.apache.kafka.connect.transforms.InsertField$Value"});
    let intolerant = json!({"errors.tolerance": "none"});
    let key_json = json!({"key.converter": JSON, "key.converter.schemas.enable": "false"});
    let mut bad_key = value("good value");
    bad_key.key = Some(b"{".to_vec());
    let null_key = TopicRecord { key: Some(b"k".to_vec()), ..TopicRecord::default() };
    let integers = json!({"header.converter": "org.apache.kafka.connect.converters.IntegerConverter"});
    let mut bad_header = value("with a header");
    bad_header.headers = vec![("h".into(), Some(b"abc".to_vec()))];
    vec![
        case("json that is none", vec![headed("{"), value("1"), value("[1,"), json_end()], bare(), 2),
        case(
            "without context",
            vec![headed("{"), json_end()],
            with(bare(), json!({"errors.deadletterqueue.context.headers.enable": "false"})),
            1,
        ),
        case("a key that is none", vec![bad_key, value(END)], with(strings(), key_json), 1),
        case("a header that is none", vec![bad_header, value(END)], with(strings(), integers), 1),
        case(
            "no envelope",
            vec![value(r#"{"a":1}"#), value(r#"{"schema":{"type":"string"},"payload":"THE END"}"#)],
            json!({"connector.class": "FileStreamSink", "key.converter": STRING, "value.converter": JSON}),
            1,
        ),
        case(
            "a transform that fails",
            vec![headed("[1]"), null_key, value(r#"{"a":1}"#), value(r#"{"a":"THE END"}"#)],
            with(bare(), insert.clone()),
            1,
        ),
        case(
            "a transform that fails for texts",
            vec![headed("no map"), TopicRecord::default()],
            with(strings(), with(insert, intolerant.clone())),
            1,
        ),
        case("intolerant", vec![headed("{"), json_end()], with(bare(), intolerant.clone()), 1),
        case("reported", vec![value("one"), headed("report 1"), value("report 2"), value(END)], picky(), 2),
        case("made by the task", vec![value("made"), value(END)], picky(), 1),
        case(
            "reported, intolerant",
            vec![headed("report"), value(END)],
            with(picky(), intolerant.clone()),
            1,
        ),
        case("swallowed, intolerant", vec![headed("swallow"), value(END)], with(picky(), intolerant), 1),
        case(
            "refused as a whole",
            vec![value("refuse"), value(END)],
            with(picky(), json!({"ferry.errors.put.bisect": "false"})),
            0,
        ),
        refused("a large letter", vec![value(&large("{")), value("{"), json_end()], bare(), 1),
        Case {
            fails_late: true,
            ..refused("a large report", vec![value("one"), value(&large("report ")), value(END)], picky(), 0)
        },
    ]
}

/// A worker that knows the file sink and the picky sink, each in its own language.
fn setup(kind: Kind, broker: &Broker, place: &Place) -> Setup {
    let setup = Setup::standalone(&broker.bootstrap, place)
        .with("header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter")
        .env("XDG_CACHE_HOME", &place.at("cache"));
    let plugins = foreign::install(kind, place, "faults/Picky.java", &["picky"]);
    let others = match kind {
        Kind::Jvm => place.at("jvm/plugins"),
        Kind::Ferry => std::env::var("FERRY_PLUGIN_PATH").expect("FERRY_PLUGIN_PATH"),
    };
    setup.with("plugin.path", &format!("{others},{plugins}"))
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("letters-{}", kind.name()));
    let run = run_name(kind, "letters");
    let mut worker = kind.start(&setup(kind, broker, &place));
    let observed: Vec<(String, Value)> = std::thread::scope(|scope| {
        let (rest, place, run) = (worker.rest(), &place, &run);
        let observe = |(number, case): (usize, Case)| {
            scope.spawn(move || (case.name.to_owned(), run_case(&case, number, rest, place, run, broker)))
        };
        let threads: Vec<_> = cases().into_iter().enumerate().map(observe).collect();
        threads.into_iter().map(|thread| thread.join().expect("the case ran")).collect()
    });
    worker.stop();
    Value::Object(observed.into_iter().collect())
}

fn run_case(case: &Case, number: usize, rest: &Rest, place: &Place, run: &str, broker: &Broker) -> Value {
    let (file, topic, name) =
        (format!("out-{number}.txt"), format!("{run}-{number}"), format!("case-{number}"));
    let queue = format!("{topic}-dead");
    if let Some(limit) = case.limit {
        create_topic(&broker.bootstrap, &queue, &[&format!("max.message.bytes={limit}")]);
    }
    topics::write(&broker.bootstrap, &topic, &case.records);
    let common = json!({"file": place.write(&file, ""), "topics": topic, "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": queue,
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true"});
    rest.create(&name, with(common, case.config.clone()));
    let path = format!("/connectors/{name}/status");
    let text = || String::from_utf8_lossy(&place.read(&file)).into_owned();
    let failure = wait_for(LONG, &format!("{} has FAILED or written all", case.name), || {
        let status = rest.get(&path).json();
        if status["tasks"][0]["state"] == "FAILED" {
            return Some(status["tasks"][0]["trace"].as_str().map(golden::without_frames));
        }
        let committed = || topics::committed(&broker.bootstrap, &format!("connect-{name}"), &topic);
        let all = i64::try_from(case.records.len()).ok();
        (!case.fails_late && text().contains(END) && committed() == all).then_some(None)
    });
    let committed = topics::committed(&broker.bootstrap, &format!("connect-{name}"), &topic);
    // How far it came before its failure is chance; that the letter is not left behind is not.
    let committed = match case.fails_late {
        true => json!({"the letter too": committed.is_some_and(|offset| offset > 1)}),
        false => json!(committed),
    };
    let letters = match case.letters {
        0 => Vec::new(),
        count => TopicReader::new(&broker.bootstrap, &queue, 1).take(LONG, count),
    };
    let fair = |bytes: &[u8]| show(bytes).replace(&topic, "${topic}");
    let letter = |letter: &TopicRecord| {
        let headers: Vec<Value> = letter
            .headers
            .iter()
            .map(|(name, value)| match name.as_str() {
                // Frames are the JVM's, and what a parser says below Connect's own sentence is its own.
                "__connect.errors.exception.stacktrace" => {
                    json!([name, value.as_deref().map(|v| fair(v).lines().next().map(str::to_owned))])
                }
                _ => json!([name, value.as_deref().map(fair)]),
            })
            .collect();
        json!({"key": letter.key.as_deref().map(show), "value": letter.value.as_deref().map(show),
            "headers": headers})
    };
    let letters: Vec<Value> = letters.iter().map(letter).collect();
    // The exceptions' first two lines: what stands below may be the parser's own.
    let failure =
        failure.map(|trace| trace.lines().take(2).map(|line| fair(line.as_bytes())).collect::<Vec<_>>());
    json!({"letters": letters, "failure": failure, "committed": committed, "file": text().lines().collect::<Vec<_>>(),
        "more": TopicReader::new(&broker.bootstrap, &queue, 1).count() > i64::try_from(case.letters).expect("few")})
}
