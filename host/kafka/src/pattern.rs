//! Topic patterns: Java regular expressions that have to match the whole name.

use crate::{Error, ErrorKind, Result};
use fancy_regex::Regex;

/// Kafka's internal topics, which a pattern never matches (`exclude.internal.topics`).
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// True for the topics that belong to Kafka itself.
pub fn is_internal(topic: &str) -> bool {
    INTERNAL.contains(&topic)
}

/// A compiled `topics.regex`.
#[derive(Clone, Debug)]
pub struct TopicPattern(Regex);

impl TopicPattern {
    /// Compiles a Java regular expression.
    pub fn new(pattern: &str) -> Result<Self> {
        Regex::new(&format!(r"\A(?:{pattern})\z")).map(Self).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!("topic pattern {pattern} is not a regular expression: {error}"),
            )
        })
    }

    /// True when the whole name matches and the topic is not internal. A pattern that backtracks
    /// without end does not match.
    pub fn matches(&self, topic: &str) -> bool {
        !is_internal(topic) && self.0.is_match(topic).unwrap_or(false)
    }
}
