//! `DirectoryConfigProvider`: one file per key, as Kubernetes mounts secrets.

use ferry_plugin_abi::api::{ConfigProvider, Provided};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{Error, Result};

use super::allowed_paths::AllowedPaths;

/// Mirrors `org.apache.kafka.common.config.provider.DirectoryConfigProvider`. Parameter: `allowed.paths`.
#[derive(Default)]
pub struct DirectoryProvider {
    allowed: AllowedPaths,
}

impl ConfigProvider for DirectoryProvider {
    fn configure(&mut self, params: &ConfigMap) -> Result<()> {
        self.allowed = AllowedPaths::new(params)?;
        Ok(())
    }

    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        let mut data = Provided::default();
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
                    Error::config(format!("Could not read file {} for property {key}", file.display()))
                })?;
                data.values.insert(key, value);
            }
        }
        Ok(data)
    }
}
