//! Knowing a file again: after it was renamed, copied away, truncated or written anew.
//!
//! A file is known by its first bytes, and by its inode where several begin alike. Files only grow at their
//! end, so the beginning stays; one that begins otherwise is another file, whatever its name or inode.

use std::cmp::Reverse;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::SystemTime;

/// The key of a source offset that says which file the position belongs to.
pub const FILE_IDENTITY: &str = "file";

const HEAD: usize = 256;

/// What a file is known by. As text: inode, bytes hashed and hash, joined by `:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    inode: u64,
    len: usize,
    hash: u64,
}

impl Identity {
    /// That of `file` as it is now.
    pub fn of(file: &File) -> io::Result<Self> {
        let head = head(file, HEAD)?;
        Ok(Self { inode: file.metadata()?.ino(), len: head.len(), hash: hash(&head) })
    }

    /// Takes in what the file got since, as long as it is short.
    pub fn refresh(&mut self, file: &File) -> io::Result<()> {
        if self.len < HEAD {
            *self = Self::of(file)?;
        }
        Ok(())
    }

    /// Whether `file` begins as this one did.
    pub fn begins(&self, file: &File) -> bool {
        head(file, self.len).is_ok_and(|head| head.len() == self.len && hash(&head) == self.hash)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{:016x}", self.inode, self.len, self.hash)
    }
}

impl FromStr for Identity {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split(':').collect();
        let [inode, len, hash] = parts[..] else { return Err(()) };
        let inode = inode.parse().map_err(|_| ())?;
        let len = len.parse().ok().filter(|len| *len <= HEAD).ok_or(())?;
        Ok(Self { inode, len, hash: u64::from_str_radix(hash, 16).map_err(|_| ())? })
    }
}

fn head(file: &File, len: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; len];
    let mut end = 0;
    while end < len {
        match file.read_at(&mut head[end..], end as u64) {
            Ok(0) => break,
            Ok(count) => end += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(end);
    Ok(head)
}

/// FNV-1a: it is stored, so it must not change with the compiler.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What it takes to see that a file that is read was rotated or truncated.
pub struct Following {
    file: File,
    identity: Identity,
    /// The largest length seen.
    len: u64,
    /// Another file has its name: seen at the end of this one, with nothing new in it since.
    leaving: bool,
    /// A whole wait has passed since then.
    rested: bool,
}

/// What became of a file whose end was reached.
pub enum Fate {
    /// It may grow.
    Same,
    /// It has another name now, and nothing new for a while: it is finished. What comes next, if not the
    /// file that has the name now.
    Finished(Option<PathBuf>),
    /// It was truncated or written anew. Where its old content is now, if it was copied.
    Rewritten(Option<PathBuf>),
}

impl Following {
    /// Follows `file`.
    pub fn new(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        Ok(Self {
            identity: Identity::of(&file)?,
            len: file.metadata()?.len(),
            file,
            leaving: false,
            rested: false,
        })
    }

    /// What offsets of this file carry. Called with new records.
    pub fn identity(&mut self) -> io::Result<String> {
        self.identity.refresh(&self.file)?;
        (self.leaving, self.rested) = (false, false);
        Ok(self.identity.to_string())
    }

    /// A wait has passed without anything new.
    pub fn rested(&mut self) {
        self.rested = self.leaving;
    }

    /// Looks at the file and at the one that has the name `path`. Called at the end of the file and before
    /// reading on from there.
    pub fn look(&mut self, path: &Path) -> io::Result<Fate> {
        let now = self.file.metadata()?;
        if now.len() < self.len || !self.identity.begins(&self.file) {
            return Ok(Fate::Rewritten(find(path, &self.identity).map(|rotated| rotated.path)));
        }
        if now.len() > self.len {
            self.len = now.len();
            (self.leaving, self.rested) = (false, false);
            return Ok(Fate::Same);
        }
        let other = match fs::metadata(path) {
            Ok(metadata) => metadata.ino() != now.ino() || metadata.dev() != now.dev(),
            // Between two files of the name.
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !other {
            return Ok(Fate::Same);
        }
        if !std::mem::replace(&mut self.leaving, true) || !self.rested {
            return Ok(Fate::Same);
        }
        Ok(Fate::Finished(next_after(path, now.modified()?, now.ino()).map(|rotated| rotated.path)))
    }
}

/// A file that `path` was rotated to.
pub struct Rotated {
    /// Where it is now.
    pub path: PathBuf,
    modified: SystemTime,
    inode: u64,
}

/// The files beside `path` that it was rotated to: those with its name and a number or a date behind
/// it (`app.log.1`, `app.log-20240131`), oldest first. Compressed ones are not among them.
fn rotated(path: &Path) -> Vec<Rotated> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<Rotated> = entries
        .flatten()
        .filter(|entry| {
            let entry = entry.file_name();
            let tail = entry.to_str().and_then(|entry| entry.strip_prefix(name)).unwrap_or_default();
            tail.starts_with(['.', '-', '_'])
                && tail.chars().all(|c| c.is_ascii_digit() || ".-_:T".contains(c))
                && tail.contains(|c: char| c.is_ascii_digit())
        })
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Rotated { path: entry.path(), modified: metadata.modified().ok()?, inode: metadata.ino() })
        })
        .collect();
    found.sort_by(|a, b| {
        a.modified.cmp(&b.modified).then_with(|| age(name, &a.path).cmp(&age(name, &b.path)))
    });
    found
}

/// Which of two files comes first that were last written in the same tick of the file system's clock: with numbers
/// behind the name the one with the higher number, with dates the one with the earlier date.
fn age(name: &str, path: &Path) -> (Reverse<u32>, String) {
    let tail = path.file_name().and_then(|file| file.to_str()?.strip_prefix(name)).unwrap_or_default();
    let number = tail.get(1..).filter(|number| number.len() < 5).and_then(|number| number.parse().ok());
    (Reverse(number.unwrap_or(0)), tail.to_owned())
}

/// Where the file of this identity is now, if `path` was rotated.
pub fn find(path: &Path, identity: &Identity) -> Option<Rotated> {
    let mut same: Vec<Rotated> = rotated(path)
        .into_iter()
        .filter(|file| File::open(&file.path).is_ok_and(|file| identity.begins(&file)))
        .collect();
    let at = same.iter().position(|file| file.inode == identity.inode).or(same.len().checked_sub(1))?;
    Some(same.swap_remove(at))
}

/// The file that `path` was rotated to after the one of that inode, which was last written at `modified`.
fn next_after(path: &Path, modified: SystemTime, inode: u64) -> Option<Rotated> {
    let mut found = rotated(path);
    let next = match found.iter().position(|file| file.inode == inode) {
        Some(at) => at + 1,
        // It was deleted or compressed meanwhile.
        None => found.iter().position(|file| file.modified > modified)?,
    };
    (next < found.len()).then(|| found.swap_remove(next))
}
