//! What an operator should hear of a configuration that is otherwise fine.

use std::fmt;

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// Nobody knows the setting: most are typing errors.
    Unknown,
    /// It is known and changes nothing.
    WithoutEffect,
    /// It belongs to an earlier release of Kafka.
    Obsolete,
}

/// A sentence about settings. `Display` is the sentence, with the names of the settings in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What kind of thing it is.
    pub kind: RemarkKind,
    /// The settings it is about.
    pub keys: Vec<String>,
    /// What is to be said of them, to stand behind their names.
    pub text: String,
    /// The setting that may be meant.
    pub meant: Option<String>,
}

impl Remark {
    /// About one setting.
    pub(crate) fn new(kind: RemarkKind, key: &str, text: impl Into<String>) -> Self {
        Self { kind, keys: vec![key.to_owned()], text: text.into(), meant: None }
    }

    /// With the setting that may be meant.
    pub(crate) fn meaning(self, meant: Option<String>) -> Self {
        Self { meant, ..self }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.keys.join(", "), self.text)?;
        match &self.meant {
            Some(meant) => write!(f, "; did you mean {meant}?"),
            None => Ok(()),
        }
    }
}
