//! What a metric of a plugin is called, by Kafka and by Prometheus.

use std::fmt::{Display, Formatter, Result};

use super::super::text::{Labels, label, sanitized};

/// The type of the MBeans.
const GROUP: &str = "plugins";

/// As Kafka has it (`MetricName`); its text is Java's.
#[derive(Clone, Debug)]
pub(super) struct MetricName {
    pub(super) name: String,
    pub(super) description: String,
    /// Those of the object, then its own.
    pub(super) tags: Vec<(String, String)>,
}

/// As Prometheus has it: no two metrics may have the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    pub(super) family: String,
    labels: Vec<(String, String)>,
}

impl MetricName {
    /// Whether Kafka takes them for one metric: the order of tags and the description do not count.
    pub(super) fn same(&self, other: &Self) -> bool {
        let tags = |of: &Self| {
            let mut tags = of.tags.clone();
            tags.sort();
            tags
        };
        self.name == other.name && tags(self) == tags(other)
    }

    /// Bytes that it takes.
    pub(super) fn len(&self) -> usize {
        let tags: usize = self.tags.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.name.len() + self.description.len() + tags
    }

    /// Its series, under the names of the JMX exporter; `Err`: the label that it would have twice.
    pub(super) fn series(&self) -> std::result::Result<Series, String> {
        let named = |(key, value): &(String, String)| (label(key), value.clone());
        let mut labels: Vec<_> = self.tags.iter().map(named).collect();
        labels.sort();
        if let Some(pair) = labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(pair[0].0.clone());
        }
        Ok(Series { family: sanitized(&format!("kafka.connect_{GROUP}_{}", self.name)), labels })
    }

    /// As they are written, in their order.
    pub(super) fn labels(&self) -> Labels {
        self.tags.iter().fold(Labels::none(), |labels, (key, value)| labels.with(&label(key), value))
    }
}

impl Display for MetricName {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let tags: Vec<_> = self.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let Self { name, description, .. } = self;
        let tags = tags.join(", ");
        write!(f, "MetricName [name={name}, group={GROUP}, description={description}, tags={{{tags}}}]")
    }
}
