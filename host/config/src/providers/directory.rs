//! `DirectoryConfigProvider`: one file per key, as Kubernetes mounts secrets.

use super::allowed_paths::AllowedPaths;
use super::{ConfigData, ConfigProvider};
use crate::error::{ConfigError, Result};
use ferry_plugin_abi::config::ConfigMap;

/// Mirrors `org.apache.kafka.common.config.provider.DirectoryConfigProvider`.
pub struct DirectoryProvider {
    allowed: AllowedPaths,
}

impl DirectoryProvider {
    /// Parameters: `allowed.paths`.
    ///
    /// # Errors
    /// An allowed path that is relative or does not exist.
    pub fn new(params: &ConfigMap) -> Result<Self> {
        Ok(Self { allowed: AllowedPaths::new(params)? })
    }
}

impl ConfigProvider for DirectoryProvider {
    fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        let mut data = ConfigData::default();
        if path.is_empty() {
            return Ok(data);
        }
        let Some(dir) = self.allowed.admit(path) else { return Ok(data) };
        if !dir.is_dir() {
            tracing::warn!(path, "config provider path is not a directory");
            return Ok(data);
        }
        for &key in keys {
            // A key is a file name, never a way out of the directory.
            if key.is_empty() || key.contains('/') || key == ".." {
                continue;
            }
            let file = dir.join(key);
            if file.is_file() {
                let value = std::fs::read_to_string(&file).map_err(|e| {
                    tracing::error!(path = %file.display(), error = %e, "config provider could not read file");
                    ConfigError::message(format!("Could not read file {} for property {key}", file.display()))
                })?;
                data.values.insert(key.to_owned(), value);
            }
        }
        Ok(data)
    }
}
