//! Kafka clients and the embedded log behind one set of traits.
//!
//! [`connect`] turns `bootstrap.servers` into a [`Client`]: `embedded:DIR` opens the log in that
//! directory (single process, survives kill -9), anything else is a Kafka cluster reached
//! through librdkafka. A [`Client`] makes [`Producer`]s, [`Consumer`]s and [`Admin`]s; both kinds
//! pass the same [`conformance`] suite, so nobody above this crate asks which one is running.
//!
//! Everything here is synchronous and meant to be called from the thread that owns a task: there
//! are no callbacks into the caller, no futures and no allocation per record on the hot paths.

pub mod admin;
pub mod client;
pub mod config;
pub mod conformance;
pub mod consumer;
pub mod embedded;
pub mod error;
pub mod null;
pub mod pattern;
pub mod producer;
pub mod rdkafka;
pub mod record;
pub mod statistics;
pub mod topic_log;
pub mod topics;

pub use admin::{Admin, NewTopic, OffsetSpec, PartitionDescription, TopicDescription};
pub use client::{Client, Sharing, connect};
pub use config::ClientConfig;
pub use consumer::{CommitResult, Consumer, RebalanceEvent, Subscription, Waker};
pub use error::{Error, ErrorKind, Result};
pub use producer::{Delivery, Producer, RecordMetadata, SendError};
pub use record::{ConsumerRecord, Header, ProducerRecord, TimestampType, TopicPartition};
pub use statistics::{ClientKind, ClientStatistics};
pub use topic_log::TopicLog;
