//! The loggers of a worker: Java's names for Ferry's modules, their levels (`org.apache.kafka.connect.runtime.Loggers`,
//! KIP-495 and KIP-976), the connector in whose name something is logged (`LoggingContext`, KIP-449), and the filter
//! and the lines made of all that.

mod context;
mod filter;
mod level;
mod line;
mod loggers;
mod names;
mod start;

pub use context::{Context, Entered, Scoped};
pub use filter::Filter;
pub use level::Level;
pub use line::{Json, Text};
pub use loggers::{Logger, LoggerLevel, Loggers};
pub use names::{PLUGIN, logger_of, table};
pub use start::Initial;
