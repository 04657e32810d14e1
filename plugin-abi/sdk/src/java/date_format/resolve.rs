//! From fields in the order in which they were read to a moment (`Calendar.computeTime`, lenient).

use super::calendar::{CUTOVER, CUTOVER_YEAR, Fields, MILLIS_PER_DAY, Rule, first_week, on_or_before};

/// A field that text can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Era,
    Year,
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfMonth,
    DayOfYear,
    DayOfWeek,
    DayOfWeekInMonth,
    AmPm,
    Hour,
    HourOfDay,
    Minute,
    Second,
    Millisecond,
    /// Milliseconds east of UTC, daylight saving included.
    ZoneOffset,
    WeekYear,
}

const COUNT: usize = Field::WeekYear as usize + 1;

/// The fields read so far. Where two say different things, the one read last counts.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    values: [i32; COUNT],
    /// When each was set; 0: never.
    stamps: [u32; COUNT],
    next: u32,
}

/// How the day within the year was given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Day {
    OfMonth,
    WeekOfMonth,
    OfWeekInMonth,
    OfYear,
    WeekOfYear,
}

impl Draft {
    /// Sets a field.
    pub fn set(&mut self, field: Field, value: i32) {
        self.next += 1;
        self.stamps[field as usize] = self.next;
        self.values[field as usize] = value;
    }

    /// `CalendarBuilder.addYear`: of the year, or of the week year.
    pub fn add_years(&mut self, years: i32) {
        self.values[Field::Year as usize] += years;
        self.values[Field::WeekYear as usize] += years;
    }

    fn value(&self, field: Field) -> i64 {
        self.values[field as usize].into()
    }
    fn stamp(&self, field: Field) -> u32 {
        self.stamps[field as usize]
    }
    fn is_set(&self, field: Field) -> bool {
        self.stamp(field) > 0
    }
    /// When the later of two was set; never, if one was not.
    fn both(&self, a: Field, b: Field) -> u32 {
        if self.is_set(a) && self.is_set(b) { self.stamp(a).max(self.stamp(b)) } else { 0 }
    }

    /// Milliseconds since the epoch.
    pub fn millis(&self) -> i64 {
        if self.is_set(Field::WeekYear) && self.stamp(Field::WeekYear) > self.stamp(Field::Year) {
            return self.on_week_date().millis_of_date();
        }
        self.millis_of_date()
    }

    /// The draft with the date that week year, week and day of the week mean.
    fn on_week_date(&self) -> Self {
        let (mut week, mut day) = (1, 1);
        if self.is_set(Field::WeekOfYear) {
            week = self.value(Field::WeekOfYear);
        }
        if self.is_set(Field::DayOfWeek) {
            day = self.value(Field::DayOfWeek);
        }
        if !(1..=7).contains(&day) {
            // Such numbers are ISO's, Monday being 1.
            week += (day - 1).div_euclid(7);
            day = (day - 1).rem_euclid(7) + 1;
            day = day % 7 + 1;
        }
        let mut start = Self::default();
        start.set(Field::Year, self.values[Field::WeekYear as usize]);
        start.set(Field::WeekOfYear, 1);
        start.set(Field::DayOfWeek, 1);
        // The JDK counts these days in 32 bits.
        let days = (week as i32).wrapping_sub(1).wrapping_mul(7).wrapping_add(day as i32 - 1);
        let millis = start.millis_of_date() + i64::from(days) * MILLIS_PER_DAY;
        let date = Fields::of(millis);
        let mut draft = self.clone();
        let year = if date.year > 0 { date.year } else { 1 - date.year };
        draft.set(Field::Era, i32::from(date.year > 0));
        draft.set(Field::Year, year as i32);
        draft.set(Field::Month, date.month as i32);
        draft.set(Field::DayOfMonth, date.day_of_month as i32);
        draft
    }

    fn millis_of_date(&self) -> i64 {
        let mut year = if self.is_set(Field::Year) { self.value(Field::Year) } else { 1970 };
        if self.is_set(Field::Era) && self.value(Field::Era) == 0 {
            year = 1 - year;
        }
        let time = self.time_of_day();
        let (days, of_day) = (time.div_euclid(MILLIS_PER_DAY), time.rem_euclid(MILLIS_PER_DAY));
        let offset = if self.is_set(Field::ZoneOffset) { self.value(Field::ZoneOffset) } else { 0 };
        let day = self.day(year, days);
        day.wrapping_mul(MILLIS_PER_DAY).wrapping_add(of_day).wrapping_sub(offset)
    }

