//! The log of a connector or a task: a logger named like its class, in its name.

use ferry_log::{Context, Logger, Loggers};
use ferry_plugin_abi::api::Level;
use ferry_plugins::severity;

/// Where a plugin's object logs; may be used from any thread.
pub struct PluginLog {
    context: Context,
    logger: Logger,
}

impl PluginLog {
    /// For an object of this class that works for a connector or one of its tasks.
    pub fn new(connector: &str, task: Option<u32>, class: &str) -> Self {
        let loggers = Loggers::of_process();
        Self { context: loggers.context(connector, task), logger: loggers.logger(class) }
    }

    /// Whether events of this level are wanted.
    pub fn enabled(&self, level: Level) -> bool {
        self.logger.allows_in(severity(level), &self.context)
    }

    /// Writes an event. `target` names the logger where it is a name as Java has them; a Rust module is not.
    pub fn log(&self, level: Level, target: &str, message: &str) {
        let own = target.contains("::") || !target.contains('.') || target == self.logger.name();
        let logger = if own { self.logger.clone() } else { Loggers::of_process().logger(target) };
        let _entered = self.context.enter();
        logger.log(severity(level), message);
    }
}

/// The class of a connector's tasks. A plugin does not tell, and Java's are all named like this.
pub fn task_class(connector: &str) -> String {
    format!("{}Task", connector.strip_suffix("Connector").unwrap_or(connector))
}
