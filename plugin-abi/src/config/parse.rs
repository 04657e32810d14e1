//! From text to typed values, with Kafka's parsing rules and messages.

use std::collections::{BTreeMap, HashSet};

use super::{ConfigDef, ConfigKey, ConfigMap, ConfigType, DefaultValue, Validator};
use crate::{Error, Result};

/// Text that shows itself as `[hidden]` (`org.apache.kafka.common.config.types.Password`).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}
impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A parsed value. `Display` is what Java's `String.valueOf` prints.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigValue {
    /// no value
    Null,
    /// BOOLEAN
    Boolean(bool),
    /// STRING
    String(String),
    /// INT
    Int(i32),
    /// SHORT
    Short(i16),
    /// LONG
    Long(i64),
    /// DOUBLE
    Double(f64),
    /// LIST
    List(Vec<String>),
    /// CLASS
    Class(String),
    /// PASSWORD
    Password(Secret),
}

impl ConfigValue {
    /// Any number, widened.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(v) => Some((*v).into()),
            Self::Short(v) => Some((*v).into()),
            Self::Long(v) => Some(*v as f64),
            Self::Double(v) => Some(*v),
            _ => None,
        }
    }
    /// As REST shows it: `None` for null, lists joined by a comma, secrets hidden.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::List(items) => Some(items.join(",")),
            other => Some(other.to_string()),
        }
    }
}

impl std::fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(v) => v.fmt(f),
            Self::String(v) | Self::Class(v) => v.fmt(f),
            Self::Int(v) => v.fmt(f),
            Self::Short(v) => v.fmt(f),
            Self::Long(v) => v.fmt(f),
            Self::Double(v) => write!(f, "{v:?}"),
            Self::List(v) => write!(f, "[{}]", v.join(", ")),
            Self::Password(v) => v.fmt(f),
        }
    }
}

/// `String.trim`: without the characters up to and including the space at both ends. Those of Unicode that
/// are wider than that stay, and control characters go.
fn java_trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// `\s` of `java.util.regex`, by which Kafka splits lists.
fn is_java_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

impl ConfigKey {
    /// Parses `text` (`ConfigDef.parseType`); `Err` is Kafka's whole sentence.
    pub fn parse(&self, text: &str) -> Result<ConfigValue, String> {
        let trimmed = java_trim(text);
        let invalid = |why: &str| {
            let shown = if self.kind == ConfigType::Password { "[hidden]" } else { text };
            format!("Invalid value {shown} for configuration {}: {why}", self.name)
        };
        let number = |kind: &str| invalid(&format!("Not a number of type {kind}"));
        Ok(match self.kind {
            ConfigType::Boolean if trimmed.eq_ignore_ascii_case("true") => ConfigValue::Boolean(true),
            ConfigType::Boolean if trimmed.eq_ignore_ascii_case("false") => ConfigValue::Boolean(false),
            ConfigType::Boolean => return Err(invalid("Expected value to be either true or false")),
            ConfigType::String => ConfigValue::String(trimmed.to_owned()),
            ConfigType::Class => ConfigValue::Class(trimmed.to_owned()),
            ConfigType::Int => ConfigValue::Int(trimmed.parse().map_err(|_| number("INT"))?),
            ConfigType::Short => ConfigValue::Short(trimmed.parse().map_err(|_| number("SHORT"))?),
            ConfigType::Long => ConfigValue::Long(trimmed.parse().map_err(|_| number("LONG"))?),
            ConfigType::Double => ConfigValue::Double(trimmed.parse().map_err(|_| number("DOUBLE"))?),
            ConfigType::List if trimmed.is_empty() => ConfigValue::List(Vec::new()),
            ConfigType::List => ConfigValue::List(
                trimmed.split(',').map(|item| item.trim_matches(is_java_space).to_owned()).collect(),
            ),
            ConfigType::Password => ConfigValue::Password(Secret::new(trimmed)),
        })
    }

    /// The default, parsed; `None` if the key is required.
    pub fn default_value(&self) -> Option<ConfigValue> {
        match &self.default {
            DefaultValue::Required => None,
            DefaultValue::Null => Some(ConfigValue::Null),
            DefaultValue::Text(text) => self.parse(text).ok(),
        }
    }

    /// The value that `given` means, and every complaint about it.
    ///
    /// A list that must not hold an element twice loses the second (KIP-1161): only validation by REST refuses it.
    pub fn evaluate(&self, given: Option<&str>) -> (ConfigValue, Vec<String>) {
        let mut errors = Vec::new();
        let mut value = match given {
            Some(text) => self.parse(text).unwrap_or_else(|error| {
                errors.push(error);
                ConfigValue::Null
            }),
            None => self.default_value().unwrap_or_else(|| {
                errors.push(format!(
                    "Missing required configuration \"{}\" which has no default value.",
                    self.name
                ));
                ConfigValue::Null
            }),
        };
        if let (Some(Validator::List { .. }), ConfigValue::List(items)) = (&self.validator, &mut value) {
            let mut seen = HashSet::new();
            items.retain(|item| seen.insert(item.clone()));
        }
        let missing = given.is_none() && self.default == DefaultValue::Required;
        if let (Some(validator), false) = (&self.validator, missing)
            && let Err(error) = validator.check(&self.name, &value)
        {
            errors.push(error);
        }
        (value, errors)
    }
}

/// A configuration whose values were parsed and checked (`AbstractConfig`).
#[derive(Clone, Debug)]
pub struct Config {
    values: BTreeMap<String, ConfigValue>,
    originals: ConfigMap,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident $variant:ident $type:ty;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(&self, key: &str) -> Option<$type> {
                match self.values.get(key) {
                    Some(ConfigValue::$variant(value)) => Some(value.clone()),
                    _ => None,
                }
            }
        )*
    };
}

impl Config {
    /// Parses and checks `given`; the first complaint is the error. Unknown keys are kept as originals.
    pub fn parse(def: &ConfigDef, given: &ConfigMap) -> Result<Self> {
        let mut values = BTreeMap::new();
        for key in def.keys() {
            let (value, errors) = key.evaluate(given.get(&key.name));
            if let Some(error) = errors.into_iter().next() {
                return Err(Error::config(error));
            }
            values.insert(key.name.clone(), value);
        }
        Ok(Self { values, originals: given.clone() })
    }

    getters! {
        /// A BOOLEAN; `None` if null or not defined so.
        boolean Boolean bool;
        /// A STRING; `None` if null or not defined so.
        string String String;
        /// An INT; `None` if null or not defined so.
        int Int i32;
        /// A SHORT; `None` if null or not defined so.
        short Short i16;
        /// A LONG; `None` if null or not defined so.
        long Long i64;
        /// A DOUBLE; `None` if null or not defined so.
        double Double f64;
        /// A LIST; `None` if null or not defined so.
        list List Vec<String>;
        /// A CLASS; `None` if null or not defined so.
        class Class String;
        /// A PASSWORD; `None` if null or not defined so.
        password Password Secret;
    }

    /// The value of `key`, whatever its type.
    pub fn value(&self, key: &str) -> &ConfigValue {
        self.values.get(key).unwrap_or(&ConfigValue::Null)
    }
    /// All that the user wrote.
    pub fn originals(&self) -> &ConfigMap {
        &self.originals
    }
}
