//! There and back, and what is said about what cannot be kept.

use proptest::prelude::*;

use super::*;

fn options(name: Option<&str>, to: Option<Format>) -> Convert {
    Convert { input: PathBuf::new(), output: None, to, name: name.map(str::to_owned), force: false }
}

fn converted(text: &str, name: Option<&str>) -> Result<(String, Vec<String>), String> {
    let done = convert(text.as_bytes().to_vec(), "f", &options(name, None)).map_err(|f| f.to_string())?;
    Ok((done.text, done.notes))
}

#[test]
fn connectors_and_workers_go_both_ways() {
    let connector = "# a comment\nname=a\nconnector.class=X\n  ! another\nfile=C:\\\\x\\u00e9\n";
    let json = "{\n  \"name\": \"a\",\n  \"config\": {\n    \"name\": \"a\",\n    \"connector.class\": \"X\",\n    \"file\": \"C:\\\\xé\"\n  }\n}\n";
    let lost = vec!["2 lines of comments are not kept: JSON has no comments".to_owned()];
    assert_eq!(converted(connector, None), Ok((json.to_owned(), lost)));
    assert_eq!(
        converted(json, None),
        Ok(("name=a\nconnector.class=X\nfile=C:\\\\x\\u00E9\n".to_owned(), vec![]))
    );
    let worker = "bootstrap.servers=a:9092,b:9092\nplugin.path=\n";
    let json = "{\n  \"bootstrap.servers\": \"a:9092,b:9092\",\n  \"plugin.path\": \"\"\n}\n";
    assert_eq!(converted(worker, None), Ok((json.to_owned(), vec![])));
    assert_eq!(converted(json, None), Ok((worker.to_owned(), vec![])));
    // A flat map of a connector is a connector.
    assert_eq!(converted(r#"{"name":"a","n":1}"#, Some("b")), Ok(("name=b\nn=1\n".to_owned(), vec![])));
}

#[test]
fn what_cannot_be_kept_is_said() {
    let lost = "initial_state PAUSED is not kept: a .properties file has no place for it".to_owned();
    let found = converted(r#"{"name":"a","config":{},"initial_state":"paused"}"#, None);
    assert_eq!(found, Ok(("name=a\n".to_owned(), vec![lost])));
    let found = [
        converted(r#"{"name":"a","config":{"k":null}}"#, None),
        converted("[]", None),
        converted(r#"{"name":"a",}"#, None),
        converted("a=\\u12", None),
        converted("a=1", Some("x")),
    ];
    let expected = [
        "f: k is null, which Connect refuses\n  leave the setting away, or give it a value",
        "f holds several connectors\n  a .properties file holds one: give each its own file",
        "f: not valid JSON: trailing comma at line 1 column 13",
        "f: Malformed \\uxxxx encoding. (line 1)",
        "f is no connector, so --name x has no meaning",
    ];
    assert_eq!(found, expected.map(|text| Err(text.to_owned())));
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.json");
    write(&path, "one, and longer", false).unwrap();
    let refused =
        write(&path, "two", false).map_err(|f| f.to_string().replace(&dir.path().display().to_string(), ""));
    assert_eq!(refused, Err("/x.json is there already\n  add --force to write over it".to_owned()));
    write(&path, "two", true).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
}

/// Texts with all that is special in properties.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        ' ', '\t', '\n', '\r', '\u{c}', '=', ':', '#', '!', '\\', 'u', '0', '"', '\0', 'é', '😀', '\u{2028}',
        '\u{7f}', '\u{85}',
    ]);
    prop::collection::vec(prop_oneof![special, any::<char>()], 0..12)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn the_round_trip_is_exact(entries in prop::collection::vec((text(), text()), 0..8), connector in any::<bool>()) {
        let mut config: ConfigMap = entries.into_iter().collect();
        config.remove("name");
        if connector {
            config.insert("name", "a connector");
            config.insert("connector.class", "X");
        }
        let first = properties::write(config.iter());
        let json = convert(first.clone().into_bytes(), "f", &options(None, Some(Format::Json))).unwrap().text;
        let second = convert(json.clone().into_bytes(), "f", &options(None, Some(Format::Properties))).unwrap().text;
        prop_assert_eq!(&first, &second);
        let again = convert(second.into_bytes(), "f", &options(None, Some(Format::Json))).unwrap().text;
        prop_assert_eq!(json, again);
    }
}
