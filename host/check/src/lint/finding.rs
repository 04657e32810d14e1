//! What was found, and where.

use ferry_config::properties::Span;
use ferry_config::secret;
use serde::Serialize;

use super::rule::{Level, Rule};

/// Another place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The file, by its place in the list of files.
    pub file: usize,
    /// Where in it.
    pub at: Span,
    /// What is there.
    pub text: String,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked for.
    pub rule: &'static Rule,
    /// How bad it is: as the rule says, or as the user does.
    pub level: Level,
    /// The file, by its place in the list of files.
    pub file: usize,
    /// Where in it.
    pub at: Span,
    /// The setting it is about.
    pub key: Option<String>,
    /// Its value, unless that is a secret.
    pub value: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Other places.
    pub related: Vec<Related>,
}

impl Finding {
    /// Of a rule, at a place.
    pub fn new(rule: &'static Rule, file: usize, at: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            level: rule.level,
            file,
            at,
            key: None,
            value: None,
            message: message.into(),
            help: None,
            related: Vec::new(),
        }
    }

    /// About this setting.
    #[must_use]
    pub fn about(mut self, key: &str, value: Option<&str>) -> Self {
        self.key = Some(key.to_owned());
        self.value = value.map(|value| secret::shown(key, value).to_owned());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With what to do, if that is known.
    #[must_use]
    pub fn maybe_help(self, help: Option<String>) -> Self {
        Self { help: help.or(self.help), ..self }
    }

    /// With another place.
    #[must_use]
    pub fn related(mut self, file: usize, at: Span, text: impl Into<String>) -> Self {
        self.related.push(Related { file, at, text: text.into() });
        self
    }
}

/// A file that was looked at.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// As the user named it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Values that are not shown when their line is.
    pub hidden: Vec<Span>,
}

/// How many findings there are of each level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

/// All that was found in all files.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The files that were looked at, in order.
    pub files: Vec<File>,
    /// What was found, by file and place.
    pub findings: Vec<Finding>,
    /// Files that cannot be read: each a sentence.
    pub unreadable: Vec<String>,
}

impl Report {
    /// How many of each level.
    pub fn counts(&self) -> Counts {
        let of = |level| self.findings.iter().filter(|finding| finding.level == level).count();
        Counts { errors: of(Level::Error), warnings: of(Level::Warning), notes: of(Level::Note) }
    }
}
