//! `RegexRouter`: another topic by a regular expression.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Record};
use ferry_sdk::java::Regex;
use ferry_sdk::{Error, Result};

/// `org.apache.kafka.connect.transforms.RegexRouter`
#[derive(Debug, Default)]
pub struct RegexRouter {
    regex: Option<Regex>,
    replacement: String,
    /// Records of a batch mostly share their topic: the last one and where it went.
    last: Option<(String, Option<String>)>,
}

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let key = |name: &str, doc: &str| ConfigKey::new(name, ConfigType::String, Importance::High, doc);
    ConfigDef::new()
        .define(key("regex", "Regular expression to use for matching.").valid(Validator::Regex))
        .define(key("replacement", "Replacement string."))
}

impl Transform for RegexRouter {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        let regex = config.string("regex").unwrap_or_default();
        let compiled = Regex::new(&regex).map_err(|error| {
            let why = error.message();
            Error::config(format!("Invalid value {regex} for configuration regex: Invalid regex: {why}"))
        })?;
        self.regex = Some(compiled);
        self.replacement = config.string("replacement").unwrap_or_default();
        self.last = None;
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let known = self.last.as_ref().is_some_and(|(topic, _)| topic == record.topic());
        if !known {
            let regex = self.regex.as_ref().ok_or_else(|| Error::fatal("RegexRouter was not configured"))?;
            let topic = record.topic();
            // A full match decides; what is replaced is the first match anywhere, as in Connect.
            let routed = match regex.matches(topic)? {
                true => Some(regex.replace_first(topic, &self.replacement)?),
                false => None,
            };
            self.last = Some((topic.to_owned(), routed));
        }
        if let Some((_, Some(routed))) = &self.last {
            record.set_topic(arena.str(routed));
        }
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::config::ConfigKeyInfo;
    use ferry_sdk::data::Scratch;

    fn routed(regex: &str, replacement: &str, topic: &str) -> Result<String> {
        let scratch = Scratch::new();
        let mut router = RegexRouter::default();
        router.configure(&ConfigMap::from([("regex", regex), ("replacement", replacement)]))?;
        let mut record = Record::to(topic).with_partition(3);
        for _ in 0..2 {
            record.set_topic(topic);
            assert_eq!(router.apply(&mut record, scratch.arena())?, Outcome::Keep);
        }
        assert_eq!(record.partition(), Some(3));
        Ok(record.topic().to_owned())
    }

    #[test]
    fn routes_as_connect() {
        for (regex, replacement, topic, expected) in [
            ("(.*)-\\d+", "$1", "orders-2024", "orders"),
            ("(.*)-\\d+", "$1", "orders", "orders"),
            ("orders", "prefix.$0", "orders", "prefix.orders"),
            ("a|ab", "x", "ab", "xb"),
            ("(?<t>.+)", "${t}_copy", "t1", "t1_copy"),
            (".*", "all", "any", "all"),
        ] {
            assert_eq!(routed(regex, replacement, topic).unwrap(), expected, "{regex} {topic}");
        }
    }

    #[test]
    fn faults_are_connects() {
        assert_eq!(
            routed("a", "$2", "a").unwrap_err().trace(),
            "java.lang.IndexOutOfBoundsException: No group 2\n"
        );
        let error = routed("(", "x", "a").unwrap_err();
        assert!(
            error.message().starts_with("Invalid value ( for configuration regex: Invalid regex: "),
            "{}",
            error.message()
        );
        assert_eq!(
            RegexRouter::default().configure(&ConfigMap::from([("regex", "a")])).unwrap_err().message(),
            "Missing required configuration \"replacement\" which has no default value."
        );
    }

    #[test]
    fn configuration_equals_connects() {
        let golden: Vec<ConfigKeyInfo> =
            serde_json::from_str(include_str!("../tests/plugin-config-RegexRouter.json")).unwrap();
        assert_eq!(config_def().keys().iter().map(ConfigKeyInfo::from).collect::<Vec<_>>(), golden);
    }
}
