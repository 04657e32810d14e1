//! Why a herder refuses, with the HTTP status Connect gives it.

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HerderError {
    /// The HTTP status; also the `error_code` of the body.
    pub status: u16,
    /// The message of the body.
    pub message: String,
}

impl HerderError {
    /// Any refusal.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
    /// 400 (`BadRequestException`).
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }
    /// 404 (`NotFoundException`).
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }
    /// 409 (`AlreadyExistsException`).
    pub fn exists(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }
    /// 500, any other exception.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }
}
