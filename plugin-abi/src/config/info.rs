//! How REST shows a key and its value (`ConfigKeyInfo`, `ConfigValueInfo`).

use serde::{Deserialize, Serialize};

use super::{ConfigKey, ConfigType, ConfigValue, DefaultValue, Width};

/// The definition of a key as `GET /connector-plugins/{plugin}/config` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub struct ConfigKeyInfo {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub required: bool,
    pub default_value: Option<String>,
    pub importance: String,
    pub documentation: String,
    pub group: Option<String>,
    pub order_in_group: i32,
    pub width: String,
    pub display_name: String,
    pub dependents: Vec<String>,
}

/// A value and what is wrong with it as `PUT …/config/validate` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub struct ConfigValueInfo {
    pub name: String,
    pub value: Option<String>,
    pub recommended_values: Vec<String>,
    pub errors: Vec<String>,
    pub visible: bool,
}

impl From<&ConfigKey> for ConfigKeyInfo {
    fn from(key: &ConfigKey) -> Self {
        let default_value = match (&key.default, key.kind) {
            (DefaultValue::Text(_), ConfigType::Password) => Some("[hidden]".to_owned()),
            (DefaultValue::Text(_), _) => key.default_value().as_ref().and_then(ConfigValue::to_text),
            _ => None,
        };
        Self {
            name: key.name.clone(),
            kind: key.kind.name().to_owned(),
            required: key.default == DefaultValue::Required,
            default_value,
            importance: format!("{:?}", key.importance).to_uppercase(),
            documentation: key.documentation.clone(),
            group: key.group.clone(),
            width: match key.width {
                Width::None => "NONE",
                Width::Short => "SHORT",
                Width::Medium => "MEDIUM",
                Width::Long => "LONG",
            }
            .to_owned(),
            display_name: key.display_name.clone(),
            dependents: key.dependents.clone(),
            order_in_group: key.order,
        }
    }
}
