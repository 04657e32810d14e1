//! Configuration keys that several transforms have.

use ferry_sdk::config::{Config, ConfigKey, ConfigType, Importance, Validator};

const REPLACE_NULL: &str = "replace.null.with.default";

/// `replace.null.with.default`
pub fn replace_null_with_default() -> ConfigKey {
    ConfigKey::new(
        REPLACE_NULL,
        ConfigType::Boolean,
        Importance::Medium,
        "Whether to replace fields that have a default value and that are null to the default value. When set to \
         true, the default value is used, otherwise null is used.",
    )
    .or("true")
}

/// What [`replace_null_with_default`] was set to.
pub fn replaces_null(config: &Config) -> bool {
    config.boolean(REPLACE_NULL).unwrap_or(true)
}

/// A required list of names, at least one (`ValidList.anyNonDuplicateValues(false, false)`).
pub fn names(name: &str, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, ConfigType::List, Importance::High, documentation)
        .valid(Validator::List { empty: false })
}
