//! `TimestampRouter`: another topic by the old one and the time of the record.

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_sdk::data::{Arena, Record};
use ferry_sdk::java::SimpleDateFormat;
use ferry_sdk::{Error, Result};

use crate::record_text::record_text;

/// What it accepts.
pub fn config_def() -> ConfigDef {
    let text =
        |name, doc, default| ConfigKey::new(name, ConfigType::String, Importance::High, doc).or(default);
    ConfigDef::new()
        .define(text(
            "topic.format",
            "Format string which can contain <code>${topic}</code> and <code>${timestamp}</code> as placeholders for \
             the topic and timestamp, respectively.",
            "${topic}-${timestamp}",
        ))
        .define(text(
            "timestamp.format",
            "Format string for the timestamp that is compatible with <code>java.text.SimpleDateFormat</code>.",
            "yyyyMMdd",
        ))
}

/// `org.apache.kafka.connect.transforms.TimestampRouter`
#[derive(Default)]
pub struct TimestampRouter {
    topic_format: String,
    timestamp_format: String,
    /// Compiled with the first record: until then the JVM does not look at it, so neither do we complain.
    format: Option<SimpleDateFormat>,
    /// The text of the last timestamp.
    time: String,
    /// The last topic and time, and what became of them: most records share theirs.
    last: Option<Routed>,
}

struct Routed {
    topic: String,
    time: String,
    to: String,
}

impl Transform for TimestampRouter {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let config = Config::parse(&config_def(), config)?;
        self.topic_format = config.string("topic.format").unwrap_or_default();
        self.timestamp_format = config.string("timestamp.format").unwrap_or_default();
        (self.format, self.last) = (None, None);
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let timestamp = record
            .timestamp()
            .ok_or_else(|| Error::data(format!("Timestamp missing on record: {}", record_text(record))))?;
        let format = match &self.format {
            Some(format) => format,
            None => self.format.insert(SimpleDateFormat::new(&self.timestamp_format)?),
        };
        self.time.clear();
        format.append(timestamp, &mut self.time);
        let topic = record.topic();
        let (time, formats) = (&self.time, &self.topic_format);
        let routed = match &mut self.last {
            Some(last) if last.topic == topic && last.time == *time => &*last,
            last => {
                let to = formats.replace("${topic}", topic).replace("${timestamp}", time);
                last.insert(Routed { topic: topic.to_owned(), time: time.clone(), to })
            }
        };
        record.set_topic(arena.str(&routed.to));
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;
    use ferry_sdk::data::Scratch;

    fn route(settings: &str, records: &[(&str, i64)]) -> Result<Vec<String>> {
        let mut transform = TimestampRouter::default();
        transform.configure(&config(settings))?;
        let scratch = Scratch::new();
        let apply = |(topic, timestamp): &(&str, i64)| {
            let mut record = Record::to(topic).with_timestamp(*timestamp);
            transform.apply(&mut record, scratch.arena()).map(|_| record.topic().to_owned())
        };
        records.iter().map(apply).collect()
    }

    /// As the class of Connect 4.3.1 does it.
    #[test]
    fn the_topic_follows_the_day() {
        let day = 86_400_000;
        assert_eq!(
            route("", &[("a", 0), ("a", day - 1), ("a", day), ("b", day), ("b", -1)]).unwrap(),
            ["a-19700101", "a-19700101", "a-19700102", "b-19700102", "b-19691231"]
        );
        assert_eq!(
            route("topic.format=${topic}${topic}$x\\;timestamp.format=yyyy", &[("a$1", 0)]).unwrap(),
            ["a$1a$1$x\\"]
        );
        assert_eq!(
            route("topic.format=${topic}.${timestamp};timestamp.format=HH", &[("${timestamp}", 0)]).unwrap(),
            ["00.00"]
        );
    }

    #[test]
    fn says_what_is_wrong_with_the_first_record() {
        let error = route("timestamp.format=foo", &[("a", 0)]).unwrap_err();
        assert_eq!(error.trace(), "java.lang.IllegalArgumentException: Illegal pattern character 'f'\n");
        assert_eq!(route("timestamp.format=foo", &[]), Ok(vec![]));
        let scratch = Scratch::new();
        let mut transform = TimestampRouter::default();
        transform.configure(&ConfigMap::new()).unwrap();
        let error = transform.apply(&mut Record::to("t"), scratch.arena()).unwrap_err();
        assert!(error.message().starts_with("Timestamp missing on record: SourceRecord{"), "{error}");
    }
}
