//! What librdkafka tells its clients outside of calls: log lines and errors of the connection.

use super::error::kind;
use crate::{Error, ErrorKind};
use ::rdkafka::client::ClientContext;
use ::rdkafka::config::RDKafkaLogLevel;
use ::rdkafka::error::KafkaError;
use std::sync::{Mutex, PoisonError};

/// Keeps the last error of the connection for whoever asks.
#[derive(Default)]
pub(super) struct Connection {
    warning: Mutex<Option<Error>>,
    fatal: Mutex<Option<Error>>,
}

impl Connection {
    pub(super) fn warn(&self, error: Error) {
        *self.warning.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(super) fn take_warning(&self) -> Option<Error> {
        self.warning.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The error that made the client unusable, if any.
    pub(super) fn fatal(&self) -> Option<Error> {
        self.fatal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn on_error(&self, error: &KafkaError, reason: &str) {
        let kind = error.rdkafka_error_code().map_or(ErrorKind::Retriable, kind);
        let found = Error::new(kind, reason);
        if kind == ErrorKind::Fatal || kind == ErrorKind::Fenced {
            tracing::error!(reason, "kafka client cannot go on");
            *self.fatal.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        } else {
            tracing::warn!(reason, "kafka connection trouble");
            self.warn(found);
        }
    }

    pub(super) fn on_log(level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => {
                tracing::warn!(target: "librdkafka", facility, message, "librdkafka error");
            }
            RDKafkaLogLevel::Warning => {
                tracing::warn!(target: "librdkafka", facility, message, "librdkafka warning")
            }
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(target: "librdkafka", facility, message, "librdkafka notice");
            }
            RDKafkaLogLevel::Debug => {
                tracing::debug!(target: "librdkafka", facility, message, "librdkafka detail")
            }
        }
    }
}

impl ClientContext for Connection {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        Self::on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.on_error(&error, reason);
    }
}
