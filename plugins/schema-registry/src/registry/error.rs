//! What can go wrong with a registry, as the exceptions of Confluent's client.

use ferry_sdk::Error;

/// The registry said no (`RestClientException`).
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Its own number, such as 40401.
    pub code: i64,
    /// Its message.
    pub message: String,
}

/// Why there is no answer to use.
#[derive(Clone, Debug)]
pub enum Failure {
    /// No connection, or it broke.
    Network { class: &'static str, message: String },
    /// No answer in time.
    Timeout(String),
    /// An answer that says no.
    Refused(Refusal),
    /// An answer that is of no use.
    Unusable(String),
}

impl Refusal {
    /// Whether the same question may be answered later (`isRestClientExceptionRetriable`).
    pub fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 429 | 500 | 502 | 503 | 504)
    }

    fn cause(&self) -> Error {
        Error::data(format!("{}; error code: {}", self.message, self.code))
            .class("io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException")
    }
}

const COMMON: &str = "org.apache.kafka.common.errors.";

/// The sentences of one converter in one direction.
pub struct Sentences {
    /// Above what the registry refused or the bytes did not hold.
    pub failed: String,
    /// Above what may pass.
    pub retriable: String,
    /// In front of what the network said.
    pub network: String,
    /// `SerializationException` below `failed`, for all but refusals.
    pub inner: String,
}

impl Failure {
    /// The error; `asked` says what was asked for.
    pub fn into_error(self, asked: &str, words: &Sentences) -> Error {
        let common = |error: Error, name: &str| error.class(format!("{COMMON}{name}"));
        match self {
            Self::Network { class, message } => {
                let cause = common(Error::data(words.inner.clone()), "SerializationException")
                    .caused_by(Error::data(message.clone()).class(class));
                common(Error::retriable(format!("{}: {message}", words.network)), "NetworkException")
                    .caused_by(cause)
            }
            Self::Timeout(message) => Error::retriable(words.retriable.clone()).caused_by(
                common(Error::data(words.inner.clone()), "TimeoutException")
                    .caused_by(Error::data(message).class("java.net.SocketTimeoutException")),
            ),
            Self::Refused(refusal) => {
                let cause = refusal.cause();
                let asked = Error::data(asked.to_owned());
                match refusal.status {
                    401 => common(asked, "AuthenticationException").caused_by(cause),
                    403 => common(asked, "AuthorizationException").caused_by(cause),
                    429 => common(Error::retriable(cause.message()), "ThrottlingQuotaExceededException"),
                    502 => common(Error::retriable(asked.message()), "DisconnectException").caused_by(cause),
                    408 | 500 | 503 | 504 => Error::retriable(words.retriable.clone())
                        .caused_by(common(asked, "TimeoutException").caused_by(cause)),
                    _ => Error::data(words.failed.clone())
                        .caused_by(common(asked, "SerializationException").caused_by(cause)),
                }
            }
            Self::Unusable(message) => Error::data(words.failed.clone()).caused_by(
                common(Error::data(words.inner.clone()), "SerializationException")
                    .caused_by(Error::data(message).class("java.io.IOException")),
            ),
        }
    }
}
