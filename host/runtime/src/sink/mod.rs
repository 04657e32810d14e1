//! A sink task: consume, convert, transform, put, and commit the offsets of what is durable
//! (`WorkerSinkTask`).

mod offsets;
mod requests;
mod task;

pub use requests::Requests;
pub use task::{Parts, SinkLoop};
