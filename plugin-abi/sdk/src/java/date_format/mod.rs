//! `java.text.SimpleDateFormat` in UTC, lenient, with English names.

mod calendar;
mod names;
mod pattern;
mod read;
mod resolve;
mod write;
mod zones;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Result;
use calendar::Fields;
use pattern::Item;

/// Two digits mean the years from this many before now.
const YEARS_BEFORE_NOW: i64 = 80;

/// A compiled pattern. Milliseconds are those since the epoch.
#[derive(Clone, Debug)]
pub struct SimpleDateFormat {
    pattern: String,
    items: Vec<Item>,
    /// From when on a year of two digits is.
    century_start: i64,
}

impl SimpleDateFormat {
    /// Compiles `pattern`; the error is Java's `IllegalArgumentException`.
    pub fn new(pattern: &str) -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        Self::seen_at(pattern, now)
    }

    /// Made at the moment `now`.
    fn seen_at(pattern: &str, now: i64) -> Result<Self> {
        let items = pattern::compile(pattern)?;
        let today = Fields::of(now);
        let mut start = resolve::Draft::default();
        start.set(resolve::Field::Year, (today.year - YEARS_BEFORE_NOW) as i32);
        start.set(resolve::Field::Month, today.month as i32);
        // A leap day of a year that has none is the last of February.
        let next = calendar::Rule::Gregorian;
        let length = next
            .first_of_month(today.year - YEARS_BEFORE_NOW + (today.month + 1) / 12, (today.month + 1) % 12)
            - next.first_of_month(today.year - YEARS_BEFORE_NOW, today.month);
        start.set(resolve::Field::DayOfMonth, today.day_of_month.min(length) as i32);
        let century_start = start.millis() + today.millis_of_day;
        Ok(Self { pattern: pattern.to_owned(), items, century_start })
    }

    /// `toPattern`
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Appends the text of a moment.
    pub fn append(&self, millis: i64, out: &mut String) {
        write::append(&self.items, millis, out);
    }

    /// The text of a moment.
    pub fn format(&self, millis: i64) -> String {
        let mut out = String::new();
        self.append(millis, &mut out);
        out
    }

    /// The moment that `text` begins with; `None` where Java throws a `ParseException`. Numbers may be too
    /// large for their field, and text may follow.
    pub fn parse(&self, text: &str) -> Option<i64> {
        let first = Fields::of(self.century_start).year as i32;
        let (mut draft, ambiguous) = read::read(&self.items, text, first)?;
        let millis = draft.millis();
        if ambiguous && millis < self.century_start {
            draft.add_years(100);
            return Some(draft.millis());
        }
        Some(millis)
    }
}

#[cfg(test)]
mod tests;
