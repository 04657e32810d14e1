//! The validators of `org.apache.kafka.common.config.ConfigDef`, with their messages.

use serde::{Deserialize, Serialize};

use super::ConfigValue;

/// A rule for one value. Its `Display` is what Kafka prints for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Validator {
    /// `ConfigDef.Range`: both ends inclusive.
    Range {
        /// Smallest value.
        min: Option<f64>,
        /// Largest value.
        max: Option<f64>,
    },
    /// `ConfigDef.ValidString`
    OneOf(Vec<String>),
    /// `ConfigDef.CaseInsensitiveValidString`
    OneOfIgnoreCase(Vec<String>),
    /// `ConfigDef.NonEmptyString`
    NonEmptyString,
    /// `ConfigDef.NonEmptyStringWithoutControlChars`
    NonEmptyStringWithoutControlChars,
    /// `ConfigDef.NonNullValidator`
    NonNull,
    /// A list without empty or duplicate elements; `empty` says whether no element is fine.
    List {
        /// Whether the list may be empty.
        empty: bool,
    },
    /// A list of unique aliases (transforms, predicates).
    UniqueAliases,
    /// A regular expression that compiles.
    Regex,
}

impl Validator {
    /// Checks `value` of the key `name`; `Err` is Kafka's whole sentence.
    pub fn check(&self, name: &str, value: &ConfigValue) -> Result<(), String> {
        let invalid = |why: String| Err(format!("Invalid value {value} for configuration {name}: {why}"));
        let text = match value {
            ConfigValue::String(text) | ConfigValue::Class(text) => Some(text.as_str()),
            _ => None,
        };
        match self {
            Self::Range { min, max } => match value.as_f64() {
                None => invalid("Value must be non-null".into()),
                Some(v) if min.is_some_and(|min| v < min) => {
                    invalid(format!("Value must be at least {}", min.unwrap_or_default()))
                }
                Some(v) if max.is_some_and(|max| v > max) => {
                    invalid(format!("Value must be no more than {}", max.unwrap_or_default()))
                }
                Some(_) => Ok(()),
            },
            Self::OneOf(allowed) => match text {
                Some(text) if allowed.iter().any(|a| a == text) => Ok(()),
                _ => invalid(format!("String must be one of: {}", allowed.join(", "))),
            },
            Self::OneOfIgnoreCase(allowed) => match text {
                Some(text) if allowed.iter().any(|a| a.eq_ignore_ascii_case(text)) => Ok(()),
                _ => invalid(format!("String must be one of (case insensitive): {}", allowed.join(", "))),
            },
            Self::NonEmptyString => match text {
                Some("") => invalid("String must be non-empty".into()),
                _ => Ok(()),
            },
            Self::NonEmptyStringWithoutControlChars => {
                let Some(text) = text else {
                    return invalid("String may not be empty".into());
                };
                let control: Vec<_> =
                    text.chars().filter(|c| c.is_control()).map(|c| (c as u32).to_string()).collect();
                if text.is_empty() {
                    invalid("String may not be empty".into())
                } else if !control.is_empty() {
                    invalid(format!(
                        "String may not contain control sequences but had the following ASCII chars: {}",
                        control.join(", ")
                    ))
                } else {
                    Ok(())
                }
            }
            Self::NonNull => match value {
                ConfigValue::Null => invalid("entry must be non null".into()),
                _ => Ok(()),
            },
            Self::List { empty } => {
                let ConfigValue::List(items) = value else { return Ok(()) };
                if items.is_empty() && !empty {
                    return Err(format!(
                        "Configuration '{name}' must not be empty. Valid values include: any non-empty value"
                    ));
                }
                if items.iter().any(String::is_empty) {
                    return Err(format!("Configuration '{name}' values must not be empty."));
                }
                if duplicate(items) {
                    return Err(format!("Configuration '{name}' values must not be duplicated."));
                }
                Ok(())
            }
            Self::UniqueAliases => match value {
                ConfigValue::List(items) if duplicate(items) => invalid("Duplicate alias provided.".into()),
                _ => Ok(()),
            },
            // Compiled where the engine is: here only a value is needed.
            Self::Regex => Ok(()),
        }
    }
}

fn duplicate(items: &[String]) -> bool {
    items.iter().enumerate().any(|(i, a)| items[..i].contains(a))
}
