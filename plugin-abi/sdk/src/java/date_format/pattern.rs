//! What the letters of a pattern mean.

use crate::{Error, Result};

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Text as it is.
    Literal(String),
    /// A field, and how many letters it was written with.
    Field(Letter, usize),
}

/// A field of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    Era,
    Year,
    Month,
    StandaloneMonth,
    DayOfMonth,
    HourFrom1To24,
    Hour,
    Minute,
    Second,
    Millisecond,
    DayOfWeek,
    DayOfYear,
    DayOfWeekInMonth,
    WeekOfYear,
    WeekOfMonth,
    AmPm,
    HourFrom1To12,
    HourFrom0To11,
    ZoneName,
    ZoneValue,
    WeekYear,
    IsoDayOfWeek,
    IsoZone,
}

const LETTERS: [(char, Letter); 23] = [
    ('G', Letter::Era),
    ('y', Letter::Year),
    ('M', Letter::Month),
    ('L', Letter::StandaloneMonth),
    ('d', Letter::DayOfMonth),
    ('k', Letter::HourFrom1To24),
    ('H', Letter::Hour),
    ('m', Letter::Minute),
    ('s', Letter::Second),
    ('S', Letter::Millisecond),
    ('E', Letter::DayOfWeek),
    ('D', Letter::DayOfYear),
    ('F', Letter::DayOfWeekInMonth),
    ('w', Letter::WeekOfYear),
    ('W', Letter::WeekOfMonth),
    ('a', Letter::AmPm),
    ('h', Letter::HourFrom1To12),
    ('K', Letter::HourFrom0To11),
    ('z', Letter::ZoneName),
    ('Z', Letter::ZoneValue),
    ('Y', Letter::WeekYear),
    ('u', Letter::IsoDayOfWeek),
    ('X', Letter::IsoZone),
];

impl Letter {
    fn named(letter: char) -> Result<Self> {
        LETTERS
            .iter()
            .find(|(l, _)| *l == letter)
            .map(|(_, field)| *field)
            .ok_or_else(|| illegal(format!("Illegal pattern character '{letter}'")))
    }

    /// Whether digits of this field, written with `count` letters, end those of the field before.
    pub fn is_numeric(self, count: usize) -> bool {
        match self {
            Self::Month | Self::StandaloneMonth => count <= 2,
            Self::Era | Self::DayOfWeek | Self::AmPm | Self::ZoneName | Self::ZoneValue | Self::IsoZone => {
                false
            }
            _ => true,
        }
    }
}

fn illegal(message: impl Into<String>) -> Error {
    Error::data(message).class("java.lang.IllegalArgumentException")
}

/// The parts of `pattern`; one literal never follows another.
pub fn compile(pattern: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut rest = pattern.chars().peekable();
    let mut quoted = false;
    // Whether the field at the end may grow: the same letter right behind it.
    let mut open = None;
    while let Some(c) = rest.next() {
        if c == '\'' {
            open = None;
            if rest.next_if_eq(&'\'').is_some() {
                literal(&mut items, '\'');
            } else {
                quoted = !quoted;
            }
        } else if quoted || !c.is_ascii_alphabetic() {
            open = None;
            literal(&mut items, c);
        } else {
            let letter = Letter::named(c)?;
            match items.last_mut() {
                Some(Item::Field(_, count)) if open == Some(letter) => *count += 1,
                _ => items.push(Item::Field(letter, 1)),
            }
            open = Some(letter);
        }
    }
    for item in &items {
        if let Item::Field(Letter::IsoZone, count @ 4..) = item {
            return Err(illegal(format!("invalid ISO 8601 format: length={count}")));
        }
    }
    if quoted { Err(illegal("Unterminated quote")) } else { Ok(items) }
}

fn literal(items: &mut Vec<Item>, c: char) {
    match items.last_mut() {
        Some(Item::Literal(text)) => text.push(c),
        _ => items.push(Item::Literal(c.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_fields_and_literals() {
        let text = |t: &str| Item::Literal(t.to_owned());
        assert_eq!(
            compile("yyyy-MM'T'''H''o''clock'").map_err(|e| e.message().to_owned()),
            Err("Illegal pattern character 'o'".to_owned())
        );
        assert_eq!(
            compile("yyMM''d'T''U'd\u{e9}m").unwrap(),
            [
                Item::Field(Letter::Year, 2),
                Item::Field(Letter::Month, 2),
                text("'"),
                Item::Field(Letter::DayOfMonth, 1),
                text("T'U"),
                Item::Field(Letter::DayOfMonth, 1),
                text("\u{e9}"),
                Item::Field(Letter::Minute, 1),
            ]
        );
        assert_eq!(compile("'").unwrap_err().message(), "Unterminated quote");
        assert_eq!(compile("XXXX").unwrap_err().message(), "invalid ISO 8601 format: length=4");
        assert_eq!(compile("b").unwrap_err().java_class(), "java.lang.IllegalArgumentException");
    }
}
