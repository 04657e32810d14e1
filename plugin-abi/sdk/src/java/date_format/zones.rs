//! The names of time zones.

/// Milliseconds east of UTC of the zone whose name `text` begins with, and how long the name is.
pub fn find(text: &str) -> Option<(usize, i32)> {
    NAMES
        .iter()
        .find(|(name, _)| {
            text.as_bytes().get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes()))
        })
        .map(|(name, minutes)| (name.len(), minutes * 60_000))
}

/// Names with their minutes east of UTC; a name comes before those that it begins with.
const NAMES: [(&str, i32); 2] = [("Coordinated Universal Time", 0), ("UTC", 0)];
