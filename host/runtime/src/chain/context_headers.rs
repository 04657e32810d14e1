//! The headers that tell a reader of a dead letter queue what went wrong
//! (`errors.deadletterqueue.context.headers.enable`).

use super::{Failure, Original};
use crate::executor::TaskId;

/// The ten headers in Connect's order; all of them UTF-8 texts.
pub(super) struct ContextHeaders([(&'static str, Option<String>); 10]);

impl ContextHeaders {
    pub(super) fn new(task: &TaskId, failure: &Failure<'_>, original: Original<'_>) -> Self {
        let error = failure.error;
        // What Java shows as null is no message here.
        let message = Some(error.message().to_owned()).filter(|message| !message.is_empty());
        Self([
            ("__connect.errors.topic", Some(original.topic().to_owned())),
            ("__connect.errors.partition", Some(original.partition().to_string())),
            ("__connect.errors.offset", Some(original.offset().to_string())),
            ("__connect.errors.connector.name", Some(task.connector.to_string())),
            ("__connect.errors.task.id", Some(task.task.to_string())),
            ("__connect.errors.stage", Some(failure.stage.name().to_owned())),
            ("__connect.errors.class.name", Some(failure.class.to_owned())),
            ("__connect.errors.exception.class.name", Some(error.java_class().to_owned())),
            ("__connect.errors.exception.message", message),
            ("__connect.errors.exception.stacktrace", Some(error.trace())),
        ])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ferry_kafka::Header<'_>> {
        self.0.iter().map(|(name, value)| (*name, value.as_deref().map(str::as_bytes)))
    }
}
