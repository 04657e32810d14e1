//! Source tasks.

use super::SourceContext;
use crate::Result;
use crate::config::ConfigMap;
use crate::data::Batch;

/// What became of one record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// The broker has it.
    Written {
        /// Kafka partition.
        partition: i32,
        /// Kafka offset.
        offset: i64,
    },
    /// A transform filtered it or an error was tolerated: it is not in Kafka and never will be.
    Skipped,
}

/// `SourceTask`.
pub trait SourceTask: Send {
    /// Begins; called once, first.
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()>;
    /// The next records; `None` if there are none yet. May block, but not much longer than
    /// the stop signal takes: wait with [`SourceContext::sleep`], or with [`SourceContext::wait`] where a
    /// thread of the plugin's can say that there is something new.
    fn poll(&mut self) -> Result<Option<Batch>>;
    /// Whether [`SourceTask::commit_records`] is wanted.
    fn wants_acks(&self) -> bool {
        false
    }
    /// All of `batch` is done with, `acks` say how, by index (`commitRecord`).
    fn commit_records(&mut self, _batch: &Batch, _acks: &[Ack]) -> Result<()> {
        Ok(())
    }
    /// Source offsets of all that was acknowledged are stored: the source may forget it. May be
    /// repeated after a crash.
    fn commit(&mut self) -> Result<()> {
        Ok(())
    }
    /// Ends; the object is dropped afterwards.
    fn stop(&mut self) -> Result<()> {
        Ok(())
    }
}
