//! Regular expressions that must match a whole text, as Java's `Matcher.matches`.

use fancy_regex::Regex;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct WholeMatch(Regex);

impl WholeMatch {
    /// Compiles; the error is a sentence about `pattern` as it was written.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        // First alone: inside the group below, `a)|(b` would pass for a pattern.
        Regex::new(pattern)
            .and_then(|_| Regex::new(&format!(r"\A(?:{pattern})\z")))
            .map(Self)
            .map_err(|e| e.to_string())
    }

    /// Whether the whole text matches; a pattern that gives up on a text does not match it.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_all_or_nothing() {
        let pattern = WholeMatch::new("a|ab*").unwrap();
        assert_eq!(
            ["a", "abb", "ba", "a\n", ""].map(|text| pattern.matches(text)),
            [true, true, false, false, false]
        );
        assert!(WholeMatch::new("a)|(b").is_err());
    }
}
