//! The validators of `org.apache.kafka.common.config.ConfigDef`, with their messages.

use serde::{Deserialize, Serialize};

use super::ConfigValue;
use crate::data::java::{check_regex, hash_map_order};
use crate::data::{Entry, SchemaType, ValueRef};

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
    /// A list with at least one element (`NonEmptyListValidator` of Connect's transforms).
    NonEmptyList,
    /// A list of `old:new` names (`ReplaceField`).
    FieldRenames,
    /// A list of `field:type`, or one type (`Cast`).
    CastSpec,
    /// All of these, the first complaint counts (`ConfigDef.CompositeValidator`).
    All(Vec<Validator>),
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
                Some(text) if allowed.iter().any(|a| a.to_uppercase() == text.to_uppercase()) => Ok(()),
                _ => {
                    let allowed = hash_set(allowed.iter().map(|a| a.to_uppercase()));
                    invalid(format!("String must be one of (case insensitive): {}", allowed.join(", ")))
                }
            },
            Self::NonEmptyString => match text {
                Some("") => invalid("String must be non-empty".into()),
                _ => Ok(()),
            },
            Self::NonEmptyStringWithoutControlChars => {
                // Kafka lets null pass here: that the key is missing is somebody else's complaint.
                let Some(text) = text else { return Ok(()) };
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
                let ConfigValue::List(items) = value else {
                    return Err(format!("Configuration '{name}' values must not be null."));
                };
                if items.is_empty() && !empty {
                    return Err(format!(
                        "Configuration '{name}' must not be empty. Valid values include: any non-empty value"
                    ));
                }
                if duplicate(items) {
                    return Err(format!("Configuration '{name}' values must not be duplicated."));
                }
                if items.iter().any(String::is_empty) {
                    return Err(format!("Configuration '{name}' values must not be empty."));
                }
                Ok(())
            }
            Self::UniqueAliases => match value {
                ConfigValue::List(items) if duplicate(items) => invalid("Duplicate alias provided.".into()),
                _ => Ok(()),
            },
            // The text of the JVM, exception and all.
            Self::Regex => match text {
                Some(pattern) => check_regex(pattern).or_else(|why| invalid(format!("Invalid regex: {why}"))),
                None => invalid(
                    "Invalid regex: Cannot invoke \"String.isEmpty()\" because \"this.pattern\" is null"
                        .into(),
                ),
            },
            Self::NonEmptyList => match value {
                ConfigValue::List(items) if !items.is_empty() => Ok(()),
                _ => invalid("Empty list".into()),
            },
            Self::FieldRenames => {
                let ConfigValue::List(items) = value else { return Ok(()) };
                match items.iter().find(|item| parts(item).len() != 2) {
                    Some(item) => invalid_rename(value, item),
                    None => Ok(()),
                }
            }
            Self::CastSpec => match value {
                ConfigValue::List(items) if !items.is_empty() => check_casts(items, value),
                _ => Err("Must specify at least one field to cast.".to_owned()),
            },
            Self::All(all) => all.iter().try_for_each(|one| one.check(name, value)),
        }
    }
}

