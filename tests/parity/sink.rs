//! The file sink: the bytes of the file for every kind of record, and the offsets afterwards.

use ferry_tests::topics::{self, TopicRecord, show};
use ferry_tests::{Broker, LONG, Place, Rest, Setup, wait_for, wait_until};
use serde_json::{Value, json};

use crate::golden;
use crate::{Kind, compare, run_name};

#[test]
fn the_jvm_writes_files_as_recorded() {
    compare(Kind::Jvm, "sink", observe);
}

#[test]
fn ferry_writes_files_like_the_jvm() {
    compare(Kind::Ferry, "sink", observe);
}

/// How a case is known to be over, besides a FAILED task.
enum End {
    /// The file ends with this line.
    Line(&'static str),
    /// The file has this many bytes (values that end without a marker).
    Length(usize),
}

struct Case {
    name: &'static str,
    records: Vec<TopicRecord>,
    config: Value,
    end: End,
}

fn values(name: &'static str, config: Value, values: &[&[u8]], end: End) -> Case {
    let records = values.iter().map(|v| TopicRecord::value(*v)).collect();
    Case { name, records, config, end }
}

/// Records, then the line that ends the case.
fn strings(name: &'static str, config: Value, lines: &[&[u8]]) -> Case {
    let mut case = values(name, config, lines, End::Line("THE END"));
    case.records.push(TopicRecord::value("THE END"));
    case
}

fn json_values(name: &'static str, config: Value, lines: &[&str]) -> Case {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let mut case = values(name, config, &lines, End::Line("THE END"));
    case.records.push(TopicRecord::value(r#""THE END""#));
    case
}

fn enveloped(name: &'static str, lines: &[&str]) -> Case {
    let mut case = json_values(name, json!({}), lines);
    let end = r#"{"schema":{"type":"string","optional":false},"payload":"THE END"}"#;
    *case.records.last_mut().expect("a last record") = TopicRecord::value(end);
    case
}

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

fn converter(simple: &str) -> Value {
    json!({"value.converter": format!("org.apache.kafka.connect.converters.{simple}Converter")})
}

fn bare() -> Value {
    json!({"value.converter": JSON, "value.converter.schemas.enable": "false"})
}

fn with(mut config: Value, more: Value) -> Value {
    for (key, value) in more.as_object().expect("settings") {
        config[key] = value.clone();
    }
    config
}

fn insert_field(transform: &str) -> Value {
    json!({"transforms": "i", "transforms.i.type": format!("org.apache.kafka.connect.transforms.{transform}"),
        "transforms.i.static.field": "stat", "transforms.i.static.value": "fest",
        "transforms.i.topic.field": "topic", "transforms.i.partition.field": "part", "transforms.i.offset.field": "off"})
}

fn chain() -> Value {
    let class = |name: &str| format!("org.apache.kafka.connect.transforms.{name}$Value");
    json!({"transforms": "flatten,time,mask,cast,replace",
        "transforms.flatten.type": class("Flatten"), "transforms.flatten.delimiter": "_",
        "transforms.time.type": class("TimestampConverter"), "transforms.time.field": "ts",
        "transforms.time.target.type": "string", "transforms.time.format": "yyyy-MM-dd'T'HH:mm",
        "transforms.mask.type": class("MaskField"), "transforms.mask.fields": "secret",
        "transforms.mask.replacement": "7",
        "transforms.cast.type": class("Cast"), "transforms.cast.spec": "n:float64,b:boolean",
        "transforms.replace.type": class("ReplaceField"), "transforms.replace.renames": "n:number",
        "transforms.replace.exclude": "junk"})
}

fn cases() -> Vec<Case> {
    let string = || json!({"value.converter": STRING});
    let mib = vec![b'x'; 1 << 20];
    let struct_schema =
        |fields: &str| format!(r#"{{"type":"struct","optional":false,"name":"n","fields":[{fields}]}}"#);
    let envelope = |schema: &str, payload: &str| format!(r#"{{"schema":{schema},"payload":{payload}}}"#);
    let simple =
        |kind: &str, payload: &str| envelope(&format!(r#"{{"type":"{kind}","optional":true}}"#), payload);
    let logical = |kind: &str, name: &str, more: &str, payload: &str| {
        envelope(
            &format!(
                r#"{{"type":"{kind}","optional":true,"name":"org.apache.kafka.connect.data.{name}","version":1{more}}}"#
            ),
            payload,
        )
    };
    let all_types = envelope(
        &struct_schema(
            r#"{"field":"b","type":"boolean"},{"field":"i8","type":"int8"},{"field":"i16","type":"int16"},{"field":"i32","type":"int32"},{"field":"i64","type":"int64"},{"field":"f32","type":"float"},{"field":"f64","type":"double"},{"field":"s","type":"string","optional":true},{"field":"o","type":"string","optional":true},{"field":"d","type":"int32","optional":true,"default":7},{"field":"a","type":"array","items":{"type":"int32"}},{"field":"m","type":"map","keys":{"type":"string"},"values":{"type":"int64"}},{"field":"n","type":"struct","fields":[{"field":"x","type":"string","optional":true}]}"#,
        ),
        r#"{"b":true,"i8":-8,"i16":16,"i32":32,"i64":64000000000,"f32":1.5,"f64":1e10,"s":"text","o":null,"a":[1,2],"m":{"k":1,"l":2},"n":{"x":"y"}}"#,
    );
    let enveloped_all: Vec<String> = vec![
        simple("string", r#""text""#),
        simple("string", "null"),
        simple("string", r#""""#),
        simple("boolean", "true"),
        simple("int8", "-1"),
        simple("int16", "300"),
        simple("int32", "-70000"),
        simple("int64", "9007199254740993"),
        simple("float", "0.1"),
        simple("float", "1e10"),
        simple("float", "16777216"),
        simple("float", "3.4028235e38"),
        simple("float", "1e-5"),
        simple("double", "0.1"),
        simple("double", "1e7"),
        simple("double", "9999999.0"),
        simple("double", "12345678.9"),
        simple("double", "1e-3"),
        simple("double", "0.00099"),
        simple("double", "1.7976931348623157e308"),
        simple("double", "4.9e-324"),
        simple("double", "2.0e-3"),
        simple("double", "100"),
        simple("double", "2.2250738585072014e-308"),
        simple("double", "-0.0"),
    ];
    let enveloped_more: Vec<String> = vec![
        envelope(
            r#"{"type":"array","items":{"type":"string","optional":true},"optional":false}"#,
            r#"["a",null,"b, c"]"#,
        ),
        envelope(r#"{"type":"array","items":{"type":"array","items":{"type":"int32"}}}"#, "[[1],[],[2,3]]"),
        envelope(
            r#"{"type":"map","keys":{"type":"string"},"values":{"type":"int32"}}"#,
            r#"{"zebra":1,"apple":2,"mango":3,"k":4}"#,
        ),
        envelope(
            r#"{"type":"map","keys":{"type":"int32"},"values":{"type":"string","optional":true}}"#,
            r#"[[3,"c"],[1,null],[20,"t"]]"#,
        ),
        all_types.clone(),
        logical("int32", "Date", "", "0"),
        logical("int32", "Date", "", "19000"),
        logical("int32", "Date", "", "-1"),
        logical("int32", "Time", "", "3661001"),
        logical("int64", "Timestamp", "", "1700000000123"),
        logical("int64", "Timestamp", "", "-1"),
        logical("bytes", "Decimal", r#","parameters":{"scale":"2"}"#, r#""MDk=""#),
        logical("bytes", "Decimal", r#","parameters":{"scale":"0"}"#, r#""/w==""#),
        logical("bytes", "Decimal", r#","parameters":{"scale":"-3"}"#, r#""BQ==""#),
        logical("bytes", "Decimal", r#","parameters":{"scale":"10"}"#, r#""AQ==""#),
        envelope("null", r#"{"b":[1,2.5,"x",null,true],"a":{}}"#),
        envelope("null", "null"),
    ];
    let borrowed = |v: &[String]| -> Vec<String> { v.to_vec() };
    let mut tombstone =
        strings("string: null values and keys", with(string(), json!({"key.converter": STRING})), &[b"a"]);
    tombstone.records.insert(0, TopicRecord { key: Some(b"k".to_vec()), ..TopicRecord::default() });
    tombstone.records.insert(1, TopicRecord::default());
    let mut json_tombstone = json_values("json: tombstone", bare(), &["null"]);
    json_tombstone.records.insert(0, TopicRecord::default());
    let mut headed = strings(
        "string: headers and keys are not written",
        with(string(), json!({"key.converter": STRING})),
        &[b"a"],
    );
    headed.records[0].key = Some(b"key".to_vec());
    headed.records[0].headers =
        vec![("h".into(), Some(b"1".to_vec())), ("n".into(), None), ("h".into(), Some(b"true".to_vec()))];
    // Followed by a good record, so that a worker that does not fail is seen as well.
    let failing = |name: &'static str, config: Value, v: &[&[u8]]| {
        let end = if config["value.converter"] == STRING { "THE END" } else { "null" };
        let mut case = values(name, config, v, End::Line("never"));
        case.records
            .push(TopicRecord { value: (end != "null").then(|| end.into()), ..TopicRecord::default() });
        case.end = End::Line(end);
        case
    };
    let refs = |v: &[String]| -> Vec<&'static str> {
        v.iter().map(|s| &*Box::leak(s.clone().into_boxed_str())).collect()
    };
    vec![
        strings(
            "string: plain",
            string(),
            &[b"one", b"", b"with\nnewline", b"with\r\n", "grüße € 😀𝄞".as_bytes(), b"nul\0byte"],
        ),
        strings("string: 1 MiB", string(), &[&mib]),
        strings(
            "string: invalid utf-8",
            string(),
            &[
                b"a\x80b",
                b"\xc3",
                b"\xe2\x82x",
                b"\xf0\x9f\x98",
                b"\xc0\xaf",
                b"\xed\xa0\x80",
                b"\xf5\x80\x80\x80",
                b"\xff\xfe",
            ],
        ),
        strings(
            "string: other encoding",
            with(string(), json!({"value.converter.converter.encoding": "ISO-8859-1"})),
            &[b"gr\xfc\xdfe"],
        ),
        tombstone,
        headed,
        json_values(
            "json: scalars",
            bare(),
            &[
                r#""text""#,
                "1",
                "-1",
                "9223372036854775807",
                "1.5",
                "1e10",
                "1E400",
                "0.1",
                "100.0",
                "true",
                "false",
                "null",
                r#""""#,
                r#""\u0041\n\ud83d\ude00""#,
            ],
        ),
        json_values(
            "json: beyond a long",
            bare(),
            &["9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"],
        ),
        json_values(
            "json: doubles",
            bare(),
            &[
                "1e7",
                "9999999.0",
                "1e-3",
                "0.00099",
                "123456789.123",
                "2e-3",
                "1.0E22",
                "5e-324",
                "1.7976931348623157e308",
                "-0.0",
                "0.0",
                "33333333.333333332",
                "2.0E-3",
                "1.1",
            ],
        ),
        json_values(
            "json: maps",
            bare(),
            &[
                "{}",
                r#"{"a":1}"#,
                r#"{"zebra":1,"apple":"x","mango":null,"k":[1,{"z":1,"y":2}],"deep":{"b":true,"a":1.5}}"#,
                r#"{"one":1,"two":2,"three":3,"four":4,"five":5,"six":6,"seven":7,"eight":8,"nine":9,"ten":10,"eleven":11,"twelve":12,"thirteen":13,"fourteen":14}"#,
                r#"{"grün":"ß","😀":1,"":0}"#,
                r#"{"AaAa":1,"BBBB":2,"AaBB":3,"BBAa":4}"#,
            ],
        ),
        json_values("json: arrays", bare(), &["[]", "[1,\"a\",null,[true]]", r#"[{"a":1},{}]"#]),
        json_tombstone,
        enveloped("envelope: scalars", &refs(&borrowed(&enveloped_all))),
        enveloped("envelope: complex", &refs(&enveloped_more)),
        failing("envelope: null as text", json!({}), &[b"null"]),
        values("integer", converter("Integer"), &[b"\0\0\0\x01", b"\xff\xff\xff\xfe"], End::Length(5)),
        values(
            "long",
            converter("Long"),
            &[b"\0\0\0\0\0\0\0\x05", b"\x7f\xff\xff\xff\xff\xff\xff\xff"],
            End::Length(22),
        ),
        values("short", converter("Short"), &[b"\x01\x00"], End::Length(4)),
        values("float", converter("Float"), &[b"\x3f\xc0\0\0"], End::Length(4)),
        values("double", converter("Double"), &[b"\x3f\xf8\0\0\0\0\0\0"], End::Length(4)),
        values("boolean", converter("Boolean"), &[b"\x01", b"\x00"], End::Length(11)),
        failing("integer of three bytes", converter("Integer"), &[b"\0\0\x01"]),
        failing("boolean of value 2", converter("Boolean"), &[b"\x02"]),
        failing("json: not json", bare(), &[b"{"]),
        failing("json: empty value", bare(), &[b""]),
        failing("json: two values", bare(), &[b"1 2"]),
        failing("json: invalid utf-8", bare(), &[b"\"\xff\""]),
        failing("json: no envelope", json!({}), &[b"{\"a\":1}"]),
        failing("json: envelope with a third field", json!({}), &[br#"{"schema":null,"payload":1,"x":2}"#]),
        failing(
            "json: payload of another type",
            json!({}),
            &[br#"{"schema":{"type":"int32"},"payload":"x"}"#],
        ),
        failing(
            "json: required field missing",
            json!({}),
            &[br#"{"schema":{"type":"struct","fields":[{"field":"a","type":"string"}]},"payload":{}}"#],
        ),
        failing(
            "json: null for a required value",
            json!({}),
            &[br#"{"schema":{"type":"string","optional":false},"payload":null}"#],
        ),
        failing("json: unknown type", json!({}), &[br#"{"schema":{"type":"int65"},"payload":1}"#]),
        failing("json: schema without type", json!({}), &[br#"{"schema":{},"payload":1}"#]),
        json_values(
            "json: bad records are skipped",
            with(bare(), json!({"errors.tolerance": "all"})),
            &["1", "{", "2", "]", "3"],
        ),
        failing("no such folder", with(string(), json!({"file": "/nonexistent-folder/out.txt"})), &[b"a"]),
        json_values(
            "through a chain of transforms",
            with(bare(), chain()),
            &[
                r#"{"a":{"b":1,"c":{"d":null}},"ts":1566570896346,"secret":"x","n":5,"b":"True","junk":[1]}"#,
                r#"{"ts":-1,"a":[{"b":1}],"secret":1.5,"b":0.5}"#,
            ],
        )
        .ending(r#"{"end":"THE END"}"#, "THE END"),
        json_values(
            "insert field: map",
            with(bare(), insert_field("InsertField$Value")),
            &[r#"{"a":1}"#, r#"{"stat":"old"}"#, "{}"],
        )
        .ending(r#"{"end":"THE END"}"#, "THE END"),
        enveloped(
            "insert field: struct",
            &[&envelope(&struct_schema(r#"{"field":"a","type":"int32"}"#), r#"{"a":1}"#)],
        )
        .configured(insert_field("InsertField$Value"))
        .ending(
            &envelope(&struct_schema(r#"{"field":"a","type":"string"}"#), r#"{"a":"THE END"}"#),
            "THE END",
        ),
        failing("insert field: string", with(string(), insert_field("InsertField$Value")), &[b"a"]),
        json_values(
            "insert field: only where the predicate holds",
            with(
                with(bare(), insert_field("InsertField$Value")),
                json!({
            "transforms.i.predicate": "p", "transforms.i.negate": "true", "predicates": "p",
            "predicates.p.type": "TopicNameMatches", "predicates.p.pattern": ".*"}),
            ),
            &[r#"{"a":1}"#],
        ),
        failing("insert field: tombstone", with(bare(), insert_field("InsertField$Value")), &[]),
    ]
}

impl Case {
    fn configured(mut self, more: Value) -> Self {
        self.config = with(self.config, more);
        self
    }

    /// Another last record, and the line it becomes.
    fn ending(mut self, record: &str, line: &'static str) -> Self {
        *self.records.last_mut().expect("a last record") = TopicRecord::value(record);
        self.end = End::Line(line);
        self
    }
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("sink-{}", kind.name()));
    let run = run_name(kind, "sink");
    // Dates are printed in the zone of the process.
    let setup = Setup::standalone(&broker.bootstrap, &place)
        .env("TZ", "UTC")
        .with("consumer.fetch.max.wait.ms", "50");
    let mut worker = kind.start(&setup);
    let cases = cases();
    let observed: Vec<(String, Value)> = std::thread::scope(|scope| {
        let (rest, place, run) = (worker.rest(), &place, &run);
        let threads: Vec<_> = cases
            .iter()
            .enumerate()
            .map(|(number, case)| {
                let thread = std::thread::Builder::new().name(case.name.to_owned());
                let body = move || {
                    (case.name.to_owned(), run_case(case, number, rest, place, run, &broker.bootstrap))
                };
                thread.spawn_scoped(scope, body).expect("a thread")
            })
            .collect();
        threads.into_iter().map(|t| t.join().expect("the case ran")).collect()
    });
    worker.stop();
    Value::Object(observed.into_iter().collect())
}

fn run_case(case: &Case, number: usize, rest: &Rest, place: &Place, run: &str, bootstrap: &str) -> Value {
    let (file, topic, name) =
        (format!("out-{number}.txt"), format!("{run}-{number}"), format!("case-{number}"));
    topics::write(bootstrap, &topic, &case.records);
    let path = place.write(&file, "already here\n");
    let config = json!({"connector.class": "FileStreamSink", "file": path, "topics": topic});
    rest.create(&name, with(config, case.config.clone()));
    let text = || place.read(&file).split_off("already here\n".len());
    let fair = |bytes: &[u8]| {
        show(bytes).replace(&topic, "${topic}").replace(place.path().to_str().expect("text"), "${dir}")
    };
    let path = format!("/connectors/{name}/status");
    let failure = wait_for(LONG, &format!("{} has FAILED or written all", case.name), || {
        let status = rest.get(&path).json();
        if status["tasks"][0]["state"] == "FAILED" {
            let trace = status["tasks"][0]["trace"].as_str().unwrap_or_default();
            return Some(Some(golden::without_frames(trace)));
        }
        let over = match case.end {
            End::Line(line) => last_line(&text()).is_some_and(|last| last.contains(line)),
            End::Length(length) => text().len() >= length,
        };
        over.then_some(None)
    });
    let file = fair(&text());
    let file: Vec<&str> = file.split('\n').collect();
    match failure {
        Some(trace) => json!({"trace": fair(trace.as_bytes()), "file": file}),
        None => {
            wait_committed(case, bootstrap, &name, &topic);
            json!({"file": file})
        }
    }
}

/// The last line, if it is complete.
fn last_line(bytes: &[u8]) -> Option<String> {
    let body = bytes.strip_suffix(b"\n")?;
    let start = body.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    Some(String::from_utf8_lossy(&body[start..]).into_owned())
}

/// Waits until the group of the connector has committed all records.
fn wait_committed(case: &Case, bootstrap: &str, name: &str, topic: &str) {
    wait_until(LONG, &format!("the offsets of {} are committed", case.name), || {
        let offset = topics::committed(bootstrap, &format!("connect-{name}"), topic);
        offset == i64::try_from(case.records.len()).ok()
    });
}
