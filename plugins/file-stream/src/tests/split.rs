//! Lines and positions, however the bytes arrive.

use std::io;

use ferry_sdk::data::{Value, java};
use proptest::prelude::*;

use super::host::{Read, read};
use crate::format::Text;
use crate::input::Input;
use crate::lines::Lines;
use crate::records::{Origin, build};

/// Gives the pieces, one per read at most.
struct Pieces(Vec<Vec<u8>>);

impl Pieces {
    fn cut(bytes: &[u8], at: &[usize]) -> Self {
        let mut cuts: Vec<usize> = at.iter().map(|at| at % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        Self(cuts.windows(2).rev().map(|w| bytes[w[0]..w[1]].to_vec()).collect())
    }
}

impl Input for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.last_mut() else { return Ok(0) };
        let count = piece.len().min(into.len());
        into[..count].copy_from_slice(&piece[..count]);
        piece.drain(..count);
        if piece.is_empty() {
            self.0.pop();
        }
        Ok(count)
    }
    fn hint(&mut self) -> usize {
        self.0.last().map_or(0, Vec::len)
    }
}

/// All records of `input`, in batches of at most `limit`. Batches are kept, so that no chunk is free for
/// reuse, or dropped at once.
fn split(mut input: Pieces, limit: usize, keep: bool) -> Vec<(String, i64)> {
    let partition = Value::Null;
    let origin = Origin { topic: "t", partition: &partition, identity: None, tracked: true };
    let (mut lines, mut position) = (Lines::new(0), 0);
    let (mut batches, mut seen) = (Vec::new(), Vec::new());
    loop {
        while lines.split(limit) > 0 {
            let batch = build(&origin, &mut lines, &mut position, &Text, &mut |_, _| Ok(()));
            let batch = batch.expect("texts are never bad").expect("every line is a record");
            assert!(batch.len() <= limit);
            seen.extend(read(&batch));
            if keep {
                batches.push(batch);
            }
        }
        if lines.fill(&mut input).expect("memory") == 0 {
            break;
        }
    }
    // What batches point into does not change afterwards.
    if keep {
        let again: Vec<Read> = batches.iter().flat_map(read).collect();
        assert_eq!(again, seen);
    }
    seen.iter().map(|record| (record.text().to_owned(), record.position())).collect()
}

/// `FileStreamSourceTask.extractLine` over the whole text.
fn reference(bytes: &[u8]) -> Vec<(String, i64)> {
    let text: Vec<u16> = java::decode(bytes).encode_utf16().collect();
    let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let next = match (text[at], text.get(at + 1)) {
            (0x0A, _) => at + 1,
            (0x0D, Some(0x0A)) => at + 2,
            (0x0D, Some(_)) => at + 1,
            (0x0D, None) => break,
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push((String::from_utf16(&text[start..at]).expect("decoded text"), next as i64));
        (start, at) = (next, next);
    }
    lines
}

fn vectors() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        &b""[..],
        b"\n",
        b"\r",
        b"a",
        b"a\nb\r\nc\rd\n\ne",
        b"a\nb\r\nc\rd\n\ne\n",
        b"\r\r\n\n\r",
        b"\r\r\n\n\rx",
        b"a\rb\rc\n\rd\n",
        b"\r\n\r\n\r\n",
        b"\xef\xbb\xbfa\n",
        b"a\0b\n\0\n",
        b"a\x80b\n\xbf\n",
        b"a\xc3\n\xe2\x82\n\xf0\x9f\x98\nb\xe2\x82c\r",
        b"\xc0\xaf\n\xe0\x80\xaf\n\xf0\x80\x80\xaf\n",
        b"\xed\xa0\x80\n\xed\xa0\xbd\xed\xb8\x80\r\n\xed\xa0\nx",
        b"\xf4\x90\x80\x80\n\xf5\x80\x80\x80\r\xf8\x88\x80\x80\x80\n\xfe\xff\n",
        "gr\u{fc}\u{df}e \u{20ac} \u{1f600}\u{1d11e} zuletzt\r\n\u{1f600}\n\u{2028}\u{85}\u{b}\n".as_bytes(),
    ]
    .iter()
    .map(|bytes| bytes.to_vec())
    .collect();
    all.push((0x80..=0xff_u8).flat_map(|byte| [b'<', byte, b'>', b'\n']).collect());
    all
}

#[test]
fn every_vector_splits_alike_at_every_cut() {
    for bytes in vectors() {
        let expected = reference(&bytes);
        for first in 0..=bytes.len() {
            let second = (first * 7 + 3) % (bytes.len() + 1);
            for limit in [1, 2, 2000] {
                for keep in [true, false] {
                    let pieces = Pieces::cut(&bytes, &[first, second]);
                    assert_eq!(
                        split(pieces, limit, keep),
                        expected,
                        "{bytes:02x?} cut at {first} and {second}"
                    );
                }
            }
        }
        let every: Vec<usize> = (0..bytes.len()).collect();
        assert_eq!(split(Pieces::cut(&bytes, &every), 3, true), expected, "{bytes:02x?} byte by byte");
    }
}

#[test]
fn positions_are_those_of_the_jvm() {
    // As the JVM worker wrote them.
    let expected = [("a", 2), ("b", 5), ("c", 7), ("d", 9), ("", 10)].map(|(line, at)| (line.to_owned(), at));
    assert_eq!(split(Pieces::cut(b"a\nb\r\nc\rd\n\ne", &[]), 2000, true), expected);
}

#[test]
fn lines_longer_than_a_chunk_come_whole() {
    let mut bytes = b"before\n".to_vec();
    bytes.extend(std::iter::repeat_n("\u{e9}\u{20ac}\u{1f600}", 700_000).flat_map(str::bytes));
    bytes.extend(b"\r\nafter\n");
    let whole = Pieces(vec![bytes.clone()]);
    assert_eq!(split(whole, 2000, true), reference(&bytes));
    let cuts: Vec<usize> = (0..bytes.len()).step_by(300_007).collect();
    assert_eq!(split(Pieces::cut(&bytes, &cuts), 2000, false), reference(&bytes));
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'a'),
        2 => Just(b'\n'),
        2 => Just(b'\r'),
        3 => proptest::sample::select(vec![0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xf5, 0xff]),
        1 => any::<u8>(),
    ];
    proptest::collection::vec(byte, 0..60)
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_the_lines_of_the_whole(
        bytes in bytes(),
        cuts in proptest::collection::vec(0..1000usize, 0..8),
        limit in 1..5usize,
        keep: bool,
    ) {
        prop_assert_eq!(split(Pieces::cut(&bytes, &cuts), limit, keep), reference(&bytes));
    }
}
