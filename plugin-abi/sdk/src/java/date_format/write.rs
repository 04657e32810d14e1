//! From a moment to text.

use super::calendar::{Fields, day_of_week};
use super::names;
use super::pattern::{Item, Letter};

/// Appends `millis` since the epoch as `items` say.
pub fn append(items: &[Item], millis: i64, out: &mut String) {
    let moment = Fields::of(millis);
    for item in items {
        match item {
            Item::Literal(text) => out.push_str(text),
            Item::Field(letter, count) => field(*letter, *count, &moment, out),
        }
    }
}

fn field(letter: Letter, count: usize, moment: &Fields, out: &mut String) {
    let of_day = moment.millis_of_day;
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let weekday = day_of_week(moment.day);
    let name = |name: &'static str| if count >= 4 { name } else { names::short(name) };
    let value = match letter {
        Letter::Era => return out.push_str(names::ERAS[usize::from(moment.year > 0)]),
        // 1 BC is year 1 of its era.
        Letter::Year => return year(if moment.year > 0 { moment.year } else { 1 - moment.year }, count, out),
        Letter::WeekYear => return year(moment.week_year(), count, out),
        Letter::Month | Letter::StandaloneMonth if count >= 3 => {
            return out.push_str(name(names::MONTHS[moment.month as usize]));
        }
        Letter::DayOfWeek => return out.push_str(name(names::DAYS[weekday as usize - 1])),
        Letter::AmPm => return out.push_str(names::HALVES[usize::from(hour >= 12)]),
        Letter::ZoneName => {
            return out.push_str(if count >= 4 { "Coordinated Universal Time" } else { "UTC" });
        }
        Letter::ZoneValue => return out.push_str("+0000"),
        Letter::IsoZone => return out.push('Z'),
        Letter::Month | Letter::StandaloneMonth => moment.month + 1,
        Letter::DayOfMonth => moment.day_of_month,
        Letter::HourFrom1To24 => (hour + 23) % 24 + 1,
        Letter::Hour => hour,
        Letter::Minute => minute,
        Letter::Second => of_day / 1000 % 60,
        Letter::Millisecond => of_day % 1000,
        Letter::DayOfYear => moment.day_of_year(),
        Letter::DayOfWeekInMonth => moment.day_of_week_in_month(),
        Letter::WeekOfYear => moment.week_of_year(),
        Letter::WeekOfMonth => moment.week_of_month(),
        Letter::HourFrom1To12 => (hour + 11) % 12 + 1,
        Letter::HourFrom0To11 => hour % 12,
        Letter::IsoDayOfWeek => (weekday + 5) % 7 + 1,
    };
    number(value, count, out);
}

/// Two letters show the last two digits.
fn year(year: i64, count: usize, out: &mut String) {
    number(if count == 2 { year % 100 } else { year }, count, out);
}

fn number(value: i64, digits: usize, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let mut text = [0u8; 20];
    let mut at = text.len();
    let mut rest = value.unsigned_abs();
    while rest > 0 || at == text.len() {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend(std::iter::repeat_n('0', digits.saturating_sub(text.len() - at)));
    out.extend(text[at..].iter().map(|digit| char::from(*digit)));
}
