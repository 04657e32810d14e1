//! What a plugin accepts, as `org.apache.kafka.common.config.ConfigDef`.

use serde::{Deserialize, Serialize};

use super::Validator;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConfigType {
    /// `true` or `false`
    Boolean,
    /// text
    String,
    /// 32-bit integer
    Int,
    /// 16-bit integer
    Short,
    /// 64-bit integer
    Long,
    /// floating-point number
    Double,
    /// comma-separated texts
    List,
    /// the name of a plugin class
    Class,
    /// text that is never shown
    Password,
}

impl ConfigType {
    /// All of them with Kafka's names.
    const NAMES: [(Self, &'static str); 9] = [
        (Self::Boolean, "BOOLEAN"),
        (Self::String, "STRING"),
        (Self::Int, "INT"),
        (Self::Short, "SHORT"),
        (Self::Long, "LONG"),
        (Self::Double, "DOUBLE"),
        (Self::List, "LIST"),
        (Self::Class, "CLASS"),
        (Self::Password, "PASSWORD"),
    ];
    /// Kafka's name of it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(t, _)| *t)
    }
}

/// How much a user should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Importance {
    /// Look at it first.
    High,
    /// Look at it some day.
    Medium,
    /// Seldom needed.
    Low,
}

/// Hint for user interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Width {
    /// no hint
    None,
    /// a few characters
    Short,
    /// a word
    Medium,
    /// a line
    Long,
}

/// What holds when the user says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefaultValue {
    /// Nothing does: the user must say.
    Required,
    /// Null.
    Null,
    /// This text, parsed as the user's would be.
    Text(String),
}

/// One key of a [`ConfigDef`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigKey {
    /// Its name.
    pub name: String,
    /// The type of its value.
    pub kind: ConfigType,
    /// Its default.
    pub default: DefaultValue,
    /// Its rule. One that a later version brought reads as none: the plugin checks it itself.
    #[serde(deserialize_with = "known_or_none")]
    pub validator: Option<Validator>,
    /// Its importance.
    pub importance: Importance,
    /// What it does, for the user.
    pub documentation: String,
    /// The group it is shown in.
    pub group: Option<String>,
    /// Its place in the group, -1 without one.
    pub order: i32,
    /// Display hint.
    pub width: Width,
    /// Display name; the name itself if empty.
    pub display_name: String,
    /// Keys that depend on its value.
    pub dependents: Vec<String>,
}

fn known_or_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Validator>, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(from)?).unwrap_or_default())
}

impl ConfigKey {
    /// A required key without a group.
    pub fn new(
        name: impl Into<String>,
        kind: ConfigType,
        importance: Importance,
        documentation: impl Into<String>,
    ) -> Self {
        let name = name.into();
        Self {
            display_name: name.clone(),
            name,
            kind,
            default: DefaultValue::Required,
            validator: None,
            importance,
            documentation: documentation.into(),
            group: None,
            order: -1,
            width: Width::None,
            dependents: Vec::new(),
        }
    }
    /// Optional: null when not given.
    pub fn or_null(mut self) -> Self {
        self.default = DefaultValue::Null;
        self
    }
    /// Optional: this text when not given.
    pub fn or(mut self, default: impl Into<String>) -> Self {
        self.default = DefaultValue::Text(default.into());
        self
    }
    /// With a rule.
    pub fn valid(mut self, validator: Validator) -> Self {
        self.validator = Some(validator);
        self
    }
    /// Shown in `group` at `order`.
    pub fn shown(
        mut self,
        group: impl Into<String>,
        order: i32,
        width: Width,
        display_name: impl Into<String>,
    ) -> Self {
        self.group = Some(group.into());
        self.order = order;
        self.width = width;
        self.display_name = display_name.into();
        self
    }
}

/// The keys that a plugin accepts, in order of definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigDef {
    keys: Vec<ConfigKey>,
}

impl ConfigDef {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds `key`; a second definition of a name replaces the first in its place.
    pub fn define(mut self, key: ConfigKey) -> Self {
        match self.keys.iter_mut().find(|k| k.name == key.name) {
            Some(old) => *old = key,
            None => self.keys.push(key),
        }
        self
    }
    /// The keys.
    pub fn keys(&self) -> &[ConfigKey] {
        &self.keys
    }
    /// The key `name`.
    pub fn key(&self, name: &str) -> Option<&ConfigKey> {
        self.keys.iter().find(|k| k.name == name)
    }
    /// The groups in the order in which they first appear.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for group in self.keys.iter().filter_map(|k| k.group.as_deref()) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }
}

impl FromIterator<ConfigKey> for ConfigDef {
    fn from_iter<I: IntoIterator<Item = ConfigKey>>(keys: I) -> Self {
        keys.into_iter().fold(Self::new(), Self::define)
    }
}
