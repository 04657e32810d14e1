//! What a plugin's object may ask for in a dry run: little, and nothing that lasts.

use std::sync::Arc;
use std::time::Duration;

use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{Host, Level};
use ferry_plugin_abi::data::Value;

use crate::executor::{Control, PluginLog};

/// The host of a connector or a task that is tried.
pub(super) struct DryHost {
    log: PluginLog,
    control: Arc<Control>,
}

impl DryHost {
    pub(super) fn new(name: &str, class: &str, control: Arc<Control>) -> Self {
        Self { log: PluginLog::new(name, None, class), control }
    }
}

impl Host for DryHost {
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
    /// As for a connector that never ran: one of the same name may have offsets, and they are its own.
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        Ok(vec![None; partitions.len()])
    }
}
