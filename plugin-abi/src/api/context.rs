//! What the host offers to a running plugin object; every method may be called from any thread.

use std::sync::Arc;
use std::time::Duration;

use super::TopicPartition;
use crate::data::{Record, Value};
use crate::metrics::{MetricsHost, PluginMetrics, unseen};
use crate::{Error, Result};

/// Severity of a log event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// The task or connector cannot go on.
    Error = 1,
    /// Something a user should look at.
    Warn = 2,
    /// Progress.
    Info = 3,
    /// For those who look for a fault.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

/// Where a source says that a transaction ends (`TransactionContext`). An index counts the records of
/// the batch that the current `poll` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// After this batch.
    CommitBatch,
    /// After this record.
    CommitRecord(usize),
    /// Drop this batch.
    AbortBatch,
    /// Drop all up to this record.
    AbortRecord(usize),
}

/// Feature of a host ([`Host::offers`]): the task may say where its transactions end.
pub const TRANSACTIONS: &str = "transaction-boundaries";

/// Feature of a host ([`Host::offers`]): [`Host::wakeup`] ends a wait (since ABI 1.3).
pub const WAKEUPS: &str = "wakeups";

/// The host's side of a context. Methods that do not apply to a kind of object do nothing or fail
/// with a sentence.
pub trait Host: Send + Sync {
    /// Whether events of this level are wanted.
    fn log_enabled(&self, level: Level) -> bool;
    /// Writes one event to the worker's log, with the connector and the task.
    fn log(&self, level: Level, target: &str, message: &str);
    /// Whether the object was told to stop.
    fn stopping(&self) -> bool;
    /// Waits for `timeout` or until told to stop; returns [`Host::stopping`].
    fn wait_stop(&self, timeout: Duration) -> bool;
    /// Source: waits for `timeout`, or until told to stop or to pause, or until [`Host::wakeup`]; returns
    /// [`Host::stopping`] (since ABI 1.3).
    fn wait_wakeup(&self, timeout: Duration) -> bool {
        self.wait_stop(timeout)
    }
    /// Source: ends a [`Host::wait_wakeup`] of another thread, or the next one (since ABI 1.3).
    fn wakeup(&self) {}
    /// Source: the stored offset of each partition.
    fn offsets(&self, _partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        Err(Error::fatal("offsets can be read by a source only"))
    }
    /// Source: where a transaction ends.
    fn transaction(&self, _request: Transaction) -> Result<()> {
        Err(Error::fatal("transaction boundaries are for sources with transaction.boundary=connector"))
    }
    /// Sink: whether the user wants errant records reported.
    fn has_reporter(&self) -> bool {
        false
    }
    /// Sink: hands one bad record to the dead letter queue; the number is for [`Host::wait_reported`], `None` where
    /// there is nothing to wait for.
    fn report(&self, _record: &Record<'_>, _error: &Error) -> Result<Option<u64>> {
        Err(Error::fatal(
            "no errant record reporter: set errors.deadletterqueue.topic.name or errors.log.enable",
        ))
    }
    /// Sink: whether the dead letter queue has a reported record, after waiting up to `timeout` (since ABI 1.2).
    fn wait_reported(&self, _ticket: u64, _timeout: Duration) -> Result<bool> {
        Ok(true)
    }
    /// Sink: consume from these offsets next.
    fn rewind(&self, _offsets: &[(TopicPartition, i64)]) {}
    /// Sink: stop or go on fetching these partitions.
    fn pause(&self, _partitions: &[TopicPartition], _paused: bool) {}
    /// Sink: ask for a commit soon.
    fn request_commit(&self) {}
    /// Sink: how long to wait before the next `put` at most, for this once.
    fn timeout(&self, _timeout: Duration) {}
    /// Connector: ask for [`super::Connector::task_configs`] again.
    fn request_task_reconfiguration(&self) {}
    /// Connector: fail from a thread of its own.
    fn raise_error(&self, _error: Error) {}
    /// Where the object registers its metrics; each call is of the same place (since ABI 1.3).
    fn metrics(&self) -> Arc<dyn MetricsHost> {
        unseen()
    }
    /// Whether this host has the named feature beyond this trait (since ABI 1.1).
    fn offers(&self, _feature: &str) -> bool {
        false
    }
}

macro_rules! context {
    ($(#[$doc:meta])* $name:ident { $($body:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Arc<dyn Host>);

        impl $name {
            /// Wraps the host's side.
            pub fn new(host: Arc<dyn Host>) -> Self {
                Self(host)
            }
            /// The host's side.
            pub fn host(&self) -> &Arc<dyn Host> {
                &self.0
            }
            /// Whether it was told to stop: return soon.
            pub fn stopping(&self) -> bool {
                self.0.stopping()
            }
            /// Sleeps, and wakes at once when told to stop. `true`: stopping, return soon.
            pub fn sleep(&self, time: Duration) -> bool {
                self.0.wait_stop(time)
            }
            /// What its metrics are registered with (`pluginMetrics()`, KIP-877).
            pub fn metrics(&self) -> PluginMetrics {
                PluginMetrics::new(self.0.metrics())
            }
            $($body)*
        }
    };
}

context! {
    /// For a connector (`ConnectorContext`).
    ConnectorContext {
        /// Ask for [`super::Connector::task_configs`] again: there is something new to read or write.
        pub fn request_task_reconfiguration(&self) {
            self.0.request_task_reconfiguration();
        }
        /// Fail, from a thread of one's own.
        pub fn raise_error(&self, error: Error) {
            self.0.raise_error(error);
        }
        /// The stored offset of each of a source's partitions.
        pub fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
            self.0.offsets(partitions)
        }
    }
}