    fn time_of_day(&self) -> i64 {
        let of_half = self.both(Field::Hour, Field::AmPm);
        let of_day = self.stamp(Field::HourOfDay);
        let hours = if of_day > 0 && of_day >= of_half {
            self.value(Field::HourOfDay)
        } else {
            self.value(Field::Hour) + 12 * self.value(Field::AmPm)
        };
        ((hours * 60 + self.value(Field::Minute)) * 60 + self.value(Field::Second)) * 1000
            + self.value(Field::Millisecond)
    }

    /// The day that the date fields mean, `days` later.
    fn day(&self, year: i64, days: i64) -> i64 {
        let kind = self.kind();
        let gregorian = days + self.day_by(Rule::Gregorian, year, kind);
        if year > CUTOVER_YEAR && gregorian >= CUTOVER {
            return gregorian;
        }
        let julian = days + self.day_by(Rule::Julian, year, kind);
        if year < CUTOVER_YEAR && julian < CUTOVER {
            return julian;
        }
        // Days that do not exist count on from the Julian calendar's last.
        let from_january = matches!(kind, Day::OfYear | Day::WeekOfYear);
        let gregorian = if year < CUTOVER_YEAR { julian } else { gregorian };
        if from_january || gregorian < CUTOVER { julian } else { gregorian }
    }

    /// Which fields say what day it is: the group with the field that was read last.
    fn kind(&self) -> Day {
        let of_month = self.stamp(Field::DayOfMonth);
        let mut groups = [
            (of_month, Day::OfMonth),
            (self.both(Field::WeekOfMonth, Field::DayOfWeek), Day::WeekOfMonth),
            (self.both(Field::DayOfWeekInMonth, Field::DayOfWeek), Day::OfWeekInMonth),
            (self.stamp(Field::DayOfYear), Day::OfYear),
            (self.both(Field::WeekOfYear, Field::DayOfWeek), Day::WeekOfYear),
        ];
        if groups.iter().all(|(stamp, _)| *stamp == 0) {
            // No group is whole: a day of the week alone is the first of the month.
            let in_month = self.stamp(Field::DayOfWeekInMonth).max(self.stamp(Field::DayOfWeek));
            groups[1].0 = self.stamp(Field::WeekOfMonth);
            groups[2].0 = in_month;
            groups[4].0 = self.stamp(Field::WeekOfYear);
        }
        let best = groups.iter().map(|(stamp, _)| *stamp).max().unwrap_or(0);
        if best == groups[0].0 || best == 0 {
            return Day::OfMonth;
        }
        let weeks = self.stamp(Field::WeekOfYear);
        let (week, in_month) = (self.stamp(Field::WeekOfMonth), self.stamp(Field::DayOfWeekInMonth));
        let by_week = best == groups[1].0 && week >= weeks;
        let by_count = best == groups[2].0 && in_month >= weeks;
        match (by_week, by_count) {
            (true, _) | (_, true) if groups[1].0 == groups[2].0 => {
                if week >= in_month {
                    Day::WeekOfMonth
                } else {
                    Day::OfWeekInMonth
                }
            }
            (true, _) | (_, true) => {
                if best == groups[1].0 {
                    Day::WeekOfMonth
                } else {
                    Day::OfWeekInMonth
                }
            }
            _ if best == groups[3].0 => Day::OfYear,
            _ => Day::WeekOfYear,
        }
    }

    fn day_by(&self, rule: Rule, year: i64, kind: Day) -> i64 {
        let week_day = |otherwise| {
            if self.is_set(Field::DayOfWeek) { self.value(Field::DayOfWeek) } else { otherwise }
        };
        if matches!(kind, Day::OfYear | Day::WeekOfYear) {
            let january = rule.first_of_month(year, 0);
            if kind == Day::OfYear {
                return january + self.value(Field::DayOfYear) - 1;
            }
            let week = on_or_before(first_week(january) + 6, week_day(1));
            return week + 7 * (self.value(Field::WeekOfYear) - 1);
        }
        let months = self.value(Field::Month);
        let (year, month) = (year + months.div_euclid(12), months.rem_euclid(12));
        let first = rule.first_of_month(year, month);
        match kind {
            Day::WeekOfMonth => {
                let mut week = first_week(first);
                if self.is_set(Field::DayOfWeek) {
                    week = on_or_before(week + 6, week_day(1));
                }
                week + 7 * (self.value(Field::WeekOfMonth) - 1)
            }
            Day::OfWeekInMonth => {
                let count = if self.is_set(Field::DayOfWeekInMonth) {
                    self.value(Field::DayOfWeekInMonth)
                } else {
                    1
                };
                let last = if count >= 0 {
                    first + 7 * count - 1
                } else {
                    let next = rule.first_of_month(year + (month + 1) / 12, (month + 1) % 12);
                    next + 7 * (count + 1) - 1
                };
                on_or_before(last, week_day(1))
            }
            _ if self.is_set(Field::DayOfMonth) => first + self.value(Field::DayOfMonth) - 1,
            _ => first,
        }
    }
}
