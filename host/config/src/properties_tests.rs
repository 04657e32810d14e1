//! Vectors for the properties reader, answered by `java.util.Properties` of JDK 17.

use super::*;

/// Text, and what the JDK makes of it sorted by key (`None`: `Malformed \\uxxxx encoding.`).
type Vector = (&'static str, Option<&'static [(&'static str, &'static str)]>);

#[rustfmt::skip]
const VECTORS: &[Vector] = &[
    ("a=b", Some(&[("a", "b")])),
    ("a:b", Some(&[("a", "b")])),
    ("a b", Some(&[("a", "b")])),
    ("a\tb", Some(&[("a", "b")])),
    ("a\u{c}b", Some(&[("a", "b")])),
    (" \t a = b ", Some(&[("a", "b ")])),
    ("a==b", Some(&[("a", "=b")])),
    ("a=:b", Some(&[("a", ":b")])),
    ("a : = b", Some(&[("a", "= b")])),
    ("a = : b", Some(&[("a", ": b")])),
    ("a\\=b=c", Some(&[("a=b", "c")])),
    ("a\\:b\\ c:d", Some(&[("a:b c", "d")])),
    ("=v", Some(&[("", "v")])),
    (":v", Some(&[("", "v")])),
    ("a", Some(&[("a", "")])),
    ("a=", Some(&[("a", "")])),
    ("a:  ", Some(&[("a", "")])),
    ("# c\n!d\n  #e\na=1", Some(&[("a", "1")])),
    ("#c\\\na=1", Some(&[("a", "1")])),
    ("a=1\\\n  2\\\n\t3", Some(&[("a", "123")])),
    ("a=1\\\n\nb=2", Some(&[("a", "1"), ("b", "2")])),
    ("a=1\\\n#2\nb=3", Some(&[("a", "1#2"), ("b", "3")])),
    ("\\\na=1", Some(&[("a", "1")])),
    ("\\\n#x\na=1", Some(&[("a", "1")])),
    ("\\\n\n a=1", Some(&[("a", "1")])),
    ("a\\\n b=1", Some(&[("ab", "1")])),
    ("a=b\\\\\nc=d", Some(&[("a", "b\\"), ("c", "d")])),
    ("a=b\\\\\\\nc=d", Some(&[("a", "b\\c=d")])),
    ("a=1\r\nb=2\rc=3\n\r\n\rd=4", Some(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")])),
    ("a=1\\\r\n 2\r\nb=1\\\r 2", Some(&[("a", "12"), ("b", "12")])),
    ("a=x\\", Some(&[("a", "x")])),
    ("a\\", Some(&[("a", "")])),
    ("\\", Some(&[("", "")])),
    ("\\\\", Some(&[("\\", "")])),
    ("a=\\", Some(&[("a", "")])),
    ("a=\\t\\n\\r\\f\\q\\\"\\'", Some(&[("a", "\t\n\r\u{c}q\"'")])),
    ("a=\\u0041\\u00e9\\uD83D\\uDE00b", Some(&[("a", "Aé😀b")])),
    ("\\u0061\\u003D=b", Some(&[("a=", "b")])),
    ("a=\\\\u0041", Some(&[("a", "\\u0041")])),
    ("a=b # not a comment", Some(&[("a", "b # not a comment")])),
    ("a=b\\ ", Some(&[("a", "b ")])),
    ("a=  b  ", Some(&[("a", "b  ")])),
    ("a=1\nb=2\na=3", Some(&[("a", "3"), ("b", "2")])),
    ("é=ü😀", Some(&[("é", "ü😀")])),
    ("a=\\ \\ x", Some(&[("a", "  x")])),
    ("a b = c", Some(&[("a", "b = c")])),
    ("a\\ b c", Some(&[("a b", "c")])),
    ("a\u{a0}b=c", Some(&[("a\u{a0}b", "c")])),
    ("\u{b}a=c", Some(&[("\u{b}a", "c")])),
    ("a=1\n\n\n\n", Some(&[("a", "1")])),
    ("  \\\n  a=1", Some(&[("a", "1")])),
    ("a=b\\\n", Some(&[("a", "b")])),
    ("\\\n", Some(&[("", "")])),
    ("\\\r\n", Some(&[])),
    ("a=b\\\n   ", Some(&[("a", "b")])),
    ("a=b\\\r\n\r\nc=d", Some(&[("a", "b"), ("c", "d")])),
    ("x=${file:/a/b.properties:k=1}", Some(&[("x", "${file:/a/b.properties:k=1}")])),
    ("a=\\u004", None),
    ("a=\\u00g1", None),
    ("a=\\u", None),
    ("a=\\U0041", Some(&[("a", "U0041")])),
    ("a\\u003d\\u0020=\\u000a", Some(&[("a= ", "\n")])),
    ("\\#a=1", Some(&[("#a", "1")])),
    ("\\!a=1", Some(&[("!a", "1")])),
    ("a=1\\\n!b=2", Some(&[("a", "1!b=2")])),
    ("a=C:\\temp\\new", Some(&[("a", "C:\temp\new")])),
    ("a=C:\\\\temp\\\\new", Some(&[("a", "C:\\temp\\new")])),
];

#[test]
fn reads_what_the_jdk_reads() {
    let mut wrong = String::new();
    for (text, expected) in VECTORS {
        let mut found = parse(text).ok();
        if let Some(entries) = &mut found {
            entries.sort();
        }
        let expected: Option<Vec<(String, String)>> =
            expected.map(|e| e.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        if found != expected {
            wrong += &format!("{text:?}: expected {expected:?}, found {found:?}\n");
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn keeps_the_order_and_the_last_value() {
    let entries = parse("z=1\na=2\nz=3\nm=4").unwrap();
    let expected = [("z", "3"), ("a", "2"), ("m", "4")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(entries, expected);
}

#[test]
fn names_the_line_of_a_malformed_escape() {
    let e = parse("a=1\r\n# c\r\nb=2\\\r\n 3\r\n\r\nc=\\u12").unwrap_err();
    assert_eq!(e.to_string(), "Malformed \\uxxxx encoding. (line 6)");
}

#[test]
fn falls_back_to_latin_1() {
    assert_eq!(decode("ü=€".as_bytes().to_vec()), "ü=€");
    assert_eq!(decode(vec![b'a', b'=', 0xfc]), "a=ü");
}

/// Each setting knows its place, continued or not, and a comment its line.
#[test]
fn settings_and_comments_know_their_places() {
    let text = "# one\na=1\n  key.two : v\\u0061l \\\r\n   more\n\n\t! two\r\nb\na=2";
    let span = |line, column, length| Span { at: Place { line, column }, length };
    let entry = |key: &str, value: &str, written: &str, key_at, value_at| Entry {
        key: key.to_owned(),
        value: value.to_owned(),
        written: written.to_owned(),
        key_at,
        value_at,
    };
    let expected = Document {
        entries: vec![
            entry("a", "1", "1", span(2, 1, 1), span(2, 3, 1)),
            entry("key.two", "val more", "v\\u0061l more", span(3, 3, 7), span(3, 13, 9)),
            entry("b", "", "", span(7, 1, 1), span(7, 2, 0)),
            entry("a", "2", "2", span(8, 1, 1), span(8, 3, 1)),
        ],
        comments: vec![(1, " one".to_owned()), (6, " two".to_owned())],
    };
    assert_eq!(document(text), Ok(expected));
    assert_eq!(document("a=1\n b=\\u1"), Err(Malformed(Place { line: 2, column: 2 })));
}

#[test]
fn writes_what_it_reads() {
    let written = |pairs: &[(&str, &str)]| write(pairs.iter().copied());
    let found = [
        written(&[("a", "b"), ("url", "jdbc:x://h/?a=b#c!"), ("empty", "")]),
        written(&[("a b=c:d#e!f\\", "  two  "), ("", "   ")]),
        written(&[("ü", "é😀\t\n\r\u{c}\0\u{7f}"), ("w", "C:\\temp"), ("#k", "${file:/a:b}"), ("{", "[")]),
    ];
    let expected = [
        "a=b\nurl=jdbc:x://h/?a=b#c!\nempty=\n",
        "a\\ b\\=c\\:d\\#e\\!f\\\\=\\ \\ two\\ \\ \n=\\ \\ \\ \n",
        "\\u00FC=\\u00E9\\uD83D\\uDE00\\t\\n\\r\\f\\u0000\\u007F\nw=C:\\\\temp\n\\#k=${file:/a:b}\n\\{=[\n",
    ];
    assert_eq!(found, expected);
    for (_, pairs) in VECTORS {
        let Some(pairs) = pairs else { continue };
        let mut read = parse(&write(pairs.iter().copied())).unwrap();
        read.sort();
        let wanted: Vec<(String, String)> =
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(read, wanted);
    }
}
