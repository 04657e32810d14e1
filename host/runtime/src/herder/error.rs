//! Why a herder refuses, with the HTTP status Connect gives it.

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HerderError {
    /// The HTTP status; also the `error_code` of the body.
    pub status: u16,
    /// The message of the body.
    pub message: String,
    /// The Java exception behind it, where an endpoint shows its name with the message.
    pub exception: Option<String>,
}

impl HerderError {
    /// Any refusal.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), exception: None }
    }
    /// Known in Java as this exception.
    #[must_use]
    pub fn exception(mut self, class: impl Into<String>) -> Self {
        self.exception = Some(class.into());
        self
    }
    /// 400 (`BadRequestException`).
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message).exception("org.apache.kafka.connect.runtime.rest.errors.BadRequestException")
    }
    /// 404 (`NotFoundException`).
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }
    /// 409 (`AlreadyExistsException`).
    pub fn exists(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }
    /// 500 of a `ConfigException`: Connect gives no better status to most of them.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(500, message).exception("org.apache.kafka.common.config.ConfigException")
    }
    /// 500, any other exception.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }
}
