//! What went wrong, in a sentence, with what to do about it and the exit code it ends with.

use std::fmt;

use ferry_config::ConfigError;

/// How a command ends. The numbers are the exit codes, which scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or whoever read the output has gone.
    Done = 0,
    /// Wrong arguments.
    Usage = 1,
    /// A file, a profile or a connector configuration that cannot be used.
    Config = 2,
    /// A connector that was waited for and failed.
    Connector = 3,
    /// No worker answered.
    Unreachable = 4,
    /// The worker has no such connector, plugin or logger.
    NotFound = 5,
    /// The worker answered that it does not do this.
    Refused = 6,
    /// What was waited for did not come in time.
    TimedOut = 7,
}

/// Exit codes, as help texts show them.
pub const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 wrong arguments, 2 a file, profile or configuration, 3 a connector failed,
4 no worker answered, 5 not found, 6 refused by the worker, 7 not in time.";

/// An error of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, with the URL, key, value or file.
    pub message: String,
    /// What to do.
    pub mend: Option<String>,
    /// The HTTP status of the worker's answer, where there was one.
    pub status: Option<u16>,
}

/// Result of everything in this crate.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// An error that ends with `exit`.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), mend: None, status: None }
    }

    /// Wrong arguments.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file or setting that cannot be used.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Exit::Config, message)
    }

    /// With what to do about it.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// The reader of the output has gone: nothing is left to be said.
    pub fn closed() -> Self {
        Self::new(Exit::Done, "")
    }

    /// `{"exit":…,"status":…,"message":…,"mend":…}`, as `--json` shows it.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "exit": self.exit as u8,
            "status": self.status,
            "message": self.message,
            "mend": self.mend,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.mend {
            Some(mend) => write!(f, "\n  {}", mend.replace('\n', "\n  ")),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::config(error.to_string())
    }
}
