//! Going on where a stored offset says: from UTF-16 units to the right byte.
//!
//! The units of all that comes before must be counted, once per start. Where everything before is ASCII,
//! units are bytes and the place is exact whatever it is. Behind other text only the start of a line can be
//! what a FileStreamSource stored, so any other place tells that the number is no count of units from
//! the start of the file: the JVM's connector skips `position` *bytes* when it restarts and counts units
//! from there, and it counts a character that a writer had half written as up to three. Both make its number
//! too large, never larger than the number of bytes. So such a number is taken for what the JVM would do with
//! it, a count of bytes, and reading goes on at the start of the line that byte is in: lines may come
//! twice, none is left out. What cannot be told is a number of that kind that happens to fall on the start
//! of a later line.

use std::io;

use memchr::memrchr2;

use crate::input::Input;
use crate::lines::Lines;
use crate::position::units;

/// Where a position leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// There: `lines` stands at it.
    Here,
    /// Into a line; `lines` stands at the start of that line, which is this position.
    Inside {
        /// The position of the line.
        line: u64,
        /// The line that has the position as a byte.
        by_bytes: Option<Place>,
    },
    /// Behind the last line there is.
    Behind {
        /// The line that has the position as a byte.
        by_bytes: Option<Place>,
    },
    /// The task was told to stop meanwhile.
    Stopped,
}

/// The start of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In bytes.
    pub offset: u64,
    /// In UTF-16 units.
    pub position: u64,
}

/// Moves `lines`, which stands at the start of `input`, to `target`.
pub fn resume(
    lines: &mut Lines,
    input: &mut dyn Input,
    target: u64,
    stopping: &dyn Fn() -> bool,
) -> io::Result<Found> {
    let mut here = Place { offset: lines.offset(), position: 0 };
    let mut ascii = true;
    let mut by_bytes = None;
    while here.position < target {
        let left = usize::try_from(target - here.position).unwrap_or(usize::MAX);
        let whole = lines.whole();
        if whole.is_empty() {
            if stopping() {
                return Ok(Found::Stopped);
            }
            if lines.fill(input)? > 0 {
                continue;
            }
            let rest = lines.rest();
            if ascii && left <= rest.len() && rest[..left].is_ascii() {
                lines.skip(left);
                return Ok(Found::Here);
            }
            if target < here.offset + rest.len() as u64 {
                by_bytes = by_bytes.or(Some(here));
            }
            return Ok(Found::Behind { by_bytes });
        }
        if by_bytes.is_none() && target < here.offset + whole.len() as u64 {
            let start = line_start(whole, (target - here.offset) as usize);
            let position = here.position + units(&whole[..start]) as u64;
            by_bytes = Some(Place { offset: here.offset + start as u64, position });
        }
        let (bytes, count) = (whole.len(), units(whole));
        if count > left {
            if ascii && whole[..left].is_ascii() {
                lines.skip(left);
                return Ok(Found::Here);
            }
            return Ok(walk(lines, here.position, target, by_bytes));
        }
        ascii &= whole.is_ascii();
        lines.skip(bytes);
        here = Place { offset: here.offset + bytes as u64, position: here.position + count as u64 };
    }
    Ok(Found::Here)
}

/// Goes line by line from `position` to `target`, which is in the whole lines that are there.
fn walk(lines: &mut Lines, mut position: u64, target: u64, by_bytes: Option<Place>) -> Found {
    lines.split(usize::MAX);
    let mut at = None;
    for line in lines.found() {
        let count = units(&lines.chunk().bytes()[line.start as usize..line.next as usize]) as u64;
        at = Some(line.start);
        if position + count > target {
            break;
        }
        position += count;
    }
    if let Some(start) = at {
        lines.consume(start as usize);
    }
    if position == target { Found::Here } else { Found::Inside { line: position, by_bytes } }
}

/// The start of the line of `whole` that byte `at` is in.
fn line_start(whole: &[u8], at: usize) -> usize {
    match memrchr2(b'\n', b'\r', &whole[..at]) {
        None => 0,
        // Between the halves of a line end.
        Some(end) if whole[end] == b'\r' && whole.get(end + 1) == Some(&b'\n') => line_start(whole, end),
        Some(end) => end + 1,
    }
}
