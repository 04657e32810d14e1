//! Config providers: where `${provider:path:key}` gets its values from.

mod allowed_paths;
mod built_in;
mod directory;
mod env;
mod file;
mod secrets;
pub mod substitute;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ferry_plugin_abi::api::{ConfigProvider, Factory, PluginClass, Provided};
use ferry_plugin_abi::config::ConfigMap;

use crate::error::{ConfigError, Result};
use substitute::Resolved;

pub use built_in::{built_in, classes};
pub use directory::DirectoryProvider;
pub use env::EnvVarProvider;
pub use file::FileProvider;
pub use secrets::Secrets;

/// Finds values by the name of a provider.
pub trait Lookup {
    /// The values of `keys` under `path` (empty where the reference has none); a key that does not exist is
    /// left out. `None` if there is no such provider.
    ///
    /// # Errors
    /// Those of the provider: whatever must keep the configuration from being used.
    fn get(&self, provider: &str, path: &str, keys: &[&str]) -> Result<Option<Provided>>;
}

/// Finds the config provider that a class name or an alias means; `None` if there is none.
pub type Find<'a> = &'a dyn Fn(&str) -> Option<Arc<PluginClass>>;

/// The providers that a worker was configured with, and what they gave out so far. Clones share both.
#[derive(Clone, Default)]
pub struct Providers {
    /// One call at a time each, as the plugin contract has it.
    by_name: BTreeMap<String, Arc<Mutex<Box<dyn ConfigProvider>>>>,
    secrets: Arc<Secrets>,
}

impl Providers {
    /// Makes those of `config.providers` (mirrors `AbstractConfig.instantiateConfigProviders`). What they give out
    /// is remembered in `secrets`.
    ///
    /// # Errors
    /// A provider of an unknown class, or one that refuses its parameters.
    pub fn from_worker(worker: &ConfigMap, find: Find<'_>, secrets: Arc<Secrets>) -> Result<Self> {
        let mut providers = Self { by_name: BTreeMap::new(), secrets };
        let names = worker.get("config.providers").unwrap_or_default();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let key = format!("config.providers.{name}.class");
            let Some(class) = worker.get(&key).map(str::trim) else {
                // As the JVM worker, which says nothing and leaves the references as they are.
                tracing::warn!(provider = name, key, "config provider has no class and is ignored");
                continue;
            };
            let params = worker.with_prefix(&format!("config.providers.{name}.param."));
            let provider = find(class).map(|class| make(&class, &params)).ok_or_else(|| {
                let unknown = "Could not load config provider class or one of its dependencies";
                ConfigError::invalid(&key, class, unknown)
            })?;
            let provider = provider.map_err(|error| ConfigError::message(error.to_string()))?;
            providers.insert(name, provider);
        }
        Ok(providers)
    }

    /// Adds a provider, which was configured, under a name.
    pub fn insert(&mut self, name: impl Into<String>, provider: Box<dyn ConfigProvider>) {
        self.by_name.insert(name.into(), Arc::new(Mutex::new(provider)));
    }

    /// Replaces the references of a configuration and remembers what came in their place, so that no log and
    /// no error shows it. May read files or ask servers.
    ///
    /// # Errors
    /// Those of the providers.
    pub fn resolve(&self, config: &ConfigMap) -> Result<Resolved> {
        let resolved = substitute::resolve(config, self)?;
        self.secrets.learn(resolved.values.values().map(String::as_str));
        Ok(resolved)
    }

    /// What the providers gave out.
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }
}

fn make(class: &PluginClass, params: &ConfigMap) -> ferry_plugin_abi::Result<Box<dyn ConfigProvider>> {
    let Factory::ConfigProvider(make) = &class.factory else {
        return Err(ferry_plugin_abi::Error::config(format!("{} is no config provider", class.class)));
    };
    let mut provider = make()?;
    provider.configure(params)?;
    Ok(provider)
}

/// Names only: what is behind them may be secret.
impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl Lookup for Providers {
    fn get(&self, provider: &str, path: &str, keys: &[&str]) -> Result<Option<Provided>> {
        let Some(provider) = self.by_name.get(provider) else { return Ok(None) };
        // One that panicked is answered by the guard of its class.
        let mut provider = provider.lock().unwrap_or_else(PoisonError::into_inner);
        provider.get(path, keys).map(Some).map_err(|error| ConfigError::message(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
