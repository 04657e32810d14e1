//! From text to fields (`SimpleDateFormat.parse`, lenient).

use ferry_plugin_abi::data::java::digit;

use super::names;
use super::pattern::{Item, Letter};
use super::resolve::{Draft, Field};

/// What the text at the start of `text` says; `None` if it does not fit `items`. What follows is not
/// looked at. `century` is the first year that two digits can mean; whether they mean that very year is
/// the second result.
pub fn read(items: &[Item], text: &str, century: i32) -> Option<(Draft, bool)> {
    let mut reader = Reader { text, at: 0, draft: Draft::default(), century, ambiguous: false };
    for (number, item) in items.iter().enumerate() {
        match item {
            Item::Literal(literal) => {
                reader.at += text[reader.at..].strip_prefix(literal.as_str()).map(|_| literal.len())?;
            }
            Item::Field(letter, count) => {
                // Digits of a field right behind this one are not this one's.
                let exact =
                    matches!(items.get(number + 1), Some(Item::Field(next, n)) if next.is_numeric(*n));
                reader.at = reader.field(*letter, *count, exact)?;
            }
        }
    }
    // A text of which nothing was read is no date.
    (reader.at > 0).then_some((reader.draft, reader.ambiguous))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    draft: Draft,
    century: i32,
    ambiguous: bool,
}

impl Reader<'_> {
    /// Reads a field; where it ends.
    fn field(&mut self, letter: Letter, count: usize, exact: bool) -> Option<usize> {
        let blanks = self.text[self.at..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let start = self.at + blanks;
        if start == self.text.len() {
            return None;
        }
        // Names are looked for before the blanks are skipped, as in the JDK.
        match letter {
            Letter::Era => return self.name(Field::Era, &[&names::ERAS, &names::LONG_ERAS], 0, false),
            Letter::Month | Letter::StandaloneMonth if count >= 3 => {
                return self.name(Field::Month, &[&names::MONTHS], 0, true);
            }
            Letter::DayOfWeek => return self.name(Field::DayOfWeek, &[&names::DAYS], 1, true),
            Letter::AmPm => return self.name(Field::AmPm, &[&names::HALVES], 0, false),
            Letter::ZoneName | Letter::ZoneValue => return self.zone(start),
            Letter::IsoZone => return self.iso_zone(start, count),
            _ => {}
        }
        let end = if exact { advance(self.text, self.at, count)? } else { self.text.len() };
        let (value, end) = integer(self.text, start, end)?;
        let (field, value) = match letter {
            Letter::Year => (Field::Year, self.year(value, start, end, count)),
            Letter::WeekYear => (Field::WeekYear, self.year(value, start, end, count)),
            Letter::Month | Letter::StandaloneMonth => (Field::Month, value.wrapping_sub(1)),
            Letter::HourFrom1To24 => (Field::HourOfDay, if value == 24 { 0 } else { value }),
            Letter::HourFrom1To12 => (Field::Hour, if value == 12 { 0 } else { value }),
            Letter::HourFrom0To11 => (Field::Hour, value),
            Letter::Hour => (Field::HourOfDay, value),
            Letter::Minute => (Field::Minute, value),
            Letter::Second => (Field::Second, value),
            Letter::Millisecond => (Field::Millisecond, value),
            Letter::DayOfMonth => (Field::DayOfMonth, value),
            Letter::DayOfYear => (Field::DayOfYear, value),
            Letter::DayOfWeekInMonth => (Field::DayOfWeekInMonth, value),
            Letter::WeekOfYear => (Field::WeekOfYear, value),
            Letter::WeekOfMonth => (Field::WeekOfMonth, value),
            // Monday is 1 here and 2 in the calendar.
            Letter::IsoDayOfWeek if (1..=7).contains(&value) => (Field::DayOfWeek, value % 7 + 1),
            Letter::IsoDayOfWeek => (Field::DayOfWeek, value),
            Letter::Era
            | Letter::DayOfWeek
            | Letter::AmPm
            | Letter::ZoneName
            | Letter::ZoneValue
            | Letter::IsoZone => return None,
        };
        self.draft.set(field, value);
        Some(end)
    }

    /// Exactly two digits for a pattern of at most two letters mean a year of the hundred from `century`.
    fn year(&mut self, value: i32, start: usize, end: usize, count: usize) -> i32 {
        let digits = &self.text[start..end];
        if count > 2 || digits.chars().count() != 2 || digits.chars().any(|c| digit(c).is_none()) {
            return value;
        }
        let first = self.century % 100;
        self.ambiguous = value == first;
        value + self.century / 100 * 100 + if value < first { 100 } else { 0 }
    }

    /// The longest of the names that the text begins with, upper and lower case alike.
    fn name(&mut self, field: Field, lists: &[&[&str]], offset: i32, short: bool) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        for (index, name) in lists.iter().flat_map(|list| list.iter().enumerate()) {
            for name in [Some(*name), short.then(|| names::short(name))].into_iter().flatten() {
                if starts_with(self.text, self.at, name) && best.is_none_or(|(_, length)| name.len() > length)
                {
                    best = Some((index, name.len()));
                }
            }
        }
        let (index, length) = best?;
        self.draft.set(field, index as i32 + offset);
        Some(self.at + length)
    }

    /// `GMT`, `GMT+8:00`, `+0800`, or the name of a zone.
    fn zone(&mut self, start: usize) -> Option<usize> {
        if let Some(sign) = sign(self.text, start) {
            return self.numeric_zone(start + 1, sign, 0, false);
        }
        if starts_with(self.text, self.at, "GMT") && start == self.at {
            let end = start + 3;
            return match sign(self.text, end) {
                Some(sign) => self.numeric_zone(end + 1, sign, 0, true),
                None => self.offset(0, end),
            };
        }
        let (length, millis) = super::zones::find(&self.text[start..])?;
        self.offset(millis, start + length)
    }

    /// `Z`, `+08`, `+0800`, `+08:00` for one, two and three letters.
    fn iso_zone(&mut self, start: usize, count: usize) -> Option<usize> {
        if self.text[start..].starts_with('Z') {
            return self.offset(0, start + 1);
        }
        let sign = sign(self.text, start)?;
        self.numeric_zone(start + 1, sign, count, count == 3)
    }

    fn offset(&mut self, millis: i32, end: usize) -> Option<usize> {
        self.draft.set(Field::ZoneOffset, millis);
        Some(end)
    }

    /// Hours, and minutes unless `count` is 1. One digit of hours is enough only in `GMT+8:00`.
    fn numeric_zone(&mut self, start: usize, sign: i32, count: usize, colon: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let digit =
            |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i32::from(byte - b'0'));
        let mut at = start + 1;
        let mut hours = digit(start)?;
        // The JDK looks at the character behind even where one digit would do.
        bytes.get(at)?;
        match digit(at) {
            Some(second) => {
                hours = hours * 10 + second;
                at += 1;
            }
            None if count > 0 || !colon => return None,
            None => {}
        }
        if hours > 23 {
            return None;
        }
        let mut minutes = 0;
        if count != 1 {
            if colon {
                bytes.get(at).filter(|byte| **byte == b':')?;
                at += 1;
            }
            minutes = digit(at)? * 10 + digit(at + 1)?;
            at += 2;
            if minutes > 59 {
                return None;
            }
        }
        self.offset((hours * 60 + minutes) * 60_000 * sign, at)
    }
}

