//! The answer of a validation, in the shape REST gives it.

use ferry_plugin_abi::config::{ConfigKeyInfo, ConfigValueInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::providers::Secrets;

/// A key: what it is and what is wrong with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigInfo {
    /// `None` for a key that nobody defines.
    pub definition: Option<ConfigKeyInfo>,
    /// The value as understood, and the complaints.
    pub value: ConfigValueInfo,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigInfos {
    /// `connector.class` as it was sent.
    pub name: String,
    /// All complaints of all keys.
    pub error_count: usize,
    /// The groups in which user interfaces show the keys.
    pub groups: Vec<String>,
    /// The keys.
    pub configs: Vec<ConfigInfo>,
}

impl ConfigInfos {
    /// Every complaint in the order of the keys.
    pub fn errors(&self) -> impl Iterator<Item = &str> {
        self.configs.iter().flat_map(|info| &info.value.errors).map(String::as_str)
    }

    /// Takes these secrets out of everything that is said beyond the configuration itself.
    pub fn hide(&mut self, secrets: &Secrets) {
        for info in self.configs.iter_mut().map(|info| &mut info.value) {
            for text in info.errors.iter_mut().chain(&mut info.recommended_values) {
                *text = secrets.hide(text).into_owned();
            }
        }
    }

    /// The message of the 400 that answers a create or update; `None` if nothing is wrong.
    pub fn rejection(&self) -> Option<String> {
        if self.error_count == 0 {
            return None;
        }
        let mut message = format!(
            "Connector configuration is invalid and contains the following {} error(s):",
            self.error_count
        );
        for error in self.errors() {
            message.push('\n');
            message.push_str(error);
        }
        message.push_str(
            "\nYou can also find the above list of errors at the endpoint \
             `/connector-plugins/{connectorType}/config/validate`",
        );
        Some(message)
    }
}

/// The parts of an answer on their way to becoming one.
#[derive(Default)]
pub(super) struct Parts {
    groups: Vec<String>,
    configs: Vec<ConfigInfo>,
}

impl Parts {
    /// Adds a key, and its group if it is new.
    pub(super) fn push(&mut self, definition: Option<ConfigKeyInfo>, value: ConfigValueInfo) {
        if let Some(group) = definition.as_ref().and_then(|definition| definition.group.clone()) {
            self.group(group);
        }
        self.configs.push(ConfigInfo { definition, value });
    }

    fn group(&mut self, group: String) {
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
    }

    /// The entry of a key.
    pub(super) fn find(&mut self, name: &str) -> Option<&mut ConfigInfo> {
        self.configs.iter_mut().find(|info| info.value.name == name)
    }

    /// All entries of a key: an override that is null has two.
    pub(super) fn all(&mut self, name: &str) -> impl Iterator<Item = &mut ConfigInfo> {
        self.configs.iter_mut().filter(move |info| info.value.name == name)
    }

    /// Puts the keys without definition so far before the others, as Connect does.
    pub(super) fn unknown_first(&mut self) {
        self.configs.sort_by_key(|info| info.definition.is_some());
    }

    /// The whole answer.
    pub(super) fn finish(self, name: &str) -> ConfigInfos {
        let error_count = self.configs.iter().map(|info| info.value.errors.len()).sum();
        ConfigInfos { name: name.to_owned(), error_count, groups: self.groups, configs: self.configs }
    }
}
