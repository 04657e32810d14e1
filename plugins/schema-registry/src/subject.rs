//! Under which subject a schema is registered (`SubjectNameStrategy`).

use ferry_sdk::api::Role;
use ferry_sdk::{Error, Result};

/// The class of [`Strategy::Topic`].
pub const TOPIC: &str = "io.confluent.kafka.serializers.subject.TopicNameStrategy";
const RECORD: &str = "io.confluent.kafka.serializers.subject.RecordNameStrategy";
const TOPIC_RECORD: &str = "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy";

/// How subjects are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The topic and `-key` or `-value`.
    #[default]
    Topic,
    /// The name of the record.
    Record,
    /// The topic and the name of the record.
    TopicRecord,
}

impl Strategy {
    /// The strategy of the Java class `class`.
    pub fn parse(key: &str, class: &str) -> Result<Self> {
        match class {
            TOPIC => Ok(Self::Topic),
            RECORD => Ok(Self::Record),
            TOPIC_RECORD => Ok(Self::TopicRecord),
            other => Err(Error::config(format!(
                "Invalid value {other} for configuration {key}: Ferry knows {TOPIC}, {RECORD} and {TOPIC_RECORD}"
            ))),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Topic => TOPIC,
            Self::Record => RECORD,
            Self::TopicRecord => TOPIC_RECORD,
        }
    }

    /// Whether the schema must be known for the name.
    pub fn needs_record(self) -> bool {
        self != Self::Topic
    }

    /// The subject of a schema whose record is called `record`.
    pub fn subject(self, topic: &str, role: Role, record: Option<&str>) -> Result<String> {
        let part = if role == Role::Key { "key" } else { "value" };
        let record = || {
            record.ok_or_else(|| {
                Error::data(format!(
                    "In configuration {part}.subject.name.strategy = {}, the message {part} must only be a record schema",
                    self.class()
                ))
                .class("org.apache.kafka.common.errors.SerializationException")
            })
        };
        Ok(match self {
            Self::Topic => format!("{topic}-{part}"),
            Self::Record => record()?.to_owned(),
            Self::TopicRecord => format!("{topic}-{}", record()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_subjects_as_confluent_does() {
        let name = |strategy: Strategy, role| strategy.subject("t", role, Some("a.R")).expect("a subject");
        assert_eq!(name(Strategy::Topic, Role::Key), "t-key");
        assert_eq!(name(Strategy::Topic, Role::Value), "t-value");
        assert_eq!(name(Strategy::Record, Role::Key), "a.R");
        assert_eq!(name(Strategy::TopicRecord, Role::Value), "t-a.R");
        let error = Strategy::Record.subject("t", Role::Key, None).expect_err("no record");
        assert_eq!(
            error.message(),
            format!(
                "In configuration key.subject.name.strategy = {RECORD}, the message key must only be a record schema"
            )
        );
        let error = Strategy::parse("value.subject.name.strategy", "x.Y").expect_err("unknown class");
        assert!(
            error.message().starts_with("Invalid value x.Y for configuration value.subject.name.strategy")
        );
    }
}
