//! `TopicNameMatches`: records whose topic a regular expression matches.

use ferry_sdk::api::Predicate;
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::Record;
use ferry_sdk::java::Regex;
use ferry_sdk::{Error, Result};

/// `org.apache.kafka.connect.transforms.predicates.TopicNameMatches`
#[derive(Debug, Default)]
pub struct TopicNameMatches {
    pattern: Option<Regex>,
    /// Records of a batch mostly share their topic: the last answer is kept.
    last: Option<(String, bool)>,
}

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let key = ConfigKey::new(
        "pattern",
        ConfigType::String,
        Importance::Medium,
        "A Java regular expression for matching against the name of a record's topic.",
    );
    ConfigDef::new().define(key.valid(Validator::NonEmptyString))
}

impl Predicate for TopicNameMatches {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let pattern = Config::parse(&config_def(), config)?.string("pattern").unwrap_or_default();
        let regex = Regex::new(&pattern).map_err(|error| {
            let why = error.message();
            Error::config(format!("Invalid value {pattern} for configuration pattern: Invalid regex: {why}"))
        })?;
        self.pattern = Some(regex);
        self.last = None;
        Ok(())
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        if let Some((topic, answer)) = &self.last
            && topic == record.topic()
        {
            return Ok(*answer);
        }
        let answer = match &self.pattern {
            Some(pattern) => pattern.matches(record.topic())?,
            None => return Err(Error::fatal("TopicNameMatches was not configured")),
        };
        self.last = Some((record.topic().to_owned(), answer));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::config::ConfigKeyInfo;

    fn configured(pattern: &str) -> Result<TopicNameMatches> {
        let mut predicate = TopicNameMatches::default();
        predicate.configure(&ConfigMap::from([("pattern", pattern)]))?;
        Ok(predicate)
    }

    #[test]
    fn matches_the_whole_name() {
        let mut predicate = configured("my-prefix-.*|x").unwrap();
        for (topic, expected) in [
            ("my-prefix-", true),
            ("my-prefix-a", true),
            ("my-prefix-a", true),
            ("a-my-prefix-", false),
            ("x", true),
            ("xx", false),
        ] {
            assert_eq!(predicate.test(&Record::to(topic)).unwrap(), expected, "{topic}");
        }
    }

    #[test]
    fn faults_name_the_key() {
        let error = configured("*").unwrap_err();
        assert!(
            error.message().starts_with("Invalid value * for configuration pattern: Invalid regex: "),
            "{}",
            error.message()
        );
        assert_eq!(
            configured("").unwrap_err().message(),
            "Invalid value  for configuration pattern: String must be non-empty"
        );
        assert_eq!(
            TopicNameMatches::default().configure(&ConfigMap::new()).unwrap_err().message(),
            "Missing required configuration \"pattern\" which has no default value."
        );
    }

    #[test]
    fn configuration_equals_connects() {
        let golden: Vec<ConfigKeyInfo> =
            serde_json::from_str(include_str!("../tests/plugin-config-TopicNameMatches.json")).unwrap();
        assert_eq!(config_def().keys().iter().map(ConfigKeyInfo::from).collect::<Vec<_>>(), golden);
    }
}
