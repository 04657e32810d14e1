//! Herder, executor and the way of a record, in flow order.

pub mod budget;
pub mod chain;
pub mod clients;
pub mod crash;
pub mod environment;
pub mod errors;
pub mod exactly_once;
pub mod executor;
pub mod herder;
pub mod metrics;
pub mod sink;
pub mod source;
pub mod stores;
pub mod tap;
