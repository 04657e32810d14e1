//! Errors sorted by what the caller should do about them.

use std::fmt;

/// Result of every call in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What to do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Passing trouble (no leader, network, timeout): the same call may succeed later.
    Retriable,
    /// A call ran out of its time limit; whether it took effect is not known.
    TimedOut,
    /// A setting is missing, malformed or refused; it has to be changed.
    Config,
    /// The broker refused the credentials (SASL, TLS); it has to be reconfigured.
    Authentication,
    /// The broker denies the operation to this user (ACLs); it has to be granted.
    Authorization,
    /// The same of a topic (`TopicAuthorizationException`).
    TopicAuthorization,
    /// The same of a consumer group (`GroupAuthorizationException`).
    GroupAuthorization,
    /// Another producer took over the `transactional.id`: stop, never retry.
    Fenced,
    /// The transaction has to be aborted; then the producer may go on.
    AbortTransaction,
    /// The topic or partition does not exist.
    UnknownTopic,
    /// What was to be created exists already.
    AlreadyExists,
    /// The record is larger than the topic or the client accepts; that record alone is at fault.
    TooLarge,
    /// The record was refused with others in a batch that is larger than the topic accepts; the same records pass
    /// in smaller batches, which the next producer makes.
    BatchTooLarge,
    /// The record or request breaks a rule of the broker (timestamp, name, missing key).
    Invalid,
    /// A setting of a topic is unknown or has a wrong value (`InvalidConfigurationException`).
    InvalidConfig,
    /// A topic is to have more replicas than there are brokers, or none.
    InvalidReplicationFactor,
    /// The consumer no longer owns the partitions: its commit was refused after a rebalance.
    NotOwner,
    /// The group still has members, so that its offsets cannot be changed.
    GroupNotEmpty,
    /// The group does not exist.
    UnknownGroup,
    /// Another process holds the embedded log.
    Locked,
    /// The client is unusable; it has to be closed and made anew.
    Fatal,
}

impl ErrorKind {
    /// Whether the broker denies the operation to this user.
    pub fn is_denied(self) -> bool {
        matches!(self, Self::Authorization | Self::TopicAuthorization | Self::GroupAuthorization)
    }
}

/// A failed call: what to do about it, and a sentence that names the topic, key, broker or file.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// Where in `message` the words of the broker begin.
    reason: usize,
}

impl Error {
    /// An error of `kind` whose sentence is `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), reason: 0 }))
    }

    /// An error of `kind` about `what`, for the `reason` that the broker or its client gave.
    pub fn because(kind: ErrorKind, what: impl fmt::Display, reason: &str) -> Self {
        Self::new(kind, reason).context(what)
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence for people, without a trailing full stop.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The sentence without what was put before it: the broker's own words.
    pub fn reason(&self) -> &str {
        &self.0.message[self.0.reason..]
    }

    /// True when the same call may succeed later without anybody changing anything
    /// (`RetriableException` in Connect).
    pub fn is_retriable(&self) -> bool {
        matches!(self.kind(), ErrorKind::Retriable | ErrorKind::TimedOut)
    }

    /// The same error with `context: ` put before its sentence.
    pub fn context(self, context: impl fmt::Display) -> Self {
        let message = format!("{context}: {}", self.message());
        let reason = message.len() - self.reason().len();
        Self(Box::new(Inner { kind: self.kind(), message, reason }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {}
