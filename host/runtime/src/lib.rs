//! Herder, executor and the way of a record, in flow order.

pub mod executor;
