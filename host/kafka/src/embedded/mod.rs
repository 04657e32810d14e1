//! The embedded log: `bootstrap.servers=embedded:DIR`, Kafka's topics in a directory, no broker.
//!
//! # What it promises
//!
//! * **An acknowledged record survives `kill -9`.** A [`Delivery`](crate::Delivery) without error is handed out
//!   after the operating system has the record; so do committed offsets, topics and transactions when the
//!   call returns. What survives a power cut is `embedded.sync`:
//!
//!   | `embedded.sync` | a power cut may lose | cost |
//!   |---|---|---|
//!   | `os` (default) | what the kernel had not written back, some seconds | none |
//!   | `batch` | no acknowledged record; offsets committed since the last sync (records are then delivered again) | one `fdatasync` per producer poll, shared by all that wait at that moment |
//!   | `always` | nothing acknowledged | as `batch`, and one per offset commit, topic change and transaction |
//!
//! * **Order and offsets** are Kafka's: records of a partition have the order of their `send`s, offsets grow by
//!   one and are never given out twice. Compaction, retention and aborted transactions leave gaps.
//! * **Transactions** are atomic for `read_committed` consumers, and open ones are aborted when the
//!   process ends in any way.
//! * **Groups** rebalance among the consumers of this process, eagerly by range or cooperatively and
//!   sticky; committed offsets last, members do not.
//! * **One process.** A second one is refused with the pid and program of the first.
//! * **Retention** by `retention.ms` and `retention.bytes` in whole batches, checked every five
//!   minutes; **compaction** of `cleanup.policy=compact` topics after every 4 MiB written to a partition and
//!   at each start. Tombstones go after `delete.retention.ms`.
//!   The space comes back in the background, journals of up to 128 MiB excepted.
//! * **Memory** is bounded by twice `embedded.memory.bytes` (8 MiB) for what is written, 4 MiB of cache,
//!   4 MiB per producer and 1 MiB per partition being read.
//! * A damaged file is an error that stops its reader; it is never skipped silently.
//!
//! It is for one machine. It has no replicas, no quotas, no access control and no wire protocol.

mod admin;
mod assignor;
mod batch;
mod cleaner;
mod consumer;
mod cursor;
mod engine;
mod group;
mod lock;
mod open;
mod options;
mod partitioner;
mod producer;
mod signal;
mod store;
mod topic;
mod transaction;

pub use options::{EmbeddedOptions, SyncPolicy};

use crate::config::Settings;
use crate::{Admin, Client, ClientConfig, Consumer, Error, ErrorKind, Producer, Result};
use std::path::Path;
use std::sync::Arc;
use store::Store;

/// What `bootstrap.servers` starts with for an embedded log.
pub const SCHEME: &str = "embedded:";

/// Opens the log in `directory`, which is created where it does not exist; clients of one process
/// share it. It closes with the last client made from it.
pub fn open(directory: &Path, options: &EmbeddedOptions) -> Result<Arc<dyn Client>> {
    if directory.as_os_str().is_empty() {
        return Err(Error::new(
            ErrorKind::Config,
            "bootstrap.servers=embedded: names no directory; write embedded:DIR",
        ));
    }
    let failed = |error: std::io::Error| {
        Error::new(
            ErrorKind::Config,
            format!("cannot create the embedded log {}: {error}", directory.display()),
        )
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let path = directory.canonicalize().map_err(failed)?;
    Ok(Arc::new(EmbeddedClient(open::store(&path, options)?)))
}

struct EmbeddedClient(Arc<Store>);

impl Client for EmbeddedClient {
    fn producer(&self, config: &ClientConfig) -> Result<Box<dyn Producer>> {
        Ok(Box::new(producer::EmbeddedProducer::new(self.0.clone(), &Settings(config))?))
    }

    fn consumer(&self, config: &ClientConfig) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(consumer::EmbeddedConsumer::new(self.0.clone(), &Settings(config))?))
    }

    fn admin(&self, _config: &ClientConfig) -> Result<Box<dyn Admin>> {
        Ok(Box::new(admin::EmbeddedAdmin(self.0.clone())))
    }
}
