//! What Connect cannot do: off until asked for.

use std::fs;
use std::io::Write;

use ferry_sdk::api::SourceTask;
use ferry_sdk::data::Value;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::host::{FakeHost, Read, drain, lines};
use super::source::{Place, partition, position};

fn values(read: &[Read]) -> Vec<Value> {
    read.iter().map(|record| record.value.clone()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn a_rotated_file_is_finished_and_the_new_one_begun() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("app.log", "one\ntwo\n");
    let config = [("file", file.as_str()), ("topic", "t"), ("follow", "true")];
    let mut task = host.source(&config).expect("started");
    assert_eq!(lines(&drain(&mut task)), [("one", 4), ("two", 8)]);
    fs::rename(&file, place.at("app.log.1")).expect("rotated");
    // The writer goes on in the old file for a while, and nobody has made the new one.
    place.append("app.log.1", "three\n");
    assert_eq!(lines(&drain(&mut task)), [("three", 14)]);
    place.append("app.log.1", "four");
    place.write("app.log", "five\n");
    // Once more after the change was seen, then the rest without a line end, then the new file.
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(drain(&mut task));
    }
    assert_eq!(lines(&seen), [("four", 18), ("five", 5)]);
    place.append("app.log", "six\n");
    assert_eq!(lines(&drain(&mut task)), [("six", 9)]);
    assert_eq!(host.complaints(), [""; 0]);
}

#[test]
fn without_follow_the_open_file_is_read_for_ever() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("app.log", "one\n");
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    assert_eq!(drain(&mut task).len(), 1);
    fs::rename(&file, place.at("app.log.1")).expect("rotated");
    place.write("app.log", "new\n");
    for _ in 0..3 {
        assert_eq!(drain(&mut task), []);
    }
    place.append("app.log.1", "two\n");
    assert_eq!(lines(&drain(&mut task)), [("two", 8)]);
}

#[test]
fn rotations_while_nobody_looked_are_made_up_for() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("app.log", "one\ntwo\nthree\n");
    let config = [("file", file.as_str()), ("topic", "t"), ("follow", "true"), ("batch.size", "1")];
    let mut task = host.source(&config).expect("started");
    let first = super::host::read(&task.poll().expect("a poll").expect("a batch"));
    host.commit(&first);
    drop(task);
    let at = |name: &str, seconds: u64| {
        let time = fs::FileTimes::new()
            .set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
        let file = fs::OpenOptions::new().append(true).open(place.at(name)).expect("a file");
        file.set_times(time).expect("set");
    };
    fs::rename(&file, place.at("app.log.2")).expect("rotated");
    at("app.log.2", 1000);
    place.write("app.log.1", "four\n");
    at("app.log.1", 2000);
    place.write("app.log.bak", "not a rotated one\n");
    place.write("app.log", "five\n");
    let mut task = host.source(&config).expect("started");
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.extend(drain(&mut task));
    }
    let expected = [("two", 8), ("three", 14), ("four", 5), ("five", 5)];
    assert_eq!(lines(&seen), expected);
    // The new file's offsets lead to the new file.
    host.commit(&seen);
    place.append("app.log", "six\n");
    assert_eq!(lines(&drain(&mut host.source(&config).expect("started"))), [("six", 9)]);
    assert_eq!(host.complaints(), [""; 0]);
}

/// File systems tell times in ticks of some milliseconds: files that were written in the same one keep their order.
#[test]
fn rotations_within_one_tick_of_the_clock_lose_nothing() {
    for names in [
        ["app.log.11", "app.log.10", "app.log.9"],
        ["app.log-20240131", "app.log-20240201", "app.log-20240202"],
    ] {
        let (place, host) = (Place::new(), FakeHost::new());
        let file = place.write("app.log", "one\n");
        let config = [("file", file.as_str()), ("topic", "t"), ("follow", "true")];
        let mut task = host.source(&config).expect("started");
        let first = drain(&mut task);
        assert_eq!(lines(&first), [("one", 4)]);
        host.commit(&first);
        drop(task);
        fs::rename(&file, place.at(names[0])).expect("rotated");
        place.write(names[1], "two\n");
        place.write(names[2], "three\n");
        for name in names {
            let tick = fs::FileTimes::new()
                .set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1000));
            let file = fs::OpenOptions::new().append(true).open(place.at(name)).expect("a file");
            file.set_times(tick).expect("set");
        }
        place.write("app.log", "four\n");
        let mut task = host.source(&config).expect("started");
        let mut seen = Vec::new();
        for _ in 0..8 {
            seen.extend(drain(&mut task));
        }
        assert_eq!(lines(&seen), [("two", 4), ("three", 6), ("four", 5)]);
        assert_eq!(host.complaints(), [""; 0]);
    }
}

