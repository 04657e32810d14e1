//! Dates, times and timestamps in header texts.
//!
//! The JVM uses its default time zone here and writes a literal `Z` all the same; this is UTC.

use ferry_sdk::data::{SchemaBuilder, SchemaRef, Value, java};

/// A day in milliseconds.
pub const DAY: i64 = 86_400_000;

/// Appends `millis` in the shortest form that fits its size (`Values.dateFormatFor`).
pub fn append(out: &mut Vec<u8>, millis: i64) {
    let (year, month, day) = java::civil_from_days(millis.div_euclid(DAY));
    let of_day = millis.rem_euclid(DAY);
    let (h, m, s, ms) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60, of_day % 1000);
    let text = if millis < DAY {
        format!("{h:02}:{m:02}:{s:02}.{ms:03}Z")
    } else if millis % DAY == 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z")
    };
    out.extend_from_slice(text.as_bytes());
}

/// The date, time or timestamp that `token` is: its length says which. As lenient as a
/// `SimpleDateFormat`: parts may be too large and carry, what follows is not looked at.
pub fn parse(token: &str) -> Option<(SchemaRef, Value)> {
    let token = token.replace("\\:", ":");
    let mut parts = Parts(&token);
    let (builder, millis) = match token.encode_utf16().count() {
        10 => (SchemaBuilder::date(), parts.date()?),
        13 => (SchemaBuilder::time(), parts.time()?),
        24 => {
            let date = parts.date()?;
            parts.literal('T')?;
            (SchemaBuilder::timestamp(), date.wrapping_add(parts.time()?))
        }
        _ => return None,
    };
    Some((builder.build(), Value::Instant(millis)))
}

struct Parts<'t>(&'t str);

impl Parts<'_> {
    fn literal(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }

    fn number(&mut self) -> Option<i64> {
        let text = self.0.trim_start_matches([' ', '\t']);
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let end = digits.find(|c: char| java::digit(c).is_none()).unwrap_or(digits.len());
        if end == 0 {
            return None;
        }
        let value = digits[..end].chars().filter_map(java::digit).try_fold(0i64, |value, digit| {
            let value = value.checked_mul(10)?;
            if negative { value.checked_sub(digit.into()) } else { value.checked_add(digit.into()) }
        });
        self.0 = &digits[end..];
        // `Number.intValue`: of a `Long` the low half, of a `Double` the nearest.
        Some(
            match value {
                Some(value) => value as i32,
                None if negative => i32::MIN,
                None => i32::MAX,
            }
            .into(),
        )
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.number()?;
        self.literal('-')?;
        let month = self.number()?;
        self.literal('-')?;
        Some(java::days_from_civil(year, month, self.number()?) * DAY)
    }

    fn time(&mut self) -> Option<i64> {
        let hour = self.number()?;
        self.literal(':')?;
        let minute = self.number()?;
        self.literal(':')?;
        let second = self.number()?;
        self.literal('.')?;
        let millis = self.number()?;
        self.literal('Z')?;
        Some(hour * 3_600_000 + minute * 60_000 + second * 1000 + millis)
    }
}
