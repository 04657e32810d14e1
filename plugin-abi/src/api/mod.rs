//! The traits of every plugin kind, as the host sees them, and what the host offers in return.
//!
//! All calls are blocking. Unless a method says otherwise, one object is called by one thread at a
//! time, which may not be the thread that made it. `stop` of a task is told through its context
//! ([`SourceContext::stopping`]), which works from any thread, while `poll` or `put` still run.

mod class;
mod connector;
mod context;
mod converter;
mod provider;
mod sink;
mod source;
mod transform;

pub use class::{ClassKind, Factory, Make, PluginClass};
pub use connector::{Connector, ExactlyOnceSupport, TransactionBoundarySupport};
pub use context::{
    ConnectorContext, Host, Level, Reported, SinkContext, SourceContext, TRANSACTIONS, Transaction, WAKEUPS,
    Waker,
};
pub use converter::{Converter, Role};
pub use provider::{ConfigProvider, Provided};
pub use sink::{SinkTask, TopicPartition};
pub use source::{Ack, SourceTask};
pub use transform::{Outcome, Predicate, Transform};