context! {
    /// For a source task (`SourceTaskContext`).
    SourceContext {
        /// The stored offset of `partition`: where to go on.
        pub fn offset(&self, partition: &Value) -> Result<Option<Value>> {
            Ok(self.0.offsets(std::slice::from_ref(partition))?.pop().flatten())
        }
        /// The stored offset of each partition.
        pub fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
            self.0.offsets(partitions)
        }
        /// Whether [`SourceContext::transaction`] is wanted (`transactionContext() != null`): the worker has
        /// exactly-once source support, and the connector is configured with `transaction.boundary=connector`.
        pub fn defines_transactions(&self) -> bool {
            self.0.offers(TRANSACTIONS)
        }
        /// What ends [`SourceContext::wait`]; `None`: this host cannot, sleep for short times instead.
        pub fn waker(&self) -> Option<Waker> {
            self.0.offers(WAKEUPS).then(|| Waker(self.0.clone()))
        }
        /// Waits for `time`, or until [`Waker::wake`] is called or the worker wants something: to stop, to pause, or
        /// to see the task. Return from `poll` then, with what is there. `true`: stopping.
        pub fn wait(&self, time: Duration) -> bool {
            self.0.wait_wakeup(time)
        }
        /// Says where a transaction ends (`TransactionContext`). An aborted one drops its records, not
        /// their offsets: they do not come again.
        pub fn transaction(&self, request: Transaction) -> Result<()> {
            self.0.transaction(request)
        }
    }
}

/// Ends the wait of a source task that has nothing to poll ([`SourceContext::wait`]), from any thread: many quiet
/// tasks wait for one thread that looks for something new, instead of waking to look themselves. No counterpart in
/// Connect, whose `poll` blocks in a thread of the plugin's making.
#[derive(Clone)]
pub struct Waker(Arc<dyn Host>);

impl Waker {
    /// Ends the wait that there is, or the next one.
    pub fn wake(&self) {
        self.0.wakeup();
    }
}

/// A reported record on its way to the dead letter queue (the `Future` of `ErrantRecordReporter.report`). May be
/// dropped: nothing is lost by not waiting.
#[derive(Clone)]
pub struct Reported {
    host: Arc<dyn Host>,
    ticket: Option<u64>,
}

impl Reported {
    /// Waits up to `timeout` for the record to arrive; `Ok(false)`: not yet.
    ///
    /// # Errors
    /// It will not arrive; the task fails when offsets are committed next.
    pub fn wait(&self, timeout: Duration) -> Result<bool> {
        self.ticket.map_or(Ok(true), |ticket| self.host.wait_reported(ticket, timeout))
    }
    /// Whether it has arrived.
    ///
    /// # Errors
    /// See [`Reported::wait`].
    pub fn is_done(&self) -> Result<bool> {
        self.wait(Duration::ZERO)
    }
}

context! {
    /// For a sink task (`SinkTaskContext`).
    SinkContext {
        /// Whether [`SinkContext::report`] leads anywhere.
        pub fn has_reporter(&self) -> bool {
            self.0.has_reporter()
        }
        /// Hands one bad record to the dead letter queue and the log (`ErrantRecordReporter`, KIP-610). An
        /// error means that the user tolerates none: return it from `put`. The record's offset is not committed before
        /// the dead letter queue has it, whether one waits for the answer or not. May be called after `put` too, from
        /// any thread, as long as the batch of the record is kept.
        pub fn report(&self, record: &Record<'_>, error: &Error) -> Result<Reported> {
            Ok(Reported { host: self.0.clone(), ticket: self.0.report(record, error)? })
        }
        /// Consume from these offsets next.
        pub fn rewind(&self, offsets: &[(TopicPartition, i64)]) {
            self.0.rewind(offsets);
        }
        /// Stop fetching `partitions`.
        pub fn pause(&self, partitions: &[TopicPartition]) {
            self.0.pause(partitions, true);
        }
        /// Go on fetching `partitions`.
        pub fn resume(&self, partitions: &[TopicPartition]) {
            self.0.pause(partitions, false);
        }
        /// Ask for a commit soon.
        pub fn request_commit(&self) {
            self.0.request_commit();
        }
        /// Call `put` again after at most `timeout`, for this once.
        pub fn timeout(&self, timeout: Duration) {
            self.0.timeout(timeout);
        }
    }
}
