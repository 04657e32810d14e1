//! Calendar arithmetic in UTC, and `java.util.Date.toString`.

/// The first day of the Gregorian calendar for Java, 1582-10-15; days before it are Julian.
const GREGORIAN: i64 = -141_427;

/// Year, month (1 to 12) and day (1 to 31) of the day `days` after 1970-01-01, in the calendar that Java's
/// `GregorianCalendar` has then. The year before 1 is 0.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    // Years that begin in March; in eras of 400 years of 146,097 days, of four years of 1,461 days before that.
    let (year, of_year) = if days >= GREGORIAN {
        let days = days + 719_468;
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        (year + days.div_euclid(146_097) * 400, of_era - (365 * year + year / 4 - year / 100))
    } else {
        let days = days + 719_470;
        let of_era = days.rem_euclid(1_461);
        let year = (of_era - of_era / 1_460) / 365;
        (year + days.div_euclid(1_461) * 4, of_era - 365 * year)
    };
    let month = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + i64::from(month <= 2), month as u32, day)
}

/// Days from 1970-01-01 to the given day of Java's `GregorianCalendar`; month and day may lie outside of their
/// ranges and carry.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let gregorian = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 + day - 1;
    if gregorian >= GREGORIAN {
        return gregorian;
    }
    year.div_euclid(4) * 1_461 + year.rem_euclid(4) * 365 + of_year - 719_470 + day - 1
}

/// Appends `Thu Jan 01 00:00:00 UTC 1970`.
pub(super) fn append(out: &mut Vec<u8>, millis: i64) {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = millis.div_euclid(1000);
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    let (year, month, day) = civil_from_days(days);
    let weekday = DAYS[days.rem_euclid(7) as usize];
    let month = MONTHS[month as usize - 1];
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    // Java counts years before 1 from there again.
    let year = if year < 1 { 1 - year } else { year };
    let text = format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}");
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree_over_forty_centuries() {
        for days in (-1_461_000..146_097).step_by(13) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m.into(), d.into()), days);
        }
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(GREGORIAN), (1582, 10, 15));
        assert_eq!(civil_from_days(GREGORIAN - 1), (1582, 10, 4));
        assert_eq!(civil_from_days(-719_164), (1, 1, 1));
        assert_eq!(civil_from_days(18_131), (2019, 8, 23));
        assert_eq!(days_from_civil(2019, 14, 1), days_from_civil(2020, 2, 1));
        assert_eq!(days_from_civil(2019, 0, 0), days_from_civil(2018, 11, 30));
    }

    #[test]
    fn prints_like_java_util_date() {
        let mut out = Vec::new();
        append(&mut out, 1_566_570_896_346);
        assert_eq!(String::from_utf8(out).unwrap(), "Fri Aug 23 14:34:56 UTC 2019");
        let mut out = Vec::new();
        append(&mut out, -1);
        assert_eq!(String::from_utf8(out).unwrap(), "Wed Dec 31 23:59:59 UTC 1969");
    }
}
