//! Regular expressions that must match a whole text, as Java's `Matcher.matches`.

use fancy_regex::Regex;
use ferry_plugin_abi::data::java::{check_regex, translate_regex};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct WholeMatch(Regex);

impl WholeMatch {
    /// Compiles; the error is the JDK's sentence about `pattern`.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        check_regex(pattern)?;
        let whole = format!(r"\A(?:{})\z", translate_regex(pattern));
        Regex::new(&whole).map(Self).map_err(|e| e.to_string())
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
        assert!(!WholeMatch::new("\\w+-?\\w+").unwrap().matches("a"), "one letter is not two");
    }
}
