//! Rules about several connectors of one worker.

use ferry_config::ConnectorKind;
use ferry_config::providers::substitute::refers;

use super::connector::{Looked, kind};
use super::finding::Finding;
use super::rule::{self, Rule};
use super::subject::Subject;

/// A connector and what is known of it.
pub struct Connector<'a> {
    /// Its settings in their places.
    pub subject: &'a Subject,
    /// Its class and configuration.
    pub looked: &'a Looked,
}

/// What two connectors have in common and should not.
pub fn check(connectors: &[Connector<'_>], findings: &mut Vec<Finding>) {
    for (index, this) in connectors.iter().enumerate() {
        for earlier in &connectors[..index] {
            findings.extend(pair(earlier, this));
        }
        findings.extend(own_offsets(connectors, this));
    }
}

impl Connector<'_> {
    fn kind(&self) -> Option<ConnectorKind> {
        self.looked.class.as_deref().map(kind)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.looked.config.get(key).map(str::trim).filter(|value| !value.is_empty() && !refers(value))
    }

    fn name(&self) -> &str {
        self.value("name").unwrap_or("another connector")
    }

    /// The consumer group of a sink.
    fn group(&self) -> Option<String> {
        let own = self.value("consumer.override.group.id").map(str::to_owned);
        let named = || self.value("name").map(|name| format!("connect-{name}"));
        (self.kind() == Some(ConnectorKind::Sink)).then(|| own.or_else(named))?
    }

    fn file(&self) -> Option<&str> {
        let class = self.looked.class.as_ref()?;
        class.class.contains(".FileStream").then(|| self.value("file"))?
    }

    fn shares(&self, rule: &'static Rule, key: &str, earlier: &Connector<'_>, message: String) -> Finding {
        let found = self.subject.on_value(rule, key, message);
        let there = earlier.subject.on_value(rule, key, "");
        found.related(there.file, there.at, format!("of {}", earlier.name()))
    }
}

fn pair(earlier: &Connector<'_>, this: &Connector<'_>) -> Option<Finding> {
    if let Some(name) = this.value("name").filter(|name| earlier.value("name") == Some(name)) {
        let message = format!("there is another connector called {name}");
        return Some(this.shares(&rule::DUPLICATE_CONNECTOR, "name", earlier, message));
    }
    if let (Some(group), Some(other)) = (this.group(), earlier.group())
        && group == other
    {
        let message =
            format!("{} and {} are both in the consumer group {group}", earlier.name(), this.name());
        let key = "consumer.override.group.id";
        let found = this.shares(&rule::SHARED_GROUP, key, earlier, message);
        return Some(found.help("each of them gets a part of the records; give each a group of its own"));
    }
    let file = this.file().filter(|file| earlier.file() == Some(file))?;
    let message = format!("{} uses {file} too", earlier.name());
    Some(this.shares(&rule::SHARED_FILE, "file", earlier, message))
}

/// A topic of offsets that records go to or are read from.
fn own_offsets(all: &[Connector<'_>], this: &Connector<'_>) -> Option<Finding> {
    const KEY: &str = "offsets.storage.topic";
    let topic = this.value(KEY)?;
    let user = all.iter().find_map(|other| {
        let key = ["topics", "topic", "errors.deadletterqueue.topic.name"].into_iter().find(|key| {
            other.value(key).is_some_and(|list| list.split(',').any(|name| name.trim() == topic))
        })?;
        Some((other, key))
    });
    let (other, key) = user?;
    let message = format!("{topic} holds offsets, and {} names it in {key}", other.name());
    let found = this.subject.on_value(&rule::SHARED_OFFSETS, KEY, message);
    let there = other.subject.on_value(&rule::SHARED_OFFSETS, key, "");
    Some(found.related(there.file, there.at, "here"))
}
