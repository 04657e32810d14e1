//! What was found out about files, kept between runs, so that a start looks only at new ones.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ferry_plugin_abi::handshake::AbiVersion;
use serde::{Deserialize, Serialize};

use crate::{Inspection, Refusal};

const FILE: &str = "plugins.cache.json";

/// Which state of which file; a file with the same key is the same file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    path: PathBuf,
    inode: u64,
    size: u64,
    mtime_ns: i128,
}

impl Key {
    /// That of the file as it is now.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let data = path.metadata()?;
        Ok(Self {
            path: path.to_owned(),
            inode: data.ino(),
            size: data.size(),
            mtime_ns: i128::from(data.mtime()) * 1_000_000_000 + i128::from(data.mtime_nsec()),
        })
    }
}

/// What is known of a file.
pub(crate) type Outcome = Result<Inspection, Refusal>;

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    key: Key,
    /// Whether it was loaded, or only its manifest read.
    scanned: bool,
    /// What it is. This or `refused` is there; an enum that is flattened in here would be read at half the speed,
    /// and starts wait for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plugin: Option<Box<Inspection>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Refusal>,
}

impl Entry {
    fn lasts(&self) -> bool {
        self.refused.as_ref().is_none_or(|refusal| refusal.reason.lasts())
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    /// Whose answers these are: another host may judge otherwise.
    host: String,
    entries: Vec<Entry>,
}

/// The cache of one host in one directory.
pub(crate) struct Cache {
    directory: PathBuf,
    entries: HashMap<Key, Entry>,
    changed: bool,
}

fn host() -> String {
    format!("ferry {} abi {}", env!("CARGO_PKG_VERSION"), AbiVersion::CURRENT)
}

impl Cache {
    /// What `directory` holds; nothing if it cannot be read.
    pub(crate) fn open(directory: &Path) -> Self {
        let entries = read(directory).into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        Self { directory: directory.to_owned(), entries, changed: false }
    }

    /// Where copies of libraries are kept.
    pub(crate) fn images(&self) -> PathBuf {
        self.directory.join("images")
    }

    /// What is known; `scanned`: only from a real load.
    pub(crate) fn get(&self, key: &Key, scanned: bool) -> Option<Outcome> {
        let entry = self.entries.get(key).filter(|entry| entry.scanned || !scanned)?;
        match (&entry.plugin, &entry.refused) {
            (Some(inspection), _) => Some(Ok((**inspection).clone())),
            (None, refusal) => refusal.clone().map(Err),
        }
    }

    /// Keeps an answer; one that may pass only as long as this process.
    pub(crate) fn put(&mut self, key: Key, scanned: bool, outcome: &Outcome) {
        let plugin = outcome.as_ref().ok().map(|inspection| Box::new(inspection.clone()));
        let refused = outcome.as_ref().err().cloned();
        self.entries.retain(|old, _| old.path != key.path);
        let entry = Entry { key: key.clone(), scanned, plugin, refused };
        self.changed |= entry.lasts();
        self.entries.insert(key, entry);
    }

    /// Writes what changed, together with what other workers wrote meanwhile. Files that are gone
    /// are forgotten, and their copies removed.
    pub(crate) fn save(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let ours: Vec<PathBuf> = self.entries.keys().map(|key| key.path.clone()).collect();
        for entry in read(&self.directory) {
            if !ours.contains(&entry.key.path) {
                self.entries.insert(entry.key.clone(), entry);
            }
        }
        self.entries.retain(|key, _| Key::of(&key.path).is_ok_and(|now| now == *key));
        if let Err(error) = self.write() {
            tracing::warn!(directory = %self.directory.display(), %error, "plugin cache cannot be written");
        }
        self.prune();
    }

    fn write(&self) -> std::io::Result<()> {
        let mut entries: Vec<Entry> = self.entries.values().filter(|entry| entry.lasts()).cloned().collect();
        entries.sort_by(|a, b| a.key.path.cmp(&b.key.path));
        let text = serde_json::to_vec(&Content { host: host(), entries })?;
        fs::create_dir_all(&self.directory)?;
        let partial = self.directory.join(format!("{FILE}.{}", std::process::id()));
        fs::write(&partial, text)?;
        fs::rename(&partial, self.directory.join(FILE))
    }

    /// Removes copies that no known file has the content of. Loaded ones live on without a name.
    fn prune(&self) {
        let Ok(copies) = self.images().read_dir() else { return };
        let known = |name: &str| {
            let mut plugins = self.entries.values().filter_map(|entry| entry.plugin.as_ref());
            plugins.any(|inspection| name == format!("{}.so", inspection.sha256))
        };
        for copy in copies.flatten() {
            if copy.file_name().to_str().is_some_and(|name| name.ends_with(".so") && !known(name)) {
                // Somebody else may have removed it.
                let _ = fs::remove_file(copy.path());
            }
        }
    }
}

fn read(directory: &Path) -> Vec<Entry> {
    let Ok(text) = fs::read(directory.join(FILE)) else { return Vec::new() };
    match serde_json::from_slice::<Content>(&text) {
        Ok(content) if content.host == host() => content.entries,
        Ok(_) => Vec::new(),
        Err(error) => {
            tracing::warn!(directory = %directory.display(), %error, "plugin cache cannot be read, made anew");
            Vec::new()
        }
    }
}

/// Where the cache is unless an option says otherwise: `$XDG_CACHE_HOME/ferry`, `~/.cache/ferry`, or
/// a directory of this user's in the temporary directory.
pub(crate) fn default_directory() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable("XDG_CACHE_HOME")
        .or_else(|| Some(variable("HOME")?.join(".cache")))
        .map(|cache| cache.join("ferry"))
        .unwrap_or_else(|| std::env::temp_dir().join(format!("ferry-{}", user())))
}

fn user() -> u32 {
    fs::metadata("/proc/self").map(|data| data.uid()).unwrap_or_default()
}
