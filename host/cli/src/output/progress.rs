//! One line on standard error that changes while something is waited for.

use std::io::Write;
use std::time::Instant;

/// The line; nothing at all when nobody watches.
pub struct Progress<'a> {
    err: Option<&'a mut dyn Write>,
    started: Instant,
}

impl<'a> Progress<'a> {
    pub(super) fn new(err: Option<&'a mut dyn Write>) -> Self {
        Self { err, started: Instant::now() }
    }

    /// Shows what is waited for, and how long already.
    pub fn show(&mut self, what: &str) {
        let seconds = self.started.elapsed().as_secs();
        if let Some(err) = &mut self.err {
            let _ = write!(err, "\r\x1b[K{what} ({seconds} s)");
            let _ = err.flush();
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(err) = &mut self.err {
            let _ = write!(err, "\r\x1b[K");
            let _ = err.flush();
        }
    }
}
