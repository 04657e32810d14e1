//! Errors by what to do about them.

use std::borrow::Cow;

/// What to do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Try the same again (`RetriableException`).
    Retriable,
    /// The configuration is wrong: no retry helps (`ConfigException`).
    Config,
    /// This one record is bad (`DataException`); the others may pass.
    Data,
    /// The task cannot go on (`ConnectException`).
    Fatal,
    /// The plugin panicked; its instance is not called again.
    Panic,
}

/// One link of the cause chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The Java exception class a Connect user would have seen here.
    pub class: Cow<'static, str>,
    /// What happened.
    pub message: String,
}

/// An error of a plugin or of the runtime, with its whole cause chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    head: Cause,
    causes: Vec<Cause>,
    record: Option<usize>,
}

/// A result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error whose Java class follows from `kind`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let class = match kind {
            ErrorKind::Retriable => "org.apache.kafka.connect.errors.RetriableException",
            ErrorKind::Config => "org.apache.kafka.common.config.ConfigException",
            ErrorKind::Data => "org.apache.kafka.connect.errors.DataException",
            ErrorKind::Fatal | ErrorKind::Panic => "org.apache.kafka.connect.errors.ConnectException",
        };
        Self {
            kind,
            head: Cause { class: class.into(), message: message.into() },
            causes: Vec::new(),
            record: None,
        }
    }
    /// [`ErrorKind::Retriable`].
    pub fn retriable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Retriable, message)
    }
    /// [`ErrorKind::Config`].
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }
    /// [`ErrorKind::Data`].
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, message)
    }
    /// [`ErrorKind::Fatal`].
    pub fn fatal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Fatal, message)
    }
    /// Shown under this Java exception class.
    pub fn class(mut self, class: impl Into<Cow<'static, str>>) -> Self {
        self.head.class = class.into();
        self
    }
    /// The record of the batch given to `put` that it is about.
    pub fn at_record(mut self, index: usize) -> Self {
        self.record = Some(index);
        self
    }
    /// Adds `cause` and all of its causes below this error.
    pub fn caused_by(mut self, cause: Error) -> Self {
        self.causes.push(cause.head);
        self.causes.extend(cause.causes);
        self
    }
    /// Adds the chain of a standard error below this error.
    pub fn source(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let class =
                if error.is::<std::io::Error>() { "java.io.IOException" } else { "java.lang.Exception" };
            self.causes.push(Cause { class: class.into(), message: error.to_string() });
            next = error.source();
        }
        self
    }
    /// Puts an error of `kind` saying `message` above this one.
    pub fn context(self, kind: ErrorKind, message: impl Into<String>) -> Self {
        let record = self.record;
        let mut outer = Self::new(kind, message).caused_by(self);
        outer.record = record;
        outer
    }
    /// From all parts, as they cross the boundary.
    pub fn from_parts(kind: ErrorKind, head: Cause, causes: Vec<Cause>, record: Option<usize>) -> Self {
        Self { kind, head, causes, record }
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
    /// What happened.
    pub fn message(&self) -> &str {
        &self.head.message
    }
    /// The Java exception class it is shown under.
    pub fn java_class(&self) -> &str {
        &self.head.class
    }
    /// The chain below it, nearest first.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }
    /// The record of the batch it is about.
    pub fn record(&self) -> Option<usize> {
        self.record
    }
    /// The chain as a Java stack trace without frames, as `status.trace` shows it.
    pub fn trace(&self) -> String {
        let mut out = format!("{}: {}\n", self.head.class, self.head.message);
        for cause in &self.causes {
            out.push_str(&format!("Caused by: {}: {}\n", cause.class, cause.message));
        }
        out
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.head.message)?;
        for cause in &self.causes {
            write!(f, ": {}", cause.message)?;
        }
        Ok(())
    }
}
impl std::error::Error for Error {}
