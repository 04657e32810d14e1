//! Numbered lines that go through a job, and the check that each of them arrived.

use std::collections::HashSet;
use std::ops::Range;

/// What was promised about the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Each line comes once.
    ExactlyOnce,
    /// After a crash lines come again, in blocks that begin at an earlier line.
    AtLeastOnce,
    /// The same, and a part of a line may stand before the whole: SIGKILL ends a write(2) between two
    /// pages. The sink ends such a line when it starts again and writes it once more, whole; the JVM
    /// worker appends the next line to the part.
    AtLeastOnceInFile,
}

/// Line `number`; of uneven lengths, so that no block of a buffer ends with a line by luck.
pub fn line(number: usize) -> String {
    format!("{number:08} {}", "x".repeat(number * 7 % 97))
}

/// These lines as a file holds them.
pub fn text(numbers: Range<usize>) -> String {
    numbers.map(|number| line(number) + "\n").collect()
}

/// The first `count` lines are there, and for the first time in order.
///
/// # Panics
/// When one is missing, torn, or doubled where it may not be, with `why`.
pub fn check<'a>(
    where_: &str,
    count: usize,
    found: impl Iterator<Item = &'a str>,
    delivery: Delivery,
    why: &str,
) {
    let known: HashSet<String> = (0..count).map(line).collect();
    let (mut seen, mut next) = (HashSet::new(), 0);
    let (mut torn, mut missing, mut doubled) = (Vec::new(), Vec::new(), Vec::new());
    for text in found {
        if !known.contains(text) {
            let begun = text.get(..8).and_then(|number| number.parse().ok());
            let prefix = text.len() < 8 || begun.is_some_and(|number| line(number).starts_with(text));
            if delivery != Delivery::AtLeastOnceInFile || !prefix {
                torn.push(text.to_owned());
            }
        } else if seen.insert(text.to_owned()) {
            // The first time a line comes, all before it have come.
            while next < count && line(next) != text {
                missing.push(next);
                next += 1;
            }
            next += 1;
        } else {
            doubled.push(text.to_owned());
        }
    }
    missing.retain(|number| !seen.contains(&line(*number)));
    missing.extend((0..count).filter(|number| *number >= next));
    torn.truncate(5);
    missing.truncate(5);
    assert!(missing.is_empty(), "{where_} lacks lines {missing:?}… of {} (torn: {torn:?})\n{why}", count);
    assert!(torn.is_empty(), "{where_} has torn lines: {torn:?}\n{why}");
    if delivery == Delivery::ExactlyOnce {
        doubled.truncate(5);
        assert!(doubled.is_empty(), "{where_} has doubled lines: {doubled:?}\n{why}");
    }
}

#[cfg(test)]
mod tests {
    use super::{Delivery, check, line};

    fn of(delivery: Delivery, lines: &[&str]) {
        check("the text", 3, lines.iter().copied(), delivery, "");
    }

    #[test]
    fn accepts_whole_lines_in_order_and_repeats() {
        let (a, b, c) = (line(0), line(1), line(2));
        of(Delivery::AtLeastOnce, &[&a, &b, &a, &b, &c]);
    }

    #[test]
    #[should_panic(expected = "lacks lines [1]")]
    fn sees_a_missing_line() {
        of(Delivery::AtLeastOnce, &[&line(0), &line(2)]);
    }

    #[test]
    #[should_panic(expected = "lacks lines [2]")]
    fn sees_a_missing_end() {
        of(Delivery::AtLeastOnce, &[&line(0), &line(1)]);
    }

    #[test]
    fn accepts_the_beginning_of_a_line_that_comes_again() {
        of(Delivery::AtLeastOnceInFile, &[&line(0), &line(1), &line(2)[..5], &line(2)]);
    }

    #[test]
    #[should_panic(expected = "torn lines")]
    fn sees_the_end_of_a_line() {
        of(Delivery::AtLeastOnceInFile, &[&line(0), &line(1), &line(2)[3..], &line(2)]);
    }

    #[test]
    #[should_panic(expected = "torn lines")]
    fn sees_a_torn_line() {
        of(Delivery::AtLeastOnce, &[&line(0), &line(1), &line(1)[..5], &line(2)]);
    }

    #[test]
    #[should_panic(expected = "doubled lines")]
    fn sees_a_doubled_line() {
        of(Delivery::ExactlyOnce, &[&line(0), &line(1), &line(1), &line(2)]);
    }
}
