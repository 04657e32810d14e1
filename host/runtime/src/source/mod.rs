//! A source task: poll, transform, convert, produce, and store the offsets of what the broker has
//! (`WorkerSourceTask`), or write both in one transaction (`ExactlyOnceWorkerSourceTask`).

mod boundary;
mod guarantee;
mod latest;
mod pending;
mod pipeline;
mod send;
mod task;
#[cfg(test)]
mod tests;
mod topics;
mod transaction;

pub use boundary::{Boundary, Requests};
pub use guarantee::{AtLeastOnce, ExactlyOnce, Guarantee};
pub use pipeline::{Parts, Pipeline};
pub use task::run;
pub use topics::TopicCreator;
