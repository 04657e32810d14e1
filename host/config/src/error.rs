//! What can be wrong with a configuration, in Kafka's words.

use std::path::{Path, PathBuf};

use crate::secret;
use crate::suggest::nearest_file;

/// Result of everything in this crate.
pub type Result<T, E = ConfigError> = std::result::Result<T, E>;

/// A configuration that cannot be used.
///
/// The texts are those of Kafka's `ConfigException`, because clients and operators search for them.
/// Every variant is permanent: trying again with the same configuration fails the same way.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key without a default is absent.
    #[error("Missing required configuration \"{key}\" which has no default value.")]
    Missing {
        /// The absent key.
        key: String,
    },
    /// A value does not fit its key. The value of a key that holds a secret is never kept.
    #[error("Invalid value {value} for configuration {key}: {reason}")]
    Invalid {
        /// The key.
        key: String,
        /// The value as given, or `[hidden]`.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else, as one sentence.
    #[error("{0}")]
    Message(String),
    /// An error in a file.
    #[error("{}: {source}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: Box<ConfigError>,
    },
    /// A file that cannot be read.
    #[error("{}: {source}{}", path.display(), other(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// The file that may be meant by one that is not there.
fn other(path: &Path) -> String {
    let found = if path.exists() { None } else { nearest_file(path) };
    found.map(|found| format!("; did you mean {}?", found.display())).unwrap_or_default()
}

impl ConfigError {
    /// A required key that is absent.
    pub fn missing(key: &str) -> Self {
        Self::Missing { key: key.to_owned() }
    }

    /// A bad value; hidden if `key` names a secret.
    pub fn invalid(key: &str, value: &str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.to_owned(),
            value: secret::shown(key, value).to_owned(),
            reason: reason.into(),
        }
    }

    /// A sentence.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// Names the file that the error is in.
    #[must_use]
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            named @ (Self::In { .. } | Self::Read { .. }) => named,
            other => Self::In { path: path.to_owned(), source: Box::new(other) },
        }
    }
}

/// As the runtime knows it: permanent, and shown to users as Kafka's `ConfigException`.
impl From<ConfigError> for ferry_plugin_abi::Error {
    fn from(error: ConfigError) -> Self {
        Self::config(error.to_string())
    }
}
