//! `ferry test` over all transforms, predicates and converters; its reports; faults of test files; recording.
//!
//! `FERRY_RECORD=1 cargo test -p ferry-check --test unit` writes the outputs anew.

#[path = "support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use ferry_check::unit::report::{self, Format};
use ferry_check::unit::{self, Outcome, Request};
use support::{record_or_compare, registry};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unit").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn request(files: Vec<PathBuf>) -> Request<'static> {
    Request { files, filter: None, worker: None, plugin_path: None, record: false, plugins: &registry }
}

fn shown(outcome: &Outcome, format: Format) -> String {
    let mut out = Vec::new();
    report::write(outcome, format, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("text")
}

/// Runs a test file of this text, in a folder of its own beside other files.
fn run_text(name: &str, text: &str, others: &[(&str, &str)]) -> String {
    let place = tempfile::tempdir().expect("a folder");
    for (name, text) in others.iter().chain(&[(name, text)]) {
        std::fs::write(place.path().join(name), text).expect("written");
    }
    let outcome = unit::run(&request(vec![place.path().join(name)]));
    shown(&outcome, Format::Text { colours: false }).replace(&format!("{}/", place.path().display()), "")
}

#[test]
fn the_examples_of_all_transforms_hold() {
    let files = files(&folder("transforms"));
    let outcome = unit::run(&request(files.clone()));
    assert!(
        outcome.failed() == 0 && outcome.faults.is_empty(),
        "{}",
        shown(&outcome, Format::Text { colours: false })
    );
    let texts: String = files.iter().map(|file| std::fs::read_to_string(file).expect("a file")).collect();
    let classes = ferry_transforms::classes().into_iter().chain(ferry_predicates::classes());
    let missing: Vec<String> = classes
        .map(|class| class.class)
        .filter(|class| {
            let short = class.rsplit('.').next().unwrap_or_default();
            !texts.contains(&format!("{class}\n")) && !texts.contains(&format!("type: {short}\n"))
        })
        .collect();
    assert!(missing.is_empty(), "without an example: {missing:?}");
}

#[test]
fn reports_for_people_and_programs() {
    let inputs = folder("formats");
    let outcome = unit::run(&request(vec![
        inputs.join("orders.yaml"),
        inputs.join("orders.json"),
        inputs.join("none.yaml"),
    ]));
    for (format, file) in [
        (Format::Text { colours: false }, "text.txt"),
        (Format::Text { colours: true }, "colours.txt"),
        (Format::Json, "results.json.txt"),
        (Format::Junit, "junit.txt"),
    ] {
        let text = shown(&outcome, format).replace(&format!("{}/", inputs.display()), "");
        record_or_compare(&inputs.join(file), &text);
    }
}

#[test]
fn a_filter_chooses_tests() {
    let names = |filter: &str| {
        let request =
            Request { filter: Some(filter.to_owned()), ..request(vec![folder("formats/orders.yaml")]) };
        unit::run(&request).ran.into_iter().map(|ran| ran.name).collect::<Vec<_>>()
    };
    assert_eq!(names("cards"), ["hides <cards> & more"]);
    assert_eq!(names("orders.yaml: says"), ["says nothing"]);
    assert_eq!(names("nobody"), Vec::<String>::new());
}

/// Each fault of a test file is told with its place.
#[test]
fn faults_of_test_files() {
    const FILTER: &str = "config: {transforms: t, transforms.t.type: Filter}\n";
    let with = |text: &str| format!("{FILTER}{text}");
    let cases = [
        ("a: [1\nb: 2".to_owned(), 2),
        ("test: []\n".to_owned(), 1),
        ("- 1\n".to_owned(), 1),
        (with(""), 1),
        (with("tests: []\n"), 2),
        (with("tests: {a: 1}\n"), 2),
        (with("tests:\n  - name: a\n    recrod: {}\n"), 4),
        (with("tests:\n  - name: a\n"), 3),
        (with("tests:\n  - record: {vlaue: 1}\n    expect: dropped\n"), 3),
        (with("tests:\n  - record: {}\n    expect: droped\n"), 4),
        (with("tests:\n  - record: {}\n    expect: {offset: 1}\n"), 4),
        (with("tests:\n  - record: {}\n    expect: {error: a, value: 1}\n"), 4),
        (with("tests:\n  - record: {}\n    expect: {rest: changed}\n"), 4),
        (with("tests:\n  - columns: [topic]\n"), 3),
        (with("tests:\n  - columns: [topic, colour]\n    rows:\n      - [a, b]\n"), 3),
        (with("tests:\n  - columns: [topic, expect]\n    rows:\n      - [a]\n"), 5),
        (with("tests:\n  - record: {}\n    record: {}\n"), 4),
        (with("tests:\n  - record: {topic: 1}\n    expect: dropped\n"), 3),
        (with("tests:\n  - record: {partition: a}\n    expect: dropped\n"), 3),
        (with("tests:\n  - record: {value_base64: '%'}\n    expect: dropped\n"), 3),
        (with("tests:\n  - record: {value_schema: {type: strange}, value: 1}\n    expect: dropped\n"), 3),
        (with("tests:\n  - record: {headers: [1]}\n    expect: dropped\n"), 3),
        (with("kind: tank\ntests:\n  - record: {}\n"), 2),
        ("config: {transforms: t, transforms.t.type: Fliter}\ntests:\n  - record: {}\n".to_owned(), 1),
        ("config: {transforms: t}\ntests:\n  - record: {}\n".to_owned(), 1),
        ("config:\n  connector.class: FileStreamSorce\ntests:\n  - record: {}\n".to_owned(), 2),
        ("config: {a: [1]}\ntests:\n  - record: {}\n".to_owned(), 1),
        ("connector: nowhere.json\ntests:\n  - record: {}\n".to_owned(), 1),
        (with("kind: source\ntests:\n  - record: {offset: 5}\n    expect: dropped\n"), 4),
    ];
    let mut text = String::new();
    for (case, line) in &cases {
        let said = run_text("t.yaml", case, &[]);
        assert!(said.contains(&format!("t.yaml:{line}:")), "line {line} of {case:?}:\n{said}");
        text += &format!("{}\n---\n{said}\n", case.trim_end());
    }
    record_or_compare(&folder("faults.txt"), &text);
}

/// A connector by its file, with settings over it; relative to the test file.
#[test]
fn a_connector_file_is_tested_as_it_is() {
    let connector = r#"{"name": "c", "config": {"connector.class": "FileStreamSink", "topics": "t", "transforms": "h",
        "transforms.h.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.h.field": "line"}}"#;
    let test = "connector: c.json\nworker: worker.properties\nconfig:\n  transforms.h.field: other\nconvert: true\n\
                tests:\n  - name: hoists\n    record: {value: abc}\n    expect: {value: {other: abc}}\n";
    let worker = "bootstrap.servers=x:1\nkey.converter=StringConverter\nvalue.converter=StringConverter\n\
                  offset.storage.file.filename=/o\n";
    let said = run_text("t.yaml", test, &[("c.json", connector), ("worker.properties", worker)]);
    assert_eq!(said, "t.yaml\n  ok      hoists\n1 test: 1 passed\n");
}

