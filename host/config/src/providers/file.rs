//! `FileConfigProvider`: keys of a `.properties` file.

use super::allowed_paths::AllowedPaths;
use super::{ConfigData, ConfigProvider};
use crate::error::{ConfigError, Result};
use crate::properties;
use ferry_plugin_abi::config::ConfigMap;

/// Mirrors `org.apache.kafka.common.config.provider.FileConfigProvider`.
pub struct FileProvider {
    allowed: AllowedPaths,
}

impl FileProvider {
    /// Parameters: `allowed.paths`.
    ///
    /// # Errors
    /// An allowed path that is relative or does not exist.
    pub fn new(params: &ConfigMap) -> Result<Self> {
        Ok(Self { allowed: AllowedPaths::new(params)? })
    }
}

impl ConfigProvider for FileProvider {
    fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        if path.is_empty() {
            return Ok(ConfigData::default());
        }
        let Some(file) = self.allowed.admit(path) else { return Ok(ConfigData::default()) };
        // The parser's own message could quote a secret of the file: it only names the line.
        let entries = properties::read(&file).map_err(|e| {
            tracing::error!(path, error = %e, "config provider could not read file");
            ConfigError::message(format!("Could not read properties from file {path}"))
        })?;
        let values = entries.into_iter().filter(|(key, _)| keys.contains(&key.as_str())).collect();
        Ok(ConfigData { values, ttl_ms: None })
    }
}
