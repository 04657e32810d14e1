//! Clients of a real cluster, through librdkafka.
//!
//! [`config`] turns Java client names into librdkafka's, [`producer`], [`consumer`] and [`admin`] are the
//! traits of this crate over [`native`], the only place that touches librdkafka's memory. Its plain C API is
//! used there because the safe wrapper pays a C string per record sent and an event per record read.

mod admin;
mod client;
mod config;
mod consumer;
mod errors;
mod hold;
mod hub;
mod native;
mod owned;
mod owners;
mod producer;
mod seat;
mod security;
mod shared;
mod statistics;
mod topics;
mod window;

pub use client::KafkaClient;
