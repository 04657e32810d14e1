//! The English names of months, days, eras and halves of the day.

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From Sunday.
pub const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub const ERAS: [&str; 2] = ["BC", "AD"];
pub const LONG_ERAS: [&str; 2] = ["Before Christ", "Anno Domini"];
pub const HALVES: [&str; 2] = ["AM", "PM"];

/// The short form of a month's or a day's name.
pub fn short(name: &str) -> &str {
    &name[..3]
}