fn sign(text: &str, at: usize) -> Option<i32> {
    match text.as_bytes().get(at)? {
        b'+' => Some(1),
        b'-' => Some(-1),
        _ => None,
    }
}

fn starts_with(text: &str, at: usize, name: &str) -> bool {
    text.as_bytes()[at..].get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
}

/// The place `units` UTF-16 units behind `at`; `None` if the text ends before.
fn advance(text: &str, at: usize, units: usize) -> Option<usize> {
    let mut left = units;
    for (offset, c) in text[at..].char_indices() {
        if left == 0 {
            return Some(at + offset);
        }
        left = left.saturating_sub(c.len_utf16());
    }
    (left == 0).then_some(text.len())
}

/// A whole number at `start`, in front of `end` (`DecimalFormat.parse` for integers): an exponent counts too,
/// and what is too large for 64 bits is a double.
fn integer(text: &str, start: usize, end: usize) -> Option<(i32, usize)> {
    let text = text.get(..end)?;
    let (negative, value, mut end) = digits(text, start)?;
    let mut value = value;
    if text[end..].starts_with('E')
        && let Some((down, exponent, behind)) = digits(text, end + 1)
    {
        value *= 10f64.powi(if down { -(exponent as i32) } else { exponent as i32 });
        end = behind;
    }
    let value = if negative { -value } else { value };
    let exact = value.abs() < 9e15;
    Some((if exact { value as i64 as i32 } else { long_value(text, start, value) }, end))
}

/// Sign, absolute value and end.
fn digits(text: &str, start: usize) -> Option<(bool, f64, usize)> {
    let negative = text[start..].starts_with('-');
    let first = start + usize::from(negative);
    let mut value = 0f64;
    let mut end = first;
    for c in text[first..].chars() {
        let Some(digit) = digit(c) else { break };
        value = value * 10.0 + f64::from(digit);
        end += c.len_utf8();
    }
    (end > first).then_some((negative, value, end))
}

/// `Number.intValue` of a number with many digits: the lowest bits of a long, or the nearest of a double.
fn long_value(text: &str, start: usize, value: f64) -> i32 {
    let rest = &text[start..];
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let length = rest.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    rest[..length].parse::<i64>().map_or(value as i32, |long| long as i32)
}
