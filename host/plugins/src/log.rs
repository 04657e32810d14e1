//! The log of a plugin as a whole: what it says outside of any task or connector.

use std::time::Duration;

use ferry_plugin_abi::api::{Host, Level};

/// The host's side given to a plugin when it is loaded.
pub(crate) struct PluginLog {
    pub plugin: String,
}

macro_rules! at_level {
    ($level:expr, $do:ident!($($args:tt)*)) => {
        match $level {
            Level::Error => tracing::$do!(target: "ferry::plugin", tracing::Level::ERROR, $($args)*),
            Level::Warn => tracing::$do!(target: "ferry::plugin", tracing::Level::WARN, $($args)*),
            Level::Info => tracing::$do!(target: "ferry::plugin", tracing::Level::INFO, $($args)*),
            Level::Debug => tracing::$do!(target: "ferry::plugin", tracing::Level::DEBUG, $($args)*),
            Level::Trace => tracing::$do!(target: "ferry::plugin", tracing::Level::TRACE, $($args)*),
        }
    };
}

impl Host for PluginLog {
    fn log_enabled(&self, level: Level) -> bool {
        match level {
            Level::Error => tracing::enabled!(target: "ferry::plugin", tracing::Level::ERROR),
            Level::Warn => tracing::enabled!(target: "ferry::plugin", tracing::Level::WARN),
            Level::Info => tracing::enabled!(target: "ferry::plugin", tracing::Level::INFO),
            Level::Debug => tracing::enabled!(target: "ferry::plugin", tracing::Level::DEBUG),
            Level::Trace => tracing::enabled!(target: "ferry::plugin", tracing::Level::TRACE),
        }
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        at_level!(level, event!(plugin = self.plugin, module = target, "{message}"));
    }
    fn stopping(&self) -> bool {
        false
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        std::thread::sleep(timeout);
        false
    }
}
