//! A source task: poll, transform, convert, produce, and store the offsets of what the broker has
//! (`WorkerSourceTask`, at least once).

mod pending;
mod pipeline;
mod task;

pub use pipeline::{Parts, Pipeline};
pub use task::run;
