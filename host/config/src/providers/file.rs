//! `FileConfigProvider`: keys of a `.properties` file.

use ferry_plugin_abi::api::{ConfigProvider, Provided};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{Error, Result};

use super::allowed_paths::AllowedPaths;
use crate::error::ConfigError;
use crate::properties;

/// Mirrors `org.apache.kafka.common.config.provider.FileConfigProvider`. Parameter: `allowed.paths`.
#[derive(Default)]
pub struct FileProvider {
    allowed: AllowedPaths,
}

impl ConfigProvider for FileProvider {
    fn configure(&mut self, params: &ConfigMap) -> Result<()> {
        self.allowed = AllowedPaths::new(params)?;
        Ok(())
    }

    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        if path.is_empty() {
            return Ok(Provided::default());
        }
        let Some(file) = self.allowed.admit(path) else { return Ok(Provided::default()) };
        // The parser's own message could quote a secret of the file: it only names the line.
        let entries = properties::read(&file).map_err(|e| {
            tracing::error!(path, error = %e, "config provider could not read file");
            match e {
                ConfigError::In { source, .. } if source.to_string().starts_with(properties::MALFORMED) => {
                    Error::config(properties::MALFORMED).class("java.lang.IllegalArgumentException")
                }
                _ => Error::config(format!("Could not read properties from file {path}")),
            }
        })?;
        let values = entries.into_iter().filter(|(key, _)| keys.contains(&key.as_str())).collect();
        Ok(Provided { values, ttl: None })
    }
}
