//! The loop and its intake without Kafka and without a plugin.

mod fakes;
mod membership;
mod rules;
