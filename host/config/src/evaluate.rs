//! One setting after the other against its definition, as Kafka's `ConfigDef.validateAll` does it.

use std::collections::BTreeMap;

use ferry_plugin_abi::config::{ConfigDef, ConfigKey, ConfigMap, ConfigValue, DefaultValue, Validator};

use crate::error::{ConfigError, Result};

/// What a user gave for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given<'a> {
    /// Nothing.
    Absent,
    /// JSON `null`.
    Null,
    /// This text.
    Text(&'a str),
}

impl<'a> Given<'a> {
    /// From a configuration without nulls.
    pub(crate) fn of(config: &'a ConfigMap, key: &str) -> Self {
        config.get(key).map_or(Self::Absent, Self::Text)
    }
}

/// The value, and all complaints about it. `checked_as` is the name by which the validator knows the key:
/// the part after the prefix, for keys that were embedded.
pub(crate) fn evaluate(key: &ConfigKey, checked_as: &str, given: Given<'_>) -> (ConfigValue, Vec<String>) {
    let mut errors = Vec::new();
    let value = match given {
        Given::Null => ConfigValue::Null,
        Given::Text(text) => key.parse(text).unwrap_or_else(|error| {
            errors.push(error);
            ConfigValue::Null
        }),
        Given::Absent => key.default_value().unwrap_or_else(|| {
            errors.push(ConfigError::missing(&key.name).to_string());
            ConfigValue::Null
        }),
    };
    if let Some(validator) = &key.validator
        && let Err(error) = check(validator, key, checked_as, &value)
    {
        errors.push(error);
    }
    (value, errors)
}

/// The keys whose value in `config` is wrong, each with all that is wrong (`ConfigDef.validate`).
pub fn complaints(def: &ConfigDef, config: &ConfigMap) -> Vec<(String, Vec<String>)> {
    let of = |key: &ConfigKey| (key.name.clone(), evaluate(key, &key.name, Given::of(config, &key.name)).1);
    def.keys().iter().map(of).filter(|(_, errors)| !errors.is_empty()).collect()
}

fn check(validator: &Validator, key: &ConfigKey, name: &str, value: &ConfigValue) -> Result<(), String> {
    match (validator, value) {
        // Kafka's rules for keys that may be null let null pass.
        (_, ConfigValue::Null) if key.default == DefaultValue::Null => Ok(()),
        (Validator::List { .. }, ConfigValue::Null) => {
            Err(format!("Configuration '{name}' values must not be null."))
        }
        (Validator::All(all), _) => all.iter().try_for_each(|one| check(one, key, name, value)),
        _ => validator.check(name, value),
    }
}

/// Settings that fit their definition.
#[derive(Debug)]
pub(crate) struct Values(BTreeMap<String, ConfigValue>);

macro_rules! getters {
    ($($name:ident $variant:ident $type:ty;)*) => {$(
        pub(crate) fn $name(&self, key: &str) -> Option<$type> {
            match self.0.get(key) {
                Some(ConfigValue::$variant(value)) => Some(value.clone()),
                _ => None,
            }
        }
    )*};
}

impl Values {
    /// Parses all keys of `def`; the first complaint is the error.
    pub(crate) fn parse(def: &ConfigDef, config: &ConfigMap) -> Result<Self> {
        let mut values = BTreeMap::new();
        for key in def.keys() {
            let (value, errors) = evaluate(key, &key.name, Given::of(config, &key.name));
            if let Some(error) = errors.into_iter().next() {
                return Err(ConfigError::message(error));
            }
            values.insert(key.name.clone(), value);
        }
        Ok(Self(values))
    }

    getters! {
        boolean Boolean bool;
        string String String;
        int Int i32;
        short Short i16;
        long Long i64;
        list List Vec<String>;
        class Class String;
    }
}
