//! The file of source offsets (`offset.storage.file.filename`), shared with the JVM worker.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::java_map::{self, JavaMapError};
use super::offset_key::Meaning;

/// An offset file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OffsetFileError {
    /// Reading or writing failed.
    #[error("offset file {}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The file holds something else. It is left as it is.
    #[error("offset file {}: {source}. Move the file away to start without offsets", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: JavaMapError,
    },
}

/// A key and its value; either may be Java's null.
type Entry = (Option<Vec<u8>>, Option<Vec<u8>>);

/// All offsets of a standalone worker, in memory and in a file (mirrors `FileOffsetBackingStore`).
///
/// Unlike the JVM worker, which truncates the file and then writes it, a write here goes to a new file
/// that takes the place of the old one: a crash leaves the old offsets or the new ones, never half.
#[derive(Debug)]
pub struct FileOffsetStore {
    path: PathBuf,
    entries: Vec<Entry>,
    by_meaning: HashMap<Meaning, usize>,
}

impl FileOffsetStore {
    /// Reads the file; one that is missing or empty holds no offsets.
    ///
    /// # Errors
    /// It cannot be read, or holds something else than offsets.
    pub fn open(path: &Path) -> Result<Self, OffsetFileError> {
        // The place of a symbolic link is kept: what it points to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(OffsetFileError::Io { path, action: "read it", source }),
        };
        let mut store = Self { path, entries: Vec::new(), by_meaning: HashMap::new() };
        let read = java_map::read(&bytes);
        let read = read.map_err(|source| OffsetFileError::Content { path: store.path.clone(), source })?;
        for (key, value) in read {
            match key {
                Some(key) => store.put(key, value),
                // A null key means nothing to anybody, and is kept for the JVM worker all the same.
                None => store.entries.push((None, value)),
            }
        }
        Ok(store)
    }

    /// The value of a key; keys are compared as JSON. `None` too for an offset that was reset.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let &at = self.by_meaning.get(&Meaning::of(key))?;
        self.entries[at].1.as_deref()
    }

    /// Every offset: key and value as they are in the file, without those that were reset.
    pub fn all(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().filter_map(|(key, value)| Some((key.as_deref()?, value.as_deref()?)))
    }

    /// Sets offsets (`None` resets one) and writes the file. When it returns they survive a power cut.
    ///
    /// # Errors
    /// The file cannot be written. The new offsets are kept, and go out with the next write that succeeds.
    pub fn put_all<K, V>(
        &mut self,
        entries: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<(), OffsetFileError>
    where
        K: Into<Vec<u8>>,
        V: Into<Vec<u8>>,
    {
        self.set(entries);
        self.image().write()
    }

    /// Sets offsets in memory; they are in the next [`FileOffsetStore::image`].
    pub fn set<K, V>(&mut self, entries: impl IntoIterator<Item = (K, Option<V>)>)
    where
        K: Into<Vec<u8>>,
        V: Into<Vec<u8>>,
    {
        for (key, value) in entries {
            self.put(key.into(), value.map(Into::into));
        }
    }

    /// The file as it should be now, for a writer who lets others read and set offsets meanwhile.
    pub fn image(&self) -> OffsetFileImage {
        let entries = self.entries.iter().map(|(key, value)| (key.as_deref(), value.as_deref()));
        OffsetFileImage { path: self.path.clone(), bytes: java_map::write(entries) }
    }

    /// A key that is there keeps its bytes: the JVM worker finds it only by them.
    fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let next = self.entries.len();
        let at = *self.by_meaning.entry(Meaning::of(&key)).or_insert(next);
        if at == next {
            self.entries.push((Some(key), value));
        } else {
            self.entries[at].1 = value;
        }
    }
}

/// What is to be in the file.
pub struct OffsetFileImage {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl OffsetFileImage {
    /// Writes the file. When it returns its content survives a power cut.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self) -> Result<(), OffsetFileError> {
        let failed = |action| move |source| OffsetFileError::Io { path: self.path.clone(), action, source };
        match replace(&self.path, &self.bytes) {
            // A file mounted by itself, or in a directory that is not ours: as the JVM worker does it.
            Err(e) if cannot_replace(&e) => {
                tracing::warn!(path = %self.path.display(), error = %e, "offset file is overwritten in place");
                overwrite(&self.path, &self.bytes).map_err(failed("write it"))
            }
            done => done.map_err(failed("replace it")),
        }
    }
}

/// Writes a new file beside `path` and renames it to `path`, both synced to disk.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = dir.join(name);
    overwrite(&new, bytes)?;
    if let Ok(old) = fs::metadata(path) {
        fs::set_permissions(&new, old.permissions())?;
    }
    if let Err(e) = fs::rename(&new, path) {
        // Nobody reads a file of that name: what stays behind would only be clutter.
        let _ = fs::remove_file(&new);
        return Err(e);
    }
    File::open(dir)?.sync_all()
}

fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn cannot_replace(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices
    )
}

#[cfg(test)]
#[path = "offset_file_tests.rs"]
mod tests;
