//! Keystores that may change while the worker runs: each connection is served with what the files hold now.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ferry_config::worker::TlsConfig;

use super::Choice;

/// What tells one version of a file from another: its inode, its size and the time of its change.
type Version = Option<(u64, u64, i64, i64)>;

fn version(path: &Path) -> Version {
    let found = std::fs::metadata(path).ok()?;
    Some((found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}

/// TLS of a listener, as new as its files.
pub(in crate::transport) struct Reloading {
    config: TlsConfig,
    files: Vec<PathBuf>,
    state: Mutex<(Vec<Version>, Arc<Choice>)>,
}

impl Reloading {
    /// Reads the keystores for the first time; the error is a sentence.
    pub(in crate::transport) fn new(config: TlsConfig) -> Result<Self, String> {
        let files: Vec<PathBuf> = [&config.keystore, &config.truststore]
            .into_iter()
            .filter_map(|store| store.location.clone())
            .collect();
        // Before they are read: what changes meanwhile counts as changed.
        let versions = files.iter().map(|file| version(file)).collect();
        let served = super::served(&config)?;
        Ok(Self { config, files, state: Mutex::new((versions, Arc::new(served))) })
    }

    /// What a new connection is served with. Reads files where they changed: may block for some time. While they
    /// cannot be used, what they held before is served, and the log says why once per change.
    pub(in crate::transport) fn current(&self) -> Arc<Choice> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now: Vec<Version> = self.files.iter().map(|file| version(file)).collect();
        if now != state.0 {
            state.0 = now;
            match super::served(&self.config) {
                Ok(served) => {
                    tracing::info!(
                        keystore = self.config.keystore.key,
                        "keystores have changed and are used"
                    );
                    state.1 = Arc::new(served);
                }
                Err(cause) => tracing::error!(
                    cause,
                    "keystores have changed and cannot be used; those before them are served on"
                ),
            }
        }
        state.1.clone()
    }
}
