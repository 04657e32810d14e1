//! `RegexRouter`: another topic by a regular expression.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::{Arena, Record};
use ferry_sdk::java::Regex;
use ferry_sdk::{Error, Result};

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let text = |name, doc| ConfigKey::new(name, ConfigType::String, Importance::High, doc);
    ConfigDef::new()
        .define(text("regex", "Regular expression to use for matching.").valid(Validator::Regex))
        .define(text("replacement", "Replacement string."))
}

/// `org.apache.kafka.connect.transforms.RegexRouter`. The whole topic has to match; then the first match
/// is replaced, `$1` and `${name}` standing for groups as in Java.
#[derive(Default)]
pub struct RegexRouter {
    rule: Option<Rule>,
    /// The last topic and what became of it: most records share theirs.
    last: Option<(String, Option<String>)>,
}

struct Rule {
    regex: Regex,
    replacement: String,
}

impl Transform for RegexRouter {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        let regex = config.string("regex").unwrap_or_default();
        let compiled = Regex::new(&regex).map_err(|error| {
            Error::config(format!("Invalid value {regex} for configuration regex: Invalid regex: {error}"))
        })?;
        self.rule =
            Some(Rule { regex: compiled, replacement: config.string("replacement").unwrap_or_default() });
        self.last = None;
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let rule = self.rule.as_ref().ok_or_else(|| Error::fatal("RegexRouter was not configured"))?;
        let topic = record.topic();
        if self.last.as_ref().is_none_or(|(last, _)| last != topic) {
            self.last = Some((topic.to_owned(), rule.route(topic)?));
        }
        if let Some((_, Some(routed))) = &self.last {
            record.set_topic(arena.str(routed));
        }
        Ok(Outcome::Keep)
    }
}

impl Rule {
    /// The new topic; `None` if the old one does not match.
    fn route(&self, topic: &str) -> Result<Option<String>> {
        if !self.regex.matches(topic)? {
            return Ok(None);
        }
        self.regex.replace_first(topic, &self.replacement).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::Scratch;

    fn route(regex: &str, replacement: &str, topic: &str) -> Result<String> {
        let mut router = RegexRouter::default();
        router.configure(&ConfigMap::from([("regex", regex), ("replacement", replacement)]))?;
        let scratch = Scratch::new();
        let mut record = Record::to(topic);
        let _ = router.apply(&mut record, scratch.arena())?;
        Ok(record.topic().to_owned())
    }

    #[test]
    fn replaces_as_java_does() {
        for (regex, replacement, topic, expected) in [
            ("(.*)-(\\d+)", "$1", "orders-17", "orders"),
            ("(.*)-(\\d+)", "$2-$1", "orders-17", "17-orders"),
            ("orders", "x", "orders-17", "orders-17"),
            ("o.*", "p", "orders", "p"),
            ("(a)(b)?c", "[$2]", "ac", "[]"),
            ("(a).*", "$12", "abc", "a2"),
            ("(?<name>.*)", "${name}_copy", "t", "t_copy"),
            ("(.*)", "\\$1$1", "t", "$1t"),
            ("a|ab", "x", "ab", "xb"),
        ] {
            assert_eq!(route(regex, replacement, topic).unwrap(), expected, "{regex} {replacement} {topic}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            route("(.*)", "$2", "t").unwrap_err().trace(),
            "java.lang.IndexOutOfBoundsException: No group 2\n"
        );
        let error = route("(", "x", "t").unwrap_err();
        assert!(
            error.message().starts_with("Invalid value ( for configuration regex: Invalid regex: "),
            "{error}"
        );
        assert_eq!(
            RegexRouter::default().configure(&ConfigMap::from([("regex", "a")])).unwrap_err().message(),
            "Missing required configuration \"replacement\" which has no default value."
        );
    }

    #[test]
    fn a_second_topic_is_not_taken_for_the_first() {
        let mut router = RegexRouter::default();
        router.configure(&ConfigMap::from([("regex", "a(.*)"), ("replacement", "b$1")])).unwrap();
        let scratch = Scratch::new();
        let mut topics = Vec::new();
        for topic in ["a1", "a1", "c", "a2"] {
            let mut record = Record::to(topic);
            assert_eq!(router.apply(&mut record, scratch.arena()), Ok(Outcome::Keep));
            topics.push(record.topic());
        }
        assert_eq!(topics, ["b1", "b1", "c", "b2"]);
    }
}
