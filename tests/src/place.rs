//! A temporary folder per test, and ports nobody else listens on.

use std::fs::{File, TryLockError};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

/// A folder that goes with its owner. It is kept when the test panics, and its path is printed.
#[derive(Debug)]
pub struct Place {
    dir: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Place {
    /// Makes an empty folder whose name starts with `name`.
    pub fn new(name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix(&format!("ferry-{name}-"))
            .tempdir()
            .expect("cannot make a temporary folder");
        let path = dir.path().canonicalize().expect("a new folder has a path");
        Self { dir: Some(dir), path }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside the folder, as text (property files and JSON want text).
    pub fn at(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    /// Writes a file inside the folder and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.at(name);
        std::fs::write(&path, content).unwrap_or_else(|e| panic!("cannot write {path}: {e}"));
        path
    }

    /// Appends to a file inside the folder, making it if needed.
    pub fn append(&self, name: &str, content: impl AsRef<[u8]>) {
        use std::io::Write;
        let path = self.at(name);
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(content.as_ref()))
            .unwrap_or_else(|e| panic!("cannot append to {path}: {e}"));
    }

    /// Reads a file inside the folder; a file that is not there reads as empty.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.at(name)).unwrap_or_default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(dir) = self.dir.take()
        {
            eprintln!("kept for a look: {}", dir.keep().display());
        }
    }
}

/// A port on 127.0.0.1 that is free now and that no test program hands out again while this one runs: a server
/// may bind it late, or end and come back.
///
/// Listening ports are taken below the range the kernel gives to clients, so that no outgoing
/// connection can take one between this call and the server's bind. Each process begins at its
/// own place in the range.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` neighbouring free ports (a broker needs one more for its controller).
pub fn free_ports(count: u16) -> u16 {
    const FIRST: u16 = 12_000;
    const SPAN: u16 = 20_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = (std::process::id() % u32::from(SPAN / 50)) as u16 * 50;
    for _ in 0..SPAN {
        let step = NEXT.fetch_add(count, Ordering::Relaxed);
        let port = FIRST + (base.wrapping_add(step)) % (SPAN - count);
        if (port..port + count).all(|p| claim(p) && TcpListener::bind(("127.0.0.1", p)).is_ok()) {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + SPAN);
}

/// Whether no other test program has claimed this port; from then on this one has, until it ends.
fn claim(port: u16) -> bool {
    /// The locks go with the process.
    static CLAIMS: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let folder = std::env::temp_dir().join("ferry-test-ports");
    let file = std::fs::create_dir_all(&folder)
        .and_then(|()| File::options().create(true).append(true).open(folder.join(port.to_string())));
    // Where nothing can be locked, that the port is free has to do.
    let Ok(file) = file else { return true };
    let claimed = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    if claimed {
        CLAIMS.lock().expect("no test panics while it claims a port").push(file);
    }
    claimed
}

#[cfg(test)]
mod tests {
    use super::{claim, free_ports};

    #[test]
    fn a_port_is_handed_out_once() {
        let (first, second) = (free_ports(2), free_ports(2));
        assert!(first.abs_diff(second) >= 2, "{first} and {second}");
        assert!(!claim(first) && !claim(second + 1), "they stay claimed");
    }
}
