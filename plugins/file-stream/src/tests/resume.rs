//! Going on from stored offsets, one's own and the JVM's.

use ferry_sdk::api::SourceTask;

use super::host::{FakeHost, drain, lines};
use super::source::{Place, partition, position};

/// What a task reads that goes on at `at`, and the host's warnings.
fn from(bytes: impl AsRef<[u8]>, at: i64, more: &[(&str, &str)]) -> (Vec<(String, i64)>, Vec<String>) {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", bytes);
    host.store(partition(&file), position(at));
    let config = [&[("file", file.as_str()), ("topic", "t")], more].concat();
    let mut task = host.source(&config).expect("started");
    let read = drain(&mut task);
    let read = lines(&read).iter().map(|(text, at)| ((*text).to_owned(), *at)).collect();
    let complaints = host.complaints().iter().map(|line| line.replace(&file, "FILE")).collect();
    (read, complaints)
}

fn owned(lines: &[(&str, i64)]) -> Vec<(String, i64)> {
    lines.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect()
}

#[test]
fn every_stored_position_leads_to_the_next_line() {
    let texts = [
        "one\ntwo\r\n\nthree\rfour\n".to_owned(),
        "gr\u{fc}\u{df}e\n\u{20ac} \u{1f600}\r\n\r\nende \u{1f600}\rx\n".to_owned(),
        // Over several chunks, with lines across their borders.
        (0..40_000).map(|i| format!("line {i} of a file that is longer than a chunk \u{e9}\n")).collect(),
    ];
    for text in texts {
        let (place, host) = (Place::new(), FakeHost::new());
        let file = place.write("in.txt", &text);
        let config = [("file", file.as_str()), ("topic", "t")];
        let all = drain(&mut host.source(&config).expect("started"));
        let step = (all.len() / 25).max(1);
        for at in (0..all.len()).step_by(step).chain([all.len() - 1]) {
            host.commit(&all[..=at]);
            let rest = drain(&mut host.source(&config).expect("started"));
            assert!(rest == all[at + 1..], "after record {at}");
        }
        assert_eq!(host.complaints(), [""; 0]);
    }
}

#[test]
fn invalid_bytes_before_the_position_count_as_java_counts_them() {
    let bytes = b"\xed\xa0\x80\xc0\xaf\n\xf0\x9f\x98\nb\n";
    assert_eq!(from(bytes, 4, &[]), (owned(&[("\u{FFFD}", 6), ("b", 8)]), vec![]));
    assert_eq!(from(bytes, 6, &[]), (owned(&[("b", 8)]), vec![]));
}

#[test]
fn behind_ascii_any_position_is_exact() {
    assert_eq!(from("one\ntwo\n", 1, &[]), (owned(&[("ne", 4), ("two", 8)]), vec![]));
    assert_eq!(from("one\ntw\u{f6}\n", 6, &[]), (owned(&[("\u{f6}", 8)]), vec![]));
    assert_eq!(from("one\ntwo", 6, &[]), (vec![], vec![]));
}

#[test]
fn a_position_inside_a_line_behind_other_text_is_read_as_bytes_from_the_start_of_the_line() {
    let warning = |position: i64, byte: u64| {
        vec![format!(
            "the stored position {position} of FILE is not the start of a line: reading again from byte {byte}"
        )]
    };
    // Lines begin at units 0, 4, 8, 12 and at bytes 0, 7, 14, 21.
    let text = "\u{e9}\u{e9}\u{e9}\n\u{e9}\u{e9}\u{f6}\n\u{fc}\u{fc}\u{fc}\nend\n";
    let all = owned(&[
        ("\u{e9}\u{e9}\u{e9}", 4),
        ("\u{e9}\u{e9}\u{f6}", 8),
        ("\u{fc}\u{fc}\u{fc}", 12),
        ("end", 16),
    ]);
    assert_eq!(from(text, 9, &[]), (all[1..].to_vec(), warning(9, 7)));
    assert_eq!(from(text, 6, &[]), (all.clone(), warning(6, 0)));
    // The JVM read two lines, was restarted, skipped 8 bytes, and read on to the end: 8 + 11 units.
    assert_eq!(from(text, 19, &[]), (all[2..].to_vec(), warning(19, 14)));
    // Between the two halves of a line end.
    let (read, warned) = from("\u{e9}\u{e9}\r\n\u{e9}\r\n", 5, &[]);
    assert_eq!((read, warned), (owned(&[("\u{e9}\u{e9}", 4), ("\u{e9}", 7)]), warning(5, 0)));
    // The unfinished line counts as well.
    assert_eq!(from("\u{e9}\n\u{e9}\u{e9}\u{e9}", 4, &[]), (vec![], warning(4, 3)));
    // No line of a file that is shorter.
    assert_eq!(from(text, 25, &[]), (vec![], vec![]));
}

#[test]
fn stopping_ends_the_search() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", vec![b'x'; 4 << 20]);
    host.store(partition(&file), position(3 << 20));
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    host.stop();
    assert!(task.poll().expect("a poll").is_none());
}
