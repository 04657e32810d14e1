//! Config providers: where `${provider:path:key}` gets its values from.

mod allowed_paths;
mod directory;
mod env;
mod file;
pub mod substitute;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{ConfigError, Result};
use ferry_plugin_abi::config::ConfigMap;

pub use directory::DirectoryProvider;
pub use env::EnvVarProvider;
pub use file::FileProvider;

/// What a provider found under one path (mirrors `ConfigData`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigData {
    /// The keys that exist and their values.
    pub values: BTreeMap<String, String>,
    /// Milliseconds until the values expire; `None` for ever.
    pub ttl_ms: Option<u64>,
}

/// A source of values (mirrors `ConfigProvider`). Called from any thread.
pub trait ConfigProvider: Send + Sync {
    /// The values of `keys` under `path` (empty where the reference has none). A key that does not
    /// exist is left out and its reference stays as it is.
    ///
    /// # Errors
    /// Whatever must keep the configuration from being used.
    fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData>;
}

/// Finds values by the name of a provider.
pub trait Lookup {
    /// As [`ConfigProvider::get`]; `None` if there is no such provider.
    ///
    /// # Errors
    /// Those of the provider.
    fn get(&self, provider: &str, path: &str, keys: &[&str]) -> Result<Option<ConfigData>>;
}

/// Makes the provider of a class from its `param.*` settings; `None` for a class it does not know.
pub type Factory<'a> = &'a dyn Fn(&str, &ConfigMap) -> Result<Option<Arc<dyn ConfigProvider>>>;

/// The providers that a worker was configured with.
#[derive(Clone, Default)]
pub struct Providers {
    by_name: BTreeMap<String, Arc<dyn ConfigProvider>>,
}

impl Providers {
    /// Makes those of `config.providers`. Classes that are not built in are asked of `others`.
    ///
    /// # Errors
    /// A provider of an unknown class, or with bad parameters.
    pub fn from_worker(worker: &ConfigMap, others: Factory<'_>) -> Result<Self> {
        let mut providers = Self::default();
        let names = worker.get("config.providers").unwrap_or_default();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let key = format!("config.providers.{name}.class");
            let Some(class) = worker.get(&key).map(str::trim) else {
                // As the JVM worker, which says nothing and leaves the references as they are.
                tracing::warn!(provider = name, key, "config provider has no class and is ignored");
                continue;
            };
            let params = worker.with_prefix(&format!("config.providers.{name}.param."));
            let provider = match built_in(class, &params)? {
                Some(provider) => provider,
                None => others(class, &params)?.ok_or_else(|| {
                    ConfigError::invalid(&key, class, format!("Class {class} could not be found."))
                })?,
            };
            providers.insert(name, provider);
        }
        Ok(providers)
    }

    /// Adds a provider under a name.
    pub fn insert(&mut self, name: impl Into<String>, provider: Arc<dyn ConfigProvider>) {
        self.by_name.insert(name.into(), provider);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

/// Names only: what is behind them may be secret.
impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl Lookup for Providers {
    fn get(&self, provider: &str, path: &str, keys: &[&str]) -> Result<Option<ConfigData>> {
        self.by_name.get(provider).map(|provider| provider.get(path, keys)).transpose()
    }
}

/// Class name (or an alias of it) to provider: the three that come with Kafka.
fn built_in(class: &str, params: &ConfigMap) -> Result<Option<Arc<dyn ConfigProvider>>> {
    let name = class.strip_prefix("org.apache.kafka.common.config.provider.").unwrap_or(class);
    Ok(Some(match name.strip_suffix("ConfigProvider").unwrap_or(name) {
        "File" => Arc::new(FileProvider::new(params)?),
        "Directory" => Arc::new(DirectoryProvider::new(params)?),
        "EnvVar" => Arc::new(EnvVarProvider::new(params, std::env::vars_os())?),
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests;
