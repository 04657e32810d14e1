//! The names of time zones, in the order in which the JDK looks for them.

use std::sync::LazyLock;

/// Names and minutes east of UTC; those of JDK 17 whose time does not hang on the date.
static NAMES: LazyLock<Vec<(&str, i32)>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let (name, minutes) = line.split_once('\t')?;
        Some((name, minutes.parse().ok()?))
    };
    include_str!("zones.tsv").lines().filter_map(entry).collect()
});

/// Milliseconds east of UTC of the zone whose name `text` begins with, and how long the name is.
pub fn find(text: &str) -> Option<(usize, i32)> {
    let begins = |name: &str| {
        text.as_bytes().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    };
    // The format's own zone comes first.
    let own = ["UTC", "Coordinated Universal Time"].map(|name| (name, 0));
    let names = own.iter().chain(NAMES.iter());
    names.into_iter().find(|(name, _)| begins(name)).map(|(name, minutes)| (name.len(), minutes * 60_000))
}

#[cfg(test)]
mod tests {
    use super::NAMES;

    #[test]
    fn the_list_is_whole() {
        let lines = include_str!("zones.tsv").lines().count();
        assert_eq!(NAMES.len(), lines);
        assert!(lines > 500);
    }
}
