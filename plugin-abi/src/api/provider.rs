//! Config providers: they resolve `${provider:path:key}`.

use std::time::Duration;

use crate::Result;
use crate::config::ConfigMap;

/// What a provider found.
#[derive(Clone, Debug, Default)]
pub struct Provided {
    /// Keys and their values; a missing key is left out.
    pub values: ConfigMap,
    /// Ask again after this time.
    pub ttl: Option<Duration>,
}

/// `org.apache.kafka.common.config.provider.ConfigProvider`.
pub trait ConfigProvider: Send {
    /// Takes `config.providers.<name>.param.*`, prefix removed; called once, first.
    fn configure(&mut self, config: &ConfigMap) -> Result<()>;
    /// The values of `keys` at `path`.
    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided>;
}