/// What came out is written where nothing was expected, everything else stays, and it holds afterwards.
#[test]
fn recording_fills_in_what_came_out() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("t.yaml");
    std::fs::copy(folder("record/before.yaml"), &path).expect("copied");
    let run = |record: bool| unit::run(&Request { record, ..request(vec![path.clone()]) });
    let before = run(false);
    assert_eq!((before.passed(), before.failed()), (1, 6), "{before:?}");
    let recorded = run(true);
    assert_eq!((recorded.passed(), recorded.failed()), (6, 1), "{recorded:?}");
    let text = std::fs::read_to_string(&path).expect("there");
    record_or_compare(&folder("record/after.yaml"), &text);
    let after = run(false);
    assert_eq!(
        (after.passed(), after.failed()),
        (6, 1),
        "{}",
        shown(&after, Format::Text { colours: false })
    );
    // A second time there is nothing to write.
    run(true);
    assert_eq!(std::fs::read_to_string(&path).expect("there"), text);
    let json = place.path().join("t.json");
    std::fs::write(&json, r#"{"config": {}, "tests": [{"record": {"value": [1, "ä"]}}]}"#).expect("written");
    let run = |record: bool| unit::run(&Request { record, ..request(vec![json.clone()]) });
    assert_eq!((run(true).passed(), run(false).passed()), (1, 1));
}

/// The example of the documentation.
#[test]
fn the_documented_example_holds() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config-tests.md");
    let text = std::fs::read_to_string(docs).expect("the documentation");
    let blocks: Vec<&str> =
        text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 1, "there are examples");
    for block in blocks {
        let said = run_text("orders-test.yaml", block, &[("orders-sink.properties", ORDERS)]);
        assert!(
            said.contains(" passed") && !said.contains("failed") && !said.contains("error:"),
            "{block}\n{said}"
        );
    }
}

const ORDERS: &str = "name=orders\nconnector.class=FileStreamSink\nfile=/orders\ntopics=db.orders\n\
    value.converter=org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=false\n\
    transforms=live,mask,route\ntransforms.live.type=Filter\ntransforms.live.predicate=is_tombstone\n\
    transforms.mask.type=org.apache.kafka.connect.transforms.MaskField$Value\ntransforms.mask.fields=card\n\
    transforms.route.type=RegexRouter\ntransforms.route.regex=db\\\\.(.*)\ntransforms.route.replacement=$1\n\
    predicates=is_tombstone\npredicates.is_tombstone.type=RecordIsTombstone\n";
