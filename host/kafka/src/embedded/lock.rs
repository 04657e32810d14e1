//! The lock that keeps an embedded log to one process and says who holds it.

use crate::{Error, ErrorKind, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a program that is being started may keep the copies it was born with.
const COPIES_GO: Duration = Duration::from_secs(60);

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
        let began = Instant::now();
        while let Err(refused) = file.try_lock() {
            if let TryLockError::Error(error) = refused {
                return Err(failed("lock", error));
            }
            let holder = holder(&mut file);
            // This process has not opened it. A program that it is just starting has copies of its files until it
            // is a program of its own, which nothing tells.
            if !is_this_process(&holder) || began.elapsed() > COPIES_GO {
                return Err(Error::new(
                    ErrorKind::Locked,
                    format!(
                        "the embedded log {} is in use by {holder}: one process at a time; stop it, or choose \
                         another directory in bootstrap.servers=embedded:DIR",
                        directory.display()
                    ),
                ));
            }
            std::thread::sleep(Duration::from_millis(1));
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

/// Who has the lock, as it wrote into the file.
fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut holder));
    match holder.trim() {
        "" => "another process".to_owned(),
        holder => holder.to_owned(),
    }
}

fn is_this_process(holder: &str) -> bool {
    holder.starts_with(&format!("process {} (", std::process::id()))
}
