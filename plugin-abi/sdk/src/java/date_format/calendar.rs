//! `java.util.GregorianCalendar` in UTC: Gregorian from 1582-10-15, Julian before.
//!
//! Days are counted from 1970-01-01. Weeks begin on Sunday and the first of a year is the one with its
//! first day, as in the English locales.

pub const MILLIS_PER_DAY: i64 = 86_400_000;

/// 1582-10-15, the first day of the Gregorian calendar.
pub const CUTOVER: i64 = -141_427;
/// The year with days of both.
pub const CUTOVER_YEAR: i64 = 1582;

/// Which rule for leap years holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Gregorian,
    Julian,
}

impl Rule {
    fn of(day: i64) -> Self {
        if day >= CUTOVER { Self::Gregorian } else { Self::Julian }
    }

    /// The day on which `month` (0 to 11) of `year` begins; year 0 is 1 BC.
    pub fn first_of_month(self, year: i64, month: i64) -> i64 {
        // Years that begin in March end with their leap day.
        let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
        let before = (153 * month + 2) / 5;
        match self {
            Self::Gregorian => {
                365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + before
                    - 719_468
            }
            Self::Julian => 365 * year + year.div_euclid(4) + before - 719_470,
        }
    }

    /// Year, month (0 to 11) and day of the month (from 1).
    fn date(self, day: i64) -> (i64, i64, i64) {
        let from_march = match self {
            Self::Gregorian => day + 719_468,
            Self::Julian => day + 719_470,
        };
        let (year, of_year) = match self {
            Self::Gregorian => {
                let era = from_march.div_euclid(146_097);
                let of_era = from_march.rem_euclid(146_097);
                let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
                (era * 400 + year, of_era - (365 * year + year / 4 - year / 100))
            }
            Self::Julian => {
                let era = from_march.div_euclid(1_461);
                let of_era = from_march.rem_euclid(1_461);
                let year = (of_era - of_era / 1_460) / 365;
                (era * 4 + year, of_era - 365 * year)
            }
        };
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        if month < 10 { (year, month + 2, of_month) } else { (year + 1, month - 10, of_month) }
    }
}

/// The day of the week of `day`: 1 is Sunday.
pub fn day_of_week(day: i64) -> i64 {
    (day + 4).rem_euclid(7) + 1
}

/// The last day up to `day` that is that day of the week, which may lie beyond 1 to 7.
pub fn on_or_before(day: i64, day_of_week: i64) -> i64 {
    day - (day + 5 - day_of_week).rem_euclid(7)
}

/// The Sunday on which the week of `first`, the first day of a year or month, begins.
pub fn first_week(first: i64) -> i64 {
    on_or_before(first, 1)
}

/// The fields of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Year 0 is 1 BC.
    pub year: i64,
    /// 0 to 11
    pub month: i64,
    pub day_of_month: i64,
    /// The day since 1970-01-01.
    pub day: i64,
    pub millis_of_day: i64,
}

impl Fields {
    /// Of `millis` since the epoch.
    pub fn of(millis: i64) -> Self {
        let day = millis.div_euclid(MILLIS_PER_DAY);
        let (year, month, day_of_month) = Rule::of(day).date(day);
        Self { year, month, day_of_month, day, millis_of_day: millis.rem_euclid(MILLIS_PER_DAY) }
    }

    /// The first of January, in the calendar that held then.
    fn january_first(&self) -> i64 {
        let rule = if self.year <= CUTOVER_YEAR { Rule::Julian } else { Rule::Gregorian };
        rule.first_of_month(self.year, 0)
    }

    /// From 1.
    pub fn day_of_year(&self) -> i64 {
        self.day - self.january_first() + 1
    }

    /// Days of the month before this one; ten were left out in October 1582.
    fn days_into_month(&self) -> i64 {
        let cut = self.year == CUTOVER_YEAR && self.month == 9 && self.day >= CUTOVER;
        self.day_of_month - 1 - if cut { 10 } else { 0 }
    }

    /// From 1: how many such days of the week the month had.
    pub fn day_of_week_in_month(&self) -> i64 {
        self.days_into_month() / 7 + 1
    }

    pub fn week_of_month(&self) -> i64 {
        (self.day - first_week(self.day - self.days_into_month())) / 7 + 1
    }

    /// The last days of a year may be in the first week of the next.
    pub fn week_of_year(&self) -> i64 {
        if self.in_first_week_of_next_year() {
            return 1;
        }
        (self.day - first_week(self.january_first())) / 7 + 1
    }

    pub fn week_year(&self) -> i64 {
        self.year + i64::from(self.in_first_week_of_next_year())
    }

    fn in_first_week_of_next_year(&self) -> bool {
        let next = Self { year: self.year + 1, ..*self };
        self.day >= first_week(next.january_first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both rules turn days into dates and back, and meet at the cut.
    #[test]
    fn dates_and_days_belong_together() {
        for rule in [Rule::Gregorian, Rule::Julian] {
            for day in (-1_200_000..1_200_000).step_by(7) {
                let (year, month, of_month) = rule.date(day);
                assert_eq!(rule.first_of_month(year, month) + of_month - 1, day);
                assert!((1..=31).contains(&of_month) && (0..12).contains(&month));
            }
        }
        let shown = |day: i64| {
            let f = Fields::of(day * MILLIS_PER_DAY);
            (f.year, f.month + 1, f.day_of_month)
        };
        assert_eq!(shown(0), (1970, 1, 1));
        assert_eq!(shown(CUTOVER), (1582, 10, 15));
        assert_eq!(shown(CUTOVER - 1), (1582, 10, 4));
        assert_eq!(day_of_week(0), 5);
    }
}
