//! `allowed.paths`: which files a provider may read (mirrors Kafka's `AllowedPaths`).

use std::path::{Component, Path, PathBuf};

use crate::error::{ConfigError, Result};
use ferry_plugin_abi::config::ConfigMap;

/// The directories and files that may be read; `None` allows everything.
#[derive(Default)]
pub(super) struct AllowedPaths(Option<Vec<PathBuf>>);

impl AllowedPaths {
    /// Reads `allowed.paths` of a provider's parameters.
    pub(super) fn new(params: &ConfigMap) -> Result<Self> {
        let Some(list) = params.get("allowed.paths").filter(|list| !list.is_empty()) else {
            return Ok(Self(None));
        };
        let allow = |path: &str| {
            let path = normalize(Path::new(path.trim()));
            if !path.is_absolute() {
                Err(ConfigError::message(format!("Path {} is not absolute", path.display())))
            } else if !path.exists() {
                Err(ConfigError::message(format!("Path {} does not exist", path.display())))
            } else {
                Ok(path)
            }
        };
        // As Java splits: nothing after the last comma is no path, and a list of nothing allows nothing.
        let list = list.trim_end_matches(',');
        let paths = list.split(',').filter(|_| !list.is_empty());
        Ok(Self(Some(paths.map(allow).collect::<Result<_>>()?)))
    }

    /// The path to open, or `None` (and a warning) if it lies outside.
    pub(super) fn admit(&self, path: &str) -> Option<PathBuf> {
        let Some(allowed) = &self.0 else { return Some(PathBuf::from(path)) };
        let path = normalize(Path::new(path));
        if allowed.iter().any(|allowed| path.starts_with(allowed)) {
            return Some(path);
        }
        tracing::warn!(path = %path.display(), "config provider path is outside allowed.paths");
        None
    }
}

/// Resolves `.` and `..` in the text of the path, as `Path.normalize`: mounted secrets are symbolic
/// links into hidden directories, so the links themselves must not be followed here.
fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir) => {}
                _ => out.push(".."),
            },
            part => out.push(part),
        }
    }
    out
}
