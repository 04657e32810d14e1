//! A client's settings under the names of Kafka's Java clients.

use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Flat map of client settings; names are those of the Java clients (`acks`, `fetch.min.bytes`),
/// librdkafka's own names pass too. `Debug` hides secrets.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
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
            .entries(
                self.0.iter().map(|(name, value)| (name, if is_secret(name) { "[hidden]" } else { value })),
            )
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

/// Typed reading of a [`ClientConfig`] by the clients that do not hand it on.
pub(crate) struct Settings<'a>(pub(crate) &'a ClientConfig);

impl<'a> Settings<'a> {
    /// The trimmed value; an empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(str::trim).filter(|value| !value.is_empty())
    }

    pub(crate) fn number(&self, name: &str, default: i64) -> Result<i64> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| self.refused(name, value, "a whole number")),
        }
    }

    /// A number of milliseconds; `Long.MAX_VALUE` works as for ever.
    pub(crate) fn duration(&self, name: &str, default: Duration) -> Result<Duration> {
        let default = i64::try_from(default.as_millis()).unwrap_or(i64::MAX);
        Ok(Duration::from_millis(self.number(name, default)?.max(0).unsigned_abs()))
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.get(name) {
            None => Ok(default),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(self.refused(name, value, "true or false")),
        }
    }

    /// True where `partition.assignment.strategy` names a cooperative assignor only.
    pub(crate) fn is_cooperative(&self) -> bool {
        self.get("partition.assignment.strategy").is_some_and(|names| {
            names.split(',').all(|name| name.to_ascii_lowercase().contains("cooperative"))
        })
    }

    fn refused(&self, name: &str, value: &str, wanted: &str) -> Error {
        let value = if is_secret(name) { "[hidden]" } else { value };
        Error::new(ErrorKind::Config, format!("{name}={value} is not {wanted}"))
    }
}