/// Java's `split(":")`: empty parts at the end do not count.
fn parts(item: &str) -> Vec<&str> {
    if item.is_empty() {
        return vec![item];
    }
    let mut parts: Vec<_> = item.split(':').collect();
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

/// The sentence for both: `Cast` names the key of `ReplaceField`, too.
fn invalid_rename(value: &ConfigValue, item: &str) -> Result<(), String> {
    Err(format!("Invalid value {value} for configuration renames: Invalid rename mapping: {item}"))
}

fn check_casts(items: &[String], value: &ConfigValue) -> Result<(), String> {
    let mut whole = false;
    for item in items {
        let parts = parts(item);
        let kind = match parts[..] {
            [] => return Err("Index 1 out of bounds for length 0".to_owned()),
            [kind] => {
                whole = true;
                kind
            }
            [_, kind] => kind,
            _ => return invalid_rename(value, item),
        };
        let kind = kind.trim_matches(|c| c <= ' ');
        let name = kind.to_uppercase();
        match SchemaType::from_name(&name) {
            Some(found) if found.is_primitive() && found != SchemaType::Bytes => {}
            Some(_) => {
                return Err(format!(
                    "Cast transformation does not support casting to {name}; supported types are [INT8, INT16, INT32, \
                     INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]"
                ));
            }
            None => {
                return Err(format!(
                    "Invalid value java.lang.IllegalArgumentException: No enum constant \
                     org.apache.kafka.connect.data.Schema.Type.{name} for configuration Invalid type found in casting \
                     spec: {kind}"
                ));
            }
        }
    }
    if whole && items.len() > 1 {
        return Err(
            "Cast transformations that specify a type to cast the entire value to may only specify a single \
                    cast in their spec"
                .to_owned(),
        );
    }
    Ok(())
}

/// The elements in the order in which Kafka's set of them shows them.
fn hash_set(items: impl Iterator<Item = String>) -> Vec<String> {
    let items: Vec<String> = items.collect();
    let mut entries: Vec<Entry<'_>> =
        items.iter().map(|item| Entry { key: ValueRef::str(item), value: ValueRef::NULL }).collect();
    hash_map_order(&mut entries, 16);
    entries.iter().filter_map(|entry| entry.key.as_str()).map(str::to_owned).collect()
}

fn duplicate(items: &[String]) -> bool {
    items.iter().enumerate().any(|(i, a)| items[..i].contains(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(validator: &Validator, items: &[&str]) -> String {
        let list = ConfigValue::List(items.iter().map(|item| (*item).to_owned()).collect());
        validator.check("k", &list).err().unwrap_or_default()
    }

    /// The messages of the validators of Connect 4.3.1.
    #[test]
    fn lists_of_transforms_are_checked_as_connect_does() {
        let names = Validator::List { empty: false };
        assert_eq!(complaint(&names, &["a", "b"]), "");
        assert_eq!(
            complaint(&names, &[]),
            "Configuration 'k' must not be empty. Valid values include: any non-empty value"
        );
        assert_eq!(complaint(&names, &["", ""]), "Configuration 'k' values must not be duplicated.");
        assert_eq!(complaint(&names, &["a", ""]), "Configuration 'k' values must not be empty.");
        assert_eq!(
            names.check("k", &ConfigValue::Null),
            Err("Configuration 'k' values must not be null.".to_owned())
        );
        assert_eq!(
            complaint(&Validator::NonEmptyList, &[]),
            "Invalid value [] for configuration k: Empty list"
        );
        assert_eq!(complaint(&Validator::FieldRenames, &["a:b", ":c"]), "");
        for bad in ["a", "", ":", "a:", "a:b:c", "a::b"] {
            assert_eq!(
                complaint(&Validator::FieldRenames, &["x:y", bad]),
                format!(
                    "Invalid value [x:y, {bad}] for configuration renames: Invalid rename mapping: {bad}"
                )
            );
        }
    }

    #[test]
    fn casts_are_checked_as_connect_does() {
        let spec = Validator::CastSpec;
        assert_eq!(complaint(&spec, &["a:int8", "b: String "]), "");
        assert_eq!(complaint(&spec, &["FLOAT64"]), "");
        assert_eq!(complaint(&spec, &[]), "Must specify at least one field to cast.");
        assert_eq!(
            complaint(&spec, &["a:b:c"]),
            "Invalid value [a:b:c] for configuration renames: Invalid rename mapping: a:b:c"
        );
        assert_eq!(
            complaint(&spec, &["a:bytes"]),
            "Cast transformation does not support casting to BYTES; supported types are [INT8, INT16, INT32, INT64, \
             FLOAT32, FLOAT64, BOOLEAN, STRING]"
        );
        assert_eq!(
            complaint(&spec, &["foo"]),
            "Invalid value java.lang.IllegalArgumentException: No enum constant \
             org.apache.kafka.connect.data.Schema.Type.FOO for configuration Invalid type found in casting spec: foo"
        );
        assert_eq!(
            complaint(&spec, &["int8", "a:int8"]),
            "Cast transformations that specify a type to cast the entire value to may only specify a single cast in \
             their spec"
        );
    }
}
