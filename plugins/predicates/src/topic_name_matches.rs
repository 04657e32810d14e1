//! `TopicNameMatches`: the topic matches a regular expression.

use ferry_sdk::api::Predicate;
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::Record;
use ferry_sdk::java::Regex;
use ferry_sdk::{Error, Result};

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new().define(
        ConfigKey::new(
            "pattern",
            ConfigType::String,
            Importance::Medium,
            "A Java regular expression for matching against the name of a record's topic.",
        )
        .valid(Validator::All(vec![Validator::NonEmptyString, Validator::Regex])),
    )
}

/// `org.apache.kafka.connect.transforms.predicates.TopicNameMatches`: the whole topic has to match.
#[derive(Default)]
pub struct TopicNameMatches {
    pattern: Option<Regex>,
    /// The last topic and the answer: most records share theirs.
    last: Option<(String, bool)>,
}

impl Predicate for TopicNameMatches {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        let pattern = config.string("pattern").unwrap_or_default();
        let compiled = Regex::new(&pattern).map_err(|error| {
            Error::config(format!(
                "Invalid value {pattern} for configuration pattern: Invalid regex: {error}"
            ))
        })?;
        self.pattern = Some(compiled);
        self.last = None;
        Ok(())
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        let topic = record.topic();
        if let Some((last, answer)) = &self.last
            && last == topic
        {
            return Ok(*answer);
        }
        let pattern =
            self.pattern.as_ref().ok_or_else(|| Error::fatal("TopicNameMatches was not configured"))?;
        let answer = pattern.matches(topic)?;
        self.last = Some((topic.to_owned(), answer));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_topic_has_to_match() {
        let mut predicate = TopicNameMatches::default();
        predicate.configure(&ConfigMap::from([("pattern", "orders|orders-\\d+")])).unwrap();
        for (topic, expected) in
            [("orders", true), ("orders-1", true), ("my-orders", false), ("orders", true)]
        {
            assert_eq!(predicate.test(&Record::to(topic)), Ok(expected), "{topic}");
        }
    }

    #[test]
    fn names_the_bad_pattern() {
        let error = TopicNameMatches::default().configure(&ConfigMap::from([("pattern", "(")])).unwrap_err();
        assert!(
            error.message().starts_with("Invalid value ( for configuration pattern: Invalid regex: "),
            "{error}"
        );
    }
}
