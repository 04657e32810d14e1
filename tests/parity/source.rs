//! The file source: topic bytes and offsets for every kind of input.

use ferry_tests::topics::{TopicReader, show};
use ferry_tests::{Broker, LONG, Place, Setup, offsets_file, wait_for};
use serde_json::{Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_jvm_reads_files_as_recorded() {
    compare(Kind::Jvm, "source", observe);
}

#[test]
fn ferry_reads_files_like_the_jvm() {
    compare(Kind::Ferry, "source", observe);
}

/// A file that grows in steps.
struct Case {
    name: &'static str,
    /// What is appended, and how many records the topic then holds in all before the next step.
    steps: Vec<(Vec<u8>, usize)>,
    /// Connector settings besides class, file and topic.
    config: Value,
    /// Where the records go when not to the topic of the connector.
    topic: Option<&'static str>,
}

fn case(name: &'static str, steps: &[(&[u8], usize)]) -> Case {
    let steps = steps.iter().map(|(bytes, count)| (bytes.to_vec(), *count)).collect();
    Case { name, steps, config: json!({}), topic: None }
}

impl Case {
    fn with(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    fn into_topic(mut self, topic: &'static str) -> Self {
        self.topic = Some(topic);
        self
    }
}

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

fn cases() -> Vec<Case> {
    let string = || json!({"value.converter": STRING});
    let large = || json!({"producer.override.max.request.size": "8388608", "value.converter": STRING});
    let mut mib = vec![b'x'; 1 << 20];
    mib.push(b'\n');
    let mut wide_mib = "é€😀".repeat((1 << 20) / 9).into_bytes();
    wide_mib.push(b'\n');
    let many: Vec<u8> = (0..10_000).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
    let specials: String = (0..0x30)
        .chain(0x7e..0xa1)
        .chain(0x2027..0x202a)
        .filter(|c| *c != 10 && *c != 13)
        .filter_map(char::from_u32)
        .map(|c| format!("<{c}>\n"))
        .collect();
    vec![
        case("plain", &[(b"one\ntwo\n", 2)]),
        case("plain string converter", &[(b"one\ntwo\n", 2)]).with(string()),
        case("json without schemas", &[(b"one\n\"quoted\" \\ back\n", 2)])
            .with(json!({"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"})),
        case("empty lines", &[(b"\n\na\n\n\nb\n\n", 7)]),
        case("crlf", &[(b"a\r\nb\r\n\r\nc\n", 4)]),
        case("lone cr", &[(b"a\rb\rc\n\rd\n", 5)]),
        case("cr at the end is held", &[(b"a\nb\r", 1), (b"c\n", 3)]),
        case("crlf in two writes", &[(b"a\nb\r", 1), (b"\nc\n", 3)]),
        case("no final newline", &[(b"a\nb", 1), (b"c\n", 2)]),
        case("only a partial line", &[(b"", 0), (b"part", 0), (b"ial\n", 1)]),
        case("utf-8 of four bytes", &[("grüße € 😀𝄞 zuletzt\n😀\n".as_bytes(), 2)]),
        case("utf-8 of four bytes string converter", &[("grüße € 😀𝄞 zuletzt\n😀\n".as_bytes(), 2)]).with(string()),
        case("utf-8 cut between writes", &[(b"a\n\xf0\x9f", 1), (b"\x98\x80\n", 2)]),
        case("byte order mark", &[(b"\xef\xbb\xbfa\n", 1)]),
        case("controls and specials", &[(specials.as_bytes(), specials.lines().count())]),
        case("nul bytes", &[(b"a\0b\n", 1)]).with(string()),
        case("growing", &[(b"1\n", 1), (b"2\n3\n", 3), (b"4", 3), (b"5\n6\n", 5)]),
        case("many lines", &[(&many, 10_000)]),
        // Never more lines at once than the batch holds: the JVM leaves the others until the file grows.
        case("small batches", &[(b"1\n2\n", 2), (b"3\n", 3), (b"4\n5", 4), (b"6\n7\n", 6)]).with(json!({"batch.size": "2", "value.converter": STRING})),
        case("line of 1023, 1024 and 1025", &[([vec![b'a'; 1023], b"\n".to_vec(), vec![b'b'; 1024], b"\n".to_vec(), vec![b'c'; 1025], b"\n".to_vec()].concat().as_slice(), 3)]).with(string()),
        case("line of 1 MiB", &[(b"before\n", 1), (&mib, 2), (b"after\n", 3)]).with(large()),
        case("line of 1 MiB of wide characters", &[(&wide_mib, 1)]).with(large()),
        case("invalid: lone continuation", &[(b"a\x80b\n\xbf\n", 2)]),
        case("invalid: cut sequences", &[(b"a\xc3\n\xe2\x82\n\xf0\x9f\x98\nb\xe2\x82c\n", 4)]),
        case("invalid: overlong", &[(b"\xc0\xaf\n\xe0\x80\xaf\n\xf0\x80\x80\xaf\n", 3)]),
        case("invalid: surrogates", &[(b"\xed\xa0\x80\n\xed\xa0\xbd\xed\xb8\x80\n", 2)]),
        case("invalid: beyond unicode", &[(b"\xf4\x90\x80\x80\n\xf5\x80\x80\x80\n\xf8\x88\x80\x80\x80\n\xfe\xff\n", 4)]),
        case("invalid: latin-1", &[(b"gr\xfc\xdfe\n", 1)]).with(string()),
        case("invalid: every byte alone", &[((0x80..=0xff_u8).flat_map(|b| [b'<', b, b'>', b'\n']).collect::<Vec<u8>>().as_slice(), 128)]),
        case("routed by a transform", &[(b"a\n", 1)])
            .with(json!({"transforms": "r", "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
                "transforms.r.regex": "(.*)-from", "transforms.r.replacement": "$1-to"}))
            .into_topic("to"),
        case("routed by a predicate", &[(b"a\n", 1)])
            .with(json!({"transforms": "r,s", "transforms.r.type": "RegexRouter", "transforms.r.predicate": "p",
                "transforms.r.regex": "(.*)-from", "transforms.r.replacement": "$1-to", "transforms.r.negate": "false",
                "transforms.s.type": "RegexRouter", "transforms.s.predicate": "p", "transforms.s.negate": "false",
                "transforms.s.regex": ".*", "transforms.s.replacement": "nowhere",
                "predicates": "p", "predicates.p.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
                "predicates.p.pattern": ".*-from"}))
            .into_topic("to"),
        case("through a chain of transforms", &[(b"a\nb\n", 2)]).with(chain()),
    ]
}

/// A line becomes a struct with a key and headers.
fn chain() -> Value {
    let stages = [
        ("hoist", "HoistField$Value", "field=line"),
        ("insert", "InsertField$Value", "static.field=n;static.value=12;topic.field=t!"),
        ("cast", "Cast$Value", "spec=n:int32"),
        ("replace", "ReplaceField$Value", "renames=line:text;exclude=t"),
        ("name", "SetSchemaMetadata$Value", "schema.name=Line;schema.version=2"),
        ("key", "ValueToKey", "fields=n"),
        ("extract", "ExtractField$Key", "field=n"),
        ("move", "HeaderFrom$Value", "fields=n;headers=number;operation=move"),
        ("header", "InsertHeader", "header=list;value.literal=[1, 200]"),
        ("filter", "Filter", "predicate=numbered;negate=true"),
    ];
    let names: Vec<&str> = stages.iter().map(|(name, ..)| *name).collect();
    let mut config = json!({"transforms": names.join(","), "predicates": "numbered",
        "predicates.numbered.type": "HasHeaderKey", "predicates.numbered.name": "number"});
    for (name, class, settings) in stages {
        config[format!("transforms.{name}.type")] =
            format!("org.apache.kafka.connect.transforms.{class}").into();
        for (key, value) in settings.split(';').filter_map(|setting| setting.split_once('=')) {
            config[format!("transforms.{name}.{key}")] = value.into();
        }
    }
    config
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("source-{}", kind.name()));
    let run = run_name(kind, "source");
    // The converters of connect-standalone.properties: JSON with schemas.
    let mut worker = kind.start(&Setup::standalone(&broker.bootstrap, &place));
    let cases = cases();
    let observed: Vec<(String, Value)> = std::thread::scope(|scope| {
        let (worker, place, run) = (worker.rest(), &place, &run);
        let threads: Vec<_> = cases
            .iter()
            .enumerate()
            .map(|(number, case)| {
                let thread = std::thread::Builder::new().name(case.name.to_owned());
                let body = move || {
                    let records = run_case(case, number, worker, place, run, &broker.bootstrap);
                    (case.name.to_owned(), records)
                };
                thread.spawn_scoped(scope, body).expect("a thread")
            })
            .collect();
        threads.into_iter().map(|t| t.join().expect("the case ran")).collect()
    });
    let mut observed: serde_json::Map<String, Value> = observed.into_iter().collect();
    observed.insert("too large a line fails the task".into(), too_large(worker.rest(), &place, &run));
    worker.stop();
    let mut offsets = offsets_file::parse(&place.read("connect.offsets")).expect("the offsets file");
    for (number, case) in cases.iter().enumerate() {
        let key = json!([format!("case-{number}"), {"filename": place.at(&format!("case-{number}.txt"))}]);
        observed[case.name]["offset"] = json!(offsets.remove(&key.to_string()));
    }
    observed
        .insert("offsets of no case".into(), golden::replace(&json!(offsets), &[(&place.at(""), "${dir}/")]));
    Value::Object(observed)
}

fn run_case(
    case: &Case,
    number: usize,
    rest: &ferry_tests::Rest,
    place: &Place,
    run: &str,
    bootstrap: &str,
) -> Value {
    let file = format!("case-{number}.txt");
    let topic = format!("{run}-{number}-from");
    let mut config = json!({"connector.class": "FileStreamSource", "file": place.at(&file), "topic": topic});
    for (key, value) in case.config.as_object().expect("settings") {
        config[key] = value.clone();
    }
    let into = case.topic.map_or_else(|| topic.clone(), |end| format!("{run}-{number}-{end}"));
    let reader = TopicReader::new(bootstrap, &into, 1);
    let mut records = Vec::new();
    let mut created = false;
    let last = (b"THE END\n".to_vec(), usize::MAX);
    for (bytes, count) in case.steps.iter().chain([&last]) {
        place.append(&file, bytes);
        if !created {
            rest.create(&format!("case-{number}"), config.clone());
            created = true;
        }
        // Everything up to the end marker, or the number of records due now: one that comes too early
        // or too late is seen in the values, because the next step continues an unfinished line.
        if *count == usize::MAX {
            records.extend(
                reader.until(LONG, |r| r.value.as_deref().is_some_and(|v| show(v).contains("THE END"))),
            );
        } else if *count > records.len() {
            records.extend(reader.take(LONG, count - records.len()));
        }
    }
    let all = |get: &dyn Fn(&Value) -> Value| -> Value {
        let mut parts: Vec<Value> = records.iter().map(|r| get(&r.to_json())).collect();
        parts.dedup();
        if parts.len() == 1 { parts.remove(0) } else { json!(parts) }
    };
    let mut values: Vec<Value> = records.iter().map(|r| r.to_json()["value"].clone()).collect();
    if values.len() > 500 {
        // Long topics by their checksum: a JSON of all lines would hide the other cases.
        let text = serde_json::to_string(&values).expect("JSON");
        values = vec![json!(values.len()), json!(show(text.as_bytes()))];
    }
    json!({"keys": all(&|r| r["key"].clone()), "headers": all(&|r| r["headers"].clone()), "values": values})
}

/// A record above `max.request.size` (1 MiB with Kafka's default) fails the task with the client's words.
fn too_large(rest: &ferry_tests::Rest, place: &Place, run: &str) -> Value {
    let file = place.write("too-large.txt", [vec![b'x'; 1 << 20], b"\n".to_vec()].concat());
    let config = json!({"connector.class": "FileStreamSource", "file": file, "topic": format!("{run}-large"),
        "value.converter": STRING});
    rest.create("too-large", config);
    let status = wait_for(LONG, "the task of a line that is too large has FAILED", || {
        let status = rest.get("/connectors/too-large/status").json();
        (status["tasks"][0]["state"] == "FAILED").then_some(status)
    });
    let trace = status["tasks"][0]["trace"].as_str().unwrap_or_default();
    json!({"trace": golden::without_frames(trace), "connector": status["connector"]["state"]})
}
