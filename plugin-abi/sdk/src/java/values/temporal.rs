//! Dates, times and timestamps in texts.
//!
//! The JVM uses its default time zone here and writes a literal `Z` all the same; this is UTC.

use std::sync::LazyLock;

use crate::data::{SchemaBuilder, SchemaRef, Value};
use crate::java::{self, SimpleDateFormat};

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

/// The date, time or timestamp that `token` is: its length says which. Lenient as `SimpleDateFormat` is: parts
/// may be too large and carry, what follows is not looked at.
pub fn parse(token: &str) -> Option<(SchemaRef, Value)> {
    static FORMATS: LazyLock<[SimpleDateFormat; 3]> = LazyLock::new(|| {
        ["yyyy-MM-dd", "HH:mm:ss.SSS'Z'", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"]
            .map(|pattern| SimpleDateFormat::new(pattern).expect("a valid pattern"))
    });
    let token = token.replace("\\:", ":");
    let (format, builder) = match token.encode_utf16().count() {
        10 => (0, SchemaBuilder::date()),
        13 => (1, SchemaBuilder::time()),
        24 => (2, SchemaBuilder::timestamp()),
        _ => return None,
    };
    Some((builder.build(), Value::Instant(FORMATS[format].parse(&token)?)))
}
