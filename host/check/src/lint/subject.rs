//! One configuration in a file: its settings with their places.

use ferry_config::properties::{self, Place, Span};
use ferry_config::providers::substitute::refers;
use ferry_config::{ConfigMap, secret};

use super::finding::Finding;
use super::rule::Rule;
use crate::text::{Key, Kind, Node};

/// A setting as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its name.
    pub key: String,
    /// Its value; `None` for `null`.
    pub value: Option<String>,
    /// The value with its escapes, in a properties file.
    pub written: Option<String>,
    /// Where the name stands.
    pub key_at: Span,
    /// Where the value stands.
    pub value_at: Span,
}

impl Setting {
    /// Where to point for its value: at the key where there is none.
    pub fn at(&self) -> Span {
        if self.value_at.length > 0 { self.value_at } else { self.key_at }
    }

    /// Whether its value comes from a config provider, at least in part.
    pub fn refers(&self) -> bool {
        self.value.as_deref().is_some_and(refers)
    }
}

/// One configuration: of a connector or of a worker.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The file it is in, by its place in the list of files.
    pub file: usize,
    /// Where it begins.
    pub start: Span,
    /// Its settings in their order; one may be there more than once.
    pub settings: Vec<Setting>,
    /// Settings that are there with a value that is none, which was said of them already.
    pub nested: Vec<String>,
}

impl Subject {
    /// Of a properties file.
    pub fn of_properties(file: usize, document: &properties::Document) -> Self {
        let setting = |entry: &properties::Entry| Setting {
            key: entry.key.clone(),
            value: Some(entry.value.clone()),
            written: Some(entry.written.clone()),
            key_at: entry.key_at,
            value_at: entry.value_at,
        };
        let settings = document.entries.iter().map(setting).collect();
        Self {
            file,
            start: Span { at: Place { line: 1, column: 1 }, length: 0 },
            settings,
            nested: Vec::new(),
        }
    }

    /// Of a JSON object whose entries are settings. The caller complains of those that are `nested`.
    pub fn of_json(file: usize, node: &Node) -> Self {
        let entries = node.entries().unwrap_or_default();
        let (nested, settings): (Vec<_>, Vec<_>) =
            entries.iter().partition(|(_, value)| matches!(value.kind, Kind::List(_) | Kind::Map(_)));
        let setting = |(key, value): &(Key, Node)| Setting {
            key: key.text.clone(),
            value: value.scalar(),
            written: None,
            key_at: key.at,
            value_at: value.at,
        };
        Self {
            file,
            start: Span { length: 1, ..node.at },
            settings: settings.into_iter().map(setting).collect(),
            nested: nested.into_iter().map(|(key, _)| key.text.clone()).collect(),
        }
    }

    /// The setting that counts of those with this name.
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().rev().find(|setting| setting.key == key)
    }

    /// Its value.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.setting(key)?.value.as_deref()
    }

    /// Its value without white space around it; `None` if nothing is left.
    pub fn trimmed(&self, key: &str) -> Option<&str> {
        self.value(key).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The items of a list.
    pub fn list(&self, key: &str) -> Vec<&str> {
        self.trimmed(key).map(|list| list.split(',').map(str::trim).collect()).unwrap_or_default()
    }

    /// All settings as a worker has them: the last of a name counts, nulls are apart.
    pub fn config(&self) -> (ConfigMap, Vec<String>) {
        let (mut config, mut nulls) = (ConfigMap::new(), Vec::<String>::new());
        for setting in &self.settings {
            nulls.retain(|null| *null != setting.key);
            match &setting.value {
                Some(value) => config.insert(&setting.key, value),
                None => {
                    config.remove(&setting.key);
                    nulls.push(setting.key.clone());
                }
            }
        }
        (config, nulls)
    }

    /// A finding about the value of a setting; at the start of the configuration if it is not there.
    pub fn on_value(&self, rule: &'static Rule, key: &str, message: impl Into<String>) -> Finding {
        match self.setting(key) {
            Some(setting) => {
                Finding::new(rule, self.file, setting.at(), message).about(key, setting.value.as_deref())
            }
            None => Finding::new(rule, self.file, self.start, message).about(key, None),
        }
    }

    /// A finding about a setting as such.
    pub fn on_key(&self, rule: &'static Rule, setting: &Setting, message: impl Into<String>) -> Finding {
        Finding::new(rule, self.file, setting.key_at, message).about(&setting.key, setting.value.as_deref())
    }

    /// The places of values that are not to be shown: by the name of their key, or because of a password in a URL.
    pub fn secrets(&self) -> impl Iterator<Item = Span> + '_ {
        self.settings.iter().filter_map(|setting| {
            let value = setting.value.as_deref().filter(|_| !setting.refers())?;
            (secret::shown(&setting.key, value) != value).then_some(setting.value_at)
        })
    }
}
