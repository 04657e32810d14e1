//! What a sink task asks of its loop through its context, from any thread.

use std::time::Duration;

use ferry_plugin_abi::api::TopicPartition;

/// Requests since the loop last looked.
#[derive(Default)]
pub struct Requests {
    /// Consume from here next.
    pub rewind: Vec<(TopicPartition, i64)>,
    /// Partitions to pause (`true`) or resume.
    pub pause: Vec<(TopicPartition, bool)>,
    /// Commit soon.
    pub commit: bool,
    /// Call `put` again after at most this time.
    pub timeout: Option<Duration>,
}
