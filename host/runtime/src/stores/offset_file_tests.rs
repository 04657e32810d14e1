//! The store over its file: what is kept, what is replaced, what is refused.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn entries(store: &FileOffsetStore) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    store.all().map(|(key, value)| (text(key), text(value))).collect()
}

fn owned(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn keeps_offsets_across_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("offsets");
    let mut store = FileOffsetStore::open(&path).unwrap();
    store.put_all([(r#"["a",{"x":1}]"#, Some("1")), (r#"["b",{"x":1}]"#, Some("2"))]).unwrap();
    store
        .put_all([(r#"["a",{"x":1}]"#, Some("3")), (r#"["c",{}]"#, Some("4")), (r#"["c",{}]"#, None)])
        .unwrap();

    let expected = owned(&[(r#"["a",{"x":1}]"#, "3"), (r#"["b",{"x":1}]"#, "2")]);
    assert_eq!(entries(&store), expected);
    let store = FileOffsetStore::open(&path).unwrap();
    assert_eq!(entries(&store), expected);
    assert_eq!(store.get(br#"["b", {"x":1}]"#), Some(&b"2"[..]));
    assert_eq!(store.get(br#"["c",{}]"#), None);
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["offsets"]);
}

#[test]
fn a_key_of_the_jvm_keeps_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("offsets");
    type Entry<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);
    let jvm: [Entry<'_>; 3] = [
        (Some(br#"["mm",{"topic":"t","cluster":"a"}]"#), Some(b"1")),
        (None, Some(b"n")),
        (Some(br#"["gone",{}]"#), None),
    ];
    fs::write(&path, java_map::write(jvm.into_iter())).unwrap();
    let mut store = FileOffsetStore::open(&path).unwrap();
    store.put_all([(r#"["mm",{"cluster":"a","topic":"t"}]"#, Some("2"))]).unwrap();

    let found = java_map::read(&fs::read(&path).unwrap()).unwrap();
    let expected = [
        (Some(br#"["mm",{"topic":"t","cluster":"a"}]"#.to_vec()), Some(b"2".to_vec())),
        (None, Some(b"n".to_vec())),
        (Some(br#"["gone",{}]"#.to_vec()), None),
    ];
    assert_eq!(found, expected);
}

#[test]
fn replaces_the_file_and_never_opens_it_for_writing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("offsets");
    let mut store = FileOffsetStore::open(&path).unwrap();
    store.put_all([("k", Some("1"))]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    // A second name of the old file shows that its bytes were not touched.
    let old = dir.path().join("old");
    fs::hard_link(&path, &old).unwrap();
    let before = fs::read(&old).unwrap();

    let mut store = FileOffsetStore::open(&link).unwrap();
    store.put_all([("k", Some("2"))]).unwrap();

    assert_eq!(fs::read(&old).unwrap(), before);
    assert_eq!(entries(&FileOffsetStore::open(&path).unwrap()), owned(&[("k", "2")]));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn what_could_not_be_written_goes_out_with_the_next_write() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("later");
    let path = missing.join("offsets");
    let mut store = FileOffsetStore::open(&path).unwrap();
    let error = store.put_all([("a", Some("1"))]).unwrap_err().to_string();
    let expected =
        format!("offset file {}: cannot replace it: No such file or directory (os error 2)", path.display());
    assert_eq!(error, expected);
    fs::create_dir(&missing).unwrap();
    store.put_all([("b", Some("2"))]).unwrap();
    assert_eq!(entries(&FileOffsetStore::open(&path).unwrap()), owned(&[("a", "1"), ("b", "2")]));
}

#[test]
fn names_the_file_that_holds_something_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("offsets");
    let tree = b"\xac\xed\x00\x05\x73\x72\x00\x11java.util.TreeMap\x0c";
    fs::write(&path, tree).unwrap();
    let error = FileOffsetStore::open(&path).unwrap_err().to_string();
    let expected = format!(
        "offset file {}: Expected HashMap but found class java.util.TreeMap. Move the file away to start without offsets",
        path.display()
    );
    assert_eq!(error, expected);
    assert_eq!(fs::read(&path).unwrap(), tree);
}