#[test]
fn a_truncated_file_is_read_again_from_its_start() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("app.log", "one\ntwo\n");
    let config = [("file", file.as_str()), ("topic", "t"), ("follow", "true")];
    let mut task = host.source(&config).expect("started");
    let read = drain(&mut task);
    assert_eq!(read.len(), 2);
    let warning = format!("{file} was truncated: reading it from the start");
    place.write("app.log", "1\n");
    assert_eq!(lines(&drain(&mut task)), [("1", 2)]);
    assert_eq!(host.complaints(), std::slice::from_ref(&warning));
    // Written anew and longer than before.
    place.write("app.log", "another\nfile\n");
    assert_eq!(lines(&drain(&mut task)), [("another", 8), ("file", 13)]);
    assert_eq!(host.complaints(), [warning]);
    // Seen at the start as well, and what was copied away is read to its end first.
    host.commit(&read);
    place.write("app.log", "one\ntwo\nthree\n");
    fs::copy(&file, place.at("app.log.1")).expect("copied");
    place.write("app.log", "four\n");
    let mut task = host.source(&config).expect("started");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(drain(&mut task));
    }
    assert_eq!(lines(&seen), [("three", 14), ("four", 5)]);
    assert_eq!(host.complaints(), [""; 0]);
    host.commit(&read);
    fs::remove_file(place.at("app.log.1")).expect("removed");
    assert_eq!(lines(&drain(&mut host.source(&config).expect("started"))), [("four", 5)]);
    assert_eq!(
        host.complaints(),
        [format!(
            "{file} is not the file that was read before, and that one is not beside it any more: reading from the start"
        )]
    );
}

#[test]
fn offsets_without_identity_are_followed_from() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("app.log", "one\ntwo\n");
    host.store(partition(&file), position(4));
    let mut task = host.source(&[("file", &file), ("topic", "t"), ("follow", "true")]).expect("started");
    assert_eq!(lines(&drain(&mut task)), [("two", 8)]);
}

#[test]
fn patterns_find_files_each_with_its_own_partition() {
    let (place, host) = (Place::new(), FakeHost::new());
    let (b, a) = (place.write("b.log", "b1\nb2\nb3\n"), place.write("a.log", "a1\n"));
    place.write("c.txt", "not meant\n");
    let pattern = place.at("*.log");
    let config = [("files", pattern.as_str()), ("topic", "t"), ("batch.size", "2")];
    let mut task = host.source(&config).expect("started");
    let seen = drain(&mut task);
    let named = |read: &[Read]| -> Vec<(String, String, i64)> {
        let name = |r: &Read| r.partition.get("filename").and_then(Value::as_str).expect("a name").to_owned();
        read.iter().map(|r| (name(r), r.text().to_owned(), r.position())).collect()
    };
    let row = |file: &str, text: &str, at: i64| (file.to_owned(), text.to_owned(), at);
    assert_eq!(named(&seen), [row(&a, "a1", 3), row(&b, "b1", 3), row(&b, "b2", 6), row(&b, "b3", 9)]);
    host.commit(&seen);
    let d = place.write("d.log", "d1\n");
    place.append("a.log", "a2\n");
    let mut more = named(&drain(&mut task));
    more.sort();
    assert_eq!(more, [row(&a, "a2", 6), row(&d, "d1", 3)]);
    let mut again = named(&drain(&mut host.source(&config).expect("started")));
    again.sort();
    assert_eq!(again, [row(&a, "a2", 6), row(&d, "d1", 3)]);
    assert_eq!(host.complaints(), [""; 0]);
}

#[test]
fn gzip_is_read_by_name_or_by_order() {
    let (place, host) = (Place::new(), FakeHost::new());
    let (one, two) = (gzip("one\ngr\u{fc}n\n".as_bytes()), gzip(b"three\nfour"));
    for (name, compression) in [("in.gz", "auto"), ("in.bin", "gzip")] {
        let file = place.write(name, [&one[..], &two].concat());
        let config = [("file", file.as_str()), ("topic", "t"), ("compression", compression)];
        let read = drain(&mut host.source(&config).expect("started"));
        assert_eq!(lines(&read), [("one", 4), ("gr\u{fc}n", 9), ("three", 15)]);
        host.store(partition(&file), position(9));
        let mut task = host.source(&config).expect("started");
        assert_eq!(lines(&drain(&mut task)), [("three", 15)]);
        // Another member, in two writes.
        let third = gzip(b" more\nfive\n");
        place.append(name, &third[..third.len() / 2]);
        let half = drain(&mut task);
        place.append(name, &third[third.len() / 2..]);
        let rest = drain(&mut task);
        assert_eq!(lines(&[half, rest].concat()), [("four more", 25), ("five", 30)]);
    }
    let plain = place.write("plain.gz", "as it is and always was\n");
    let mut task = host.source(&[("file", &plain), ("topic", "t")]).expect("started");
    assert_eq!(lines(&drain(&mut task)), [("as it is and always was", 24)]);
    let mut task =
        host.source(&[("file", &plain), ("topic", "t"), ("compression", "gzip")]).expect("started");
    let error = task.poll().expect_err("no gzip");
    assert_eq!(error.message(), format!("Couldn't read file {plain} for FileStreamSourceTask"));
}

