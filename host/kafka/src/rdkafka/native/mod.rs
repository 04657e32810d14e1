//! The only code that touches librdkafka's memory: owned handles, each freed by its own `Drop`.
//!
//! Safety rests on three rules. Every pointer lives in a type that owns it and is never handed out.
//! Callbacks run only inside calls made on the owning thread, or under the lock of a producing client, which
//! several threads use (`rd_kafka_poll`, `rd_kafka_consume_*`, `rd_kafka_flush`, `rd_kafka_consumer_close`);
//! these calls hold no reference to what the callback writes;
//! the log callback, which librdkafka's threads call, touches nothing but `tracing` and the table of clients' owners, and that of
//! statistics nothing but what it is given. Memory shown to a
//! caller is borrowed for the length of one call.

#![allow(unsafe_code)]

mod asker;
mod call;
mod consume;
mod event;
mod handle;
mod limits;
mod list;
mod message;
mod produce;
mod reports;
mod request;
mod topic_config;

pub(super) use asker::Asker;
pub(super) use call::TransactionCall;
pub(super) use consume::{Change, NativeConsumer};
pub(super) use handle::{Conf, Handle, Refusal};
pub(super) use list::List;
pub(super) use message::Message;
pub(super) use produce::Sender;
pub(super) use reports::ProducerClient;
pub(super) use request::Requests;
