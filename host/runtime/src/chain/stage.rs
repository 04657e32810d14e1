//! Where on its way a record may fail, and what it is known by there.

use super::Original;
use ferry_plugin_abi::data::Record;

/// Where on its way a record failed (`Stage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageName {
    /// a transform or its predicate
    Transformation,
    /// the key converter
    KeyConverter,
    /// the value converter
    ValueConverter,
    /// the header converter
    HeaderConverter,
    /// reported by a sink task, or found by bisecting its `put`
    TaskPut,
    /// the broker refused the record
    KafkaProduce,
}

/// The class that Connect names for [`StageName::TaskPut`].
pub const SINK_TASK: &str = "org.apache.kafka.connect.sink.SinkTask";
/// The class that Connect names for [`StageName::KafkaProduce`].
pub const WORKER_SOURCE_TASK: &str = "org.apache.kafka.connect.runtime.WorkerSourceTask";

impl StageName {
    /// Connect's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::TaskPut => "TASK_PUT",
            Self::KafkaProduce => "KAFKA_PRODUCE",
        }
    }
}

/// What a record was when it came (`ProcessingContext.original`).
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// As the source task made it.
    Source(&'a Record<'a>),
    /// As it was consumed.
    Sink(Original<'a>),
}
