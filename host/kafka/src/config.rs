//! A client's settings under the names of Kafka's Java clients.

use std::collections::BTreeMap;
use std::fmt;

/// Flat map of client settings; names are those of the Java clients (`acks`, `fetch.min.bytes`),
/// librdkafka's own names pass too. `Debug` hides secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClientConfig(BTreeMap<String, String>);

impl ClientConfig {
    /// No settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same settings with one more; the last value of a name wins.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All settings in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for ClientConfig {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(iter: T) -> Self {
        Self(iter.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.iter().map(|(name, value)| (name, if is_secret(name) { "[hidden]" } else { value })))
            .finish()
    }
}

/// True for settings whose value never reaches a log, an error or a debug print.
pub fn is_secret(name: &str) -> bool {
    name.contains("password")
        || name.contains("secret")
        || name.contains("jaas")
        || name.contains("keystore.key")
        || name.contains("token")
        || name == "ssl.key.pem"
        || name == "sasl.oauthbearer.config"
}
