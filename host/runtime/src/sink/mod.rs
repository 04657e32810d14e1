//! A sink task: consume, convert, transform, put, and commit the offsets of what is durable
//! (`WorkerSinkTask`).

mod commits;
mod deliver;
mod errant;
mod intake;
mod lent;
mod offsets;
mod partitions;
mod requests;
mod task;

#[cfg(test)]
mod tests;

pub use deliver::Rules;
pub use errant::ErrantReporter;
pub use intake::Intake;
pub use lent::Lent;
pub use requests::Requests;
pub use task::{Parts, SinkLoop};
