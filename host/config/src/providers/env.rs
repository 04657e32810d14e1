//! `EnvVarConfigProvider`: the environment of the worker.

use std::collections::BTreeMap;
use std::ffi::OsString;

use ferry_plugin_abi::api::{ConfigProvider, Provided};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{Error, Result};

use crate::pattern::WholeMatch;

/// Mirrors `org.apache.kafka.common.config.provider.EnvVarConfigProvider`. Parameter: `allowlist.pattern`.
pub struct EnvVarProvider {
    variables: BTreeMap<String, String>,
}

impl EnvVarProvider {
    /// Gives out this environment. Names and values that are not UTF-8 are left out.
    pub fn new(environment: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self { variables: environment.filter_map(text).collect() }
    }
}

impl ConfigProvider for EnvVarProvider {
    /// Keeps the variables whose whole name matches `allowlist.pattern` (default: all).
    fn configure(&mut self, params: &ConfigMap) -> Result<()> {
        let pattern = params.get("allowlist.pattern").unwrap_or(".*");
        let allowed = WholeMatch::new(pattern)
            .map_err(|why| Error::config(why).class("java.util.regex.PatternSyntaxException"))?;
        self.variables.retain(|name, _| allowed.matches(name));
        Ok(())
    }

    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        if !path.is_empty() {
            return Err(Error::config(format!(
                "Path is not supported for EnvVarConfigProvider, invalid value '{path}'"
            )));
        }
        let found = keys.iter().filter_map(|key| Some((*key, self.variables.get(*key)?.as_str())));
        Ok(Provided { values: found.collect(), ttl: None })
    }
}
