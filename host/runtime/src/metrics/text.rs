//! Prometheus' text format, version 0.0.4.

use std::fmt::Write;

use super::attributes::{Group, Kind};

/// The media type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Labels of a sample as they are written: `a="b",c="d"`; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(String);

impl Labels {
    /// No labels.
    pub fn none() -> Self {
        Self::default()
    }
    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(name);
        self.0.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => self.0.push_str("\\\\"),
                '"' => self.0.push_str("\\\""),
                '\n' => self.0.push_str("\\n"),
                c => self.0.push(c),
            }
        }
        self.0.push('"');
        self
    }
}

/// A text that is being written, family by family.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Begins a family: all samples of `name` follow.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One sample.
    pub fn sample(&mut self, name: &str, labels: &Labels, value: f64) {
        self.0.push_str(name);
        if !labels.0.is_empty() {
            self.0.push('{');
            self.0.push_str(&labels.0);
            self.0.push('}');
        }
        let _ = match value {
            f64::INFINITY => writeln!(self.0, " +Inf"),
            f64::NEG_INFINITY => writeln!(self.0, " -Inf"),
            value => writeln!(self.0, " {value}"),
        };
    }

    /// A family of its own with these samples; nothing where there are none.
    pub fn all<'l>(
        &mut self,
        name: &str,
        kind: Kind,
        help: &str,
        samples: impl IntoIterator<Item = (&'l Labels, f64)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_some() {
            self.family(name, kind.name(), help);
            samples.for_each(|(labels, value)| self.sample(name, labels, value));
        }
    }

    /// All numbers of a group of MBeans, one row per MBean.
    pub fn group<const N: usize>(&mut self, group: &Group<N>, rows: &[(Labels, [f64; N])]) {
        for (index, number) in group.numbers.iter().enumerate() {
            let samples = rows.iter().map(|(labels, values)| (labels, values[index]));
            self.all(&group.metric(number.name), number.kind, number.help, samples);
        }
    }

    /// Texts of MBeans as labels of a sample that is 1.
    pub fn info(&mut self, name: &str, help: &str, rows: &[Labels]) {
        self.all(name, Kind::Gauge, help, rows.iter().map(|labels| (labels, 1.0)));
    }
}

impl<const N: usize> Group<N> {
    /// The name of the series that hold its texts: that of the JMX exporter without an attribute.
    pub fn series(&self) -> String {
        sanitized(&format!("{}_{}", self.domain, self.name))
    }
    /// The name that the JMX exporter gives to an attribute where nobody says anything else.
    pub fn metric(&self, attribute: &str) -> String {
        sanitized(&format!("{}_{}_{attribute}", self.domain, self.name))
    }
}

/// A name as the JMX exporter writes it: what Prometheus does not know becomes a `_`, and several a single one.
pub(super) fn sanitized(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        safe.push('_');
    }
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == ':' => safe.push(c),
            _ if safe.ends_with('_') => {}
            _ => safe.push('_'),
        }
    }
    safe
}

/// The same for a label, which has no colons.
pub(super) fn label(name: &str) -> String {
    sanitized(&name.replace(':', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::attributes::SOURCE;

    #[test]
    fn names_are_those_of_the_jmx_exporter() {
        assert_eq!(
            SOURCE.metric("source-record-poll-total"),
            "kafka_connect_source_task_metrics_source_record_poll_total"
        );
        assert_eq!(SOURCE.series(), "kafka_connect_source_task_metrics");
        assert_eq!(["a--b_-c:d é", "9lives", "_x"].map(sanitized), ["a_b_c:d_", "_9lives", "_x"]);
        assert_eq!(["a:b", "9", "__name__"].map(label), ["a_b", "_9", "_name_"]);
    }

    #[test]
    fn labels_and_help_are_escaped_and_numbers_written_as_prometheus_reads_them() {
        let mut text = Text::new();
        let odd = Labels::none().with("connector", "a\\b\"c\nd é").with("task", "0");
        text.family("m", "gauge", "back\\slash\nand line");
        text.sample("m", &odd, 0.5);
        text.sample("m", &Labels::none(), f64::NAN);
        text.sample("m", &Labels::none(), f64::INFINITY);
        text.sample("m", &Labels::none(), f64::NEG_INFINITY);
        text.sample("m", &Labels::none(), 1_700_000_000_000.0);
        assert_eq!(
            text.into_string(),
            "# HELP m back\\\\slash\\nand line\n# TYPE m gauge\n\
             m{connector=\"a\\\\b\\\"c\\nd é\",task=\"0\"} 0.5\nm NaN\nm +Inf\nm -Inf\nm 1700000000000\n"
        );
    }

    #[test]
    fn a_family_without_samples_is_left_out() {
        let mut text = Text::new();
        text.group(&SOURCE, &[]);
        text.info("i", "Nothing.", &[]);
        assert_eq!(text.into_string(), "");
    }
}
