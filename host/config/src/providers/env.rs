//! `EnvVarConfigProvider`: the environment of the worker.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::{ConfigData, ConfigProvider};
use crate::error::{ConfigError, Result};
use crate::pattern::WholeMatch;
use ferry_plugin_abi::config::ConfigMap;

/// Mirrors `org.apache.kafka.common.config.provider.EnvVarConfigProvider`.
pub struct EnvVarProvider {
    variables: BTreeMap<String, String>,
}

impl EnvVarProvider {
    /// Keeps those of `environment` whose whole name matches the parameter `allowlist.pattern`
    /// (default: all). Names and values that are not UTF-8 are left out.
    ///
    /// # Errors
    /// A pattern that is no regular expression.
    pub fn new(params: &ConfigMap, environment: impl Iterator<Item = (OsString, OsString)>) -> Result<Self> {
        let pattern = params.get("allowlist.pattern").unwrap_or(".*");
        let allowed = WholeMatch::new(pattern)
            .map_err(|e| ConfigError::invalid("allowlist.pattern", pattern, format!("Invalid regex: {e}")))?;
        let variables = environment
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| allowed.matches(name))
            .collect();
        Ok(Self { variables })
    }
}

impl ConfigProvider for EnvVarProvider {
    fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        if !path.is_empty() {
            return Err(ConfigError::message(format!(
                "Path is not supported for EnvVarConfigProvider, invalid value '{path}'"
            )));
        }
        let found = |&key: &&str| Some((key.to_owned(), self.variables.get(key)?.clone()));
        Ok(ConfigData { values: keys.iter().filter_map(found).collect(), ttl_ms: None })
    }
}
