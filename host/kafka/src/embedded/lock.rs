//! The lock that keeps an embedded log to one process and says who holds it.

use crate::{Error, ErrorKind, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Holds the lock as long as it lives; the operating system lets it go with the process.
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock of `directory`, which is created where it does not exist.
    pub(super) fn take(directory: &Path) -> Result<Self> {
        let failed = |action: &str, error: std::io::Error| {
            Error::new(
                ErrorKind::Config,
                format!("cannot {action} the embedded log {}: {error}", directory.display()),
            )
        };
        fs::create_dir_all(directory).map_err(|error| failed("create", error))?;
        let path = directory.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed("open", error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(failed("lock", error)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => "another process",
                    holder => holder,
                };
                return Err(Error::new(
                    ErrorKind::Locked,
                    format!(
                        "the embedded log {} is in use by {holder}: one process at a time; stop it, or choose \
                         another directory in bootstrap.servers=embedded:DIR",
                        directory.display()
                    ),
                ));
            }
        }
        let program = std::env::current_exe()
            .ok()
            .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "?".to_owned());
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "process {} ({program})", std::process::id()));
        written.map_err(|error| failed("lock", error))?;
        Ok(Self { _file: file })
    }
}