#[test]
fn other_encodings_are_decoded() {
    let (place, host) = (Place::new(), FakeHost::new());
    let utf16: Vec<u8> =
        "\u{feff}gr\u{fc}n \u{1f600}\r\nzwei\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"gr\xfcn \x80\nzwei\n".to_vec();
    for (bytes, encoding, expected) in [
        (utf16, "utf-16le", [("gr\u{fc}n \u{1f600}", 9), ("zwei", 14)]),
        (latin, "windows-1252", [("gr\u{fc}n \u{20ac}", 7), ("zwei", 12)]),
    ] {
        let file = place.write("in.txt", bytes);
        let config = [("file", file.as_str()), ("topic", "t"), ("encoding", encoding)];
        assert_eq!(lines(&drain(&mut host.source(&config).expect("started"))), expected);
        host.store(partition(&file), position(expected[0].1));
        assert_eq!(lines(&drain(&mut host.source(&config).expect("started"))), expected[1..]);
        host.store(partition(&file), Value::Map(vec![]));
    }
}

#[test]
fn json_lines_become_values_without_schema() {
    let (place, host) = (Place::new(), FakeHost::new());
    let rows = "{\"z\":1,\"a\":[true,null,1.5,\"x\\n\"],\"z\":{\"b\":-9223372036854775808}}\r\n\n \n\"text\"\n18446744073709551615\n";
    let file = place.write("in.json", rows);
    let mut task = host.source(&[("file", &file), ("topic", "t"), ("format", "json")]).expect("started");
    let batch = task.poll().expect("a poll").expect("a batch");
    assert!(batch.records().iter().all(|record| record.value_schema().is_none()));
    let read = super::host::read(&batch);
    let list = Value::Array(vec![true.into(), Value::Null, 1.5.into(), "x\n".into()]);
    let inner = Value::map([("b", i64::MIN)]);
    assert_eq!(
        values(&read),
        [Value::map([("z", inner), ("a", list)]), "text".into(), Value::Float64(18446744073709551615.0)]
    );
    assert_eq!(read.iter().map(Read::position).collect::<Vec<_>>(), [66, 76, 97]);
}

#[test]
fn csv_rows_are_named_by_the_header() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.csv", "id,name\r\n1,\"a,b\"\n\n2,\"say \"\"hi\"\"\"\n");
    let config = [("file", file.as_str()), ("topic", "t"), ("format", "csv")];
    let row = |id: &str, name: &str| Value::map([("id", id), ("name", name)]);
    let read = drain(&mut host.source(&config).expect("started"));
    assert_eq!(values(&read), [row("1", "a,b"), row("2", "say \"hi\"")]);
    host.commit(&read[..1]);
    place.append("in.csv", "3,\n");
    let rest = drain(&mut host.source(&config).expect("started"));
    assert_eq!(values(&rest), [row("2", "say \"hi\""), row("3", "")]);
    let file = place.write("bad.csv", "id,id\n1,2\n");
    let mut task = host.source(&[("file", &file), ("topic", "t"), ("format", "csv")]).expect("started");
    let error = task.poll().expect_err("a header");
    assert_eq!(
        error.message(),
        format!("The first line of {file} is no header: the name 'id' is in the header twice")
    );
}

#[test]
fn a_bad_row_fails_the_task_or_is_skipped() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.json", "{\"a\":1}\n{\"a\":\n{\"a\":2}\n{\"a\":3} x\n");
    let bad = |position: u32, reason: &str| {
        format!("The row at position {position} of {file} cannot be read: {reason}")
    };
    let config = [("file", file.as_str()), ("topic", "t"), ("format", "json")];
    let mut task = host.source(&config).expect("started");
    // What is before the bad row is not lost.
    assert_eq!(task.poll().expect("a poll").expect("a batch").len(), 1);
    for _ in 0..2 {
        let error = task.poll().expect_err("a bad row");
        assert_eq!(error.kind(), ferry_sdk::ErrorKind::Data);
        assert_eq!(error.message(), bad(8, "EOF while parsing a value at column 5"));
    }
    let tolerant = [&config[..], &[("errors.tolerance", "all")]].concat();
    let row = |a: i64| Value::map([("a", a)]);
    assert_eq!(values(&drain(&mut host.source(&tolerant).expect("started"))), [row(1), row(2)]);
    assert_eq!(host.complaints(), [""; 0]);
    let logged = [&tolerant[..], &[("errors.log.enable", "true"), ("batch.size", "1")]].concat();
    assert_eq!(values(&drain(&mut host.source(&logged).expect("started"))), [row(1), row(2)]);
    assert_eq!(
        host.complaints(),
        [bad(8, "EOF while parsing a value at column 5"), bad(22, "trailing characters at column 9")]
    );
    let csv = place.write("in.csv", "a,b\n1\n1,2\n");
    let mut task = host.source(&[("file", &csv), ("topic", "t"), ("format", "csv")]).expect("started");
    let error = task.poll().expect_err("a short row");
    let expected =
        format!("The row at position 4 of {csv} cannot be read: the header has 2 fields, the row has 1");
    assert_eq!(error.message(), expected);
}
