//! The host's side of a task's context.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_plugin_abi::api::{Host, Level, TRANSACTIONS, TopicPartition, Transaction, WAKEUPS};
use ferry_plugin_abi::data::{Record, Value};
use ferry_plugin_abi::metrics::MetricsHost;
use ferry_plugin_abi::{Error, Result};

use super::{Control, PluginLog, TaskId, lock};
use crate::sink::{ErrantReporter, Requests};
use crate::source::Requests as TransactionRequests;
use crate::stores::OffsetStore;

/// What every task may ask for; may be called from any thread of the plugin.
pub struct TaskHost {
    /// The task.
    pub id: TaskId,
    /// Where the plugin logs.
    pub log: PluginLog,
    /// Its orders.
    pub control: Arc<Control>,
    /// Where its metrics are registered.
    pub metrics: Arc<dyn MetricsHost>,
    /// What only its kind may ask for.
    pub role: TaskRole,
}

const NO_TRANSACTIONS: &str = "the boundaries of transactions are not this task's to define: that takes \
    exactly.once.source.support=enabled of the worker and transaction.boundary=connector of the connector";

/// The part of a context that differs.
pub enum TaskRole {
    /// A source reads offsets.
    Source {
        /// Its own, among others.
        offsets: Arc<dyn OffsetStore>,
        /// Takes in where its transactions end; `None`: that is not its business.
        transactions: Option<Arc<TransactionRequests>>,
    },
    /// A sink steers its consumer.
    Sink {
        /// What it asks for.
        requests: Arc<Mutex<Requests>>,
        /// Where it reports bad records, if it may.
        reporter: Option<Arc<ErrantReporter>>,
    },
    /// A connector or task that is only tried may ask for little, and for nothing that lasts.
    Trial,
}

impl TaskHost {
    fn reporter(&self) -> Result<&ErrantReporter> {
        match &self.role {
            TaskRole::Sink { reporter: Some(reporter), .. } => Ok(reporter),
            TaskRole::Sink { reporter: None, .. } => Err(Error::fatal(
                "no errant record reporter: set errors.deadletterqueue.topic.name or errors.log.enable",
            )),
            TaskRole::Source { .. } => Err(Error::fatal("a source task has no errant record reporter")),
            TaskRole::Trial => {
                Err(Error::fatal("no errant record reporter: nothing is reported in a dry run"))
            }
        }
    }
    fn with_requests(&self, change: impl FnOnce(&mut Requests)) {
        if let TaskRole::Sink { requests, .. } = &self.role {
            change(&mut lock(requests));
            self.control.wake();
        }
    }
}

impl Host for TaskHost {
    fn log_enabled(&self, level: Level) -> bool {
        self.log.enabled(level)
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        self.log.log(level, target, message);
    }
    fn stopping(&self) -> bool {
        self.control.stopping()
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.control.wait(timeout)
    }
    fn wait_wakeup(&self, timeout: Duration) -> bool {
        self.control.wait_woken(timeout)
    }
    fn wakeup(&self) {
        self.control.wake_up();
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        match &self.role {
            TaskRole::Source { offsets, .. } => offsets.get(&self.id.connector, partitions),
            TaskRole::Sink { .. } => Err(Error::fatal("a sink task has no source offsets")),
            // As for a connector that never ran: one of the same name may have offsets, and they are its own.
            TaskRole::Trial => Ok(vec![None; partitions.len()]),
        }
    }
    fn transaction(&self, request: Transaction) -> Result<()> {
        match &self.role {
            TaskRole::Source { transactions: Some(requests), .. } => {
                requests.add(request);
                Ok(())
            }
            _ => Err(Error::fatal(NO_TRANSACTIONS)),
        }
    }
    fn offers(&self, feature: &str) -> bool {
        match &self.role {
            TaskRole::Source { transactions, .. } => {
                feature == WAKEUPS || (feature == TRANSACTIONS && transactions.is_some())
            }
            TaskRole::Sink { .. } | TaskRole::Trial => false,
        }
    }
    fn metrics(&self) -> Arc<dyn MetricsHost> {
        self.metrics.clone()
    }
    fn has_reporter(&self) -> bool {
        matches!(self.role, TaskRole::Sink { reporter: Some(_), .. })
    }
    fn report(&self, record: &Record<'_>, error: &Error) -> Result<Option<u64>> {
        self.reporter()?.report(record, error)
    }
    fn wait_reported(&self, ticket: u64, timeout: Duration) -> Result<bool> {
        self.reporter()?.wait(ticket, timeout)
    }
    fn rewind(&self, offsets: &[(TopicPartition, i64)]) {
        self.with_requests(|r| r.rewind.extend_from_slice(offsets));
    }
    fn pause(&self, partitions: &[TopicPartition], paused: bool) {
        self.with_requests(|r| r.pause.extend(partitions.iter().map(|p| (p.clone(), paused))));
    }
    fn request_commit(&self) {
        self.with_requests(|r| r.commit = true);
    }
    fn timeout(&self, timeout: Duration) {
        self.with_requests(|r| r.timeout = Some(timeout));
    }
}
