//! The log of a plugin as a whole: what it says outside of any task or connector.

use std::time::Duration;

use ferry_log::{Logger, Loggers};
use ferry_plugin_abi::api::{Host, Level};

/// The host's side given to a plugin when it is loaded.
pub(crate) struct PluginLog {
    logger: Logger,
}

impl PluginLog {
    /// For a library with these classes. Its logger has the name of what they have in common: the class, or the
    /// package.
    pub(crate) fn new<'a>(library: &'a str, classes: impl Iterator<Item = &'a str> + Clone) -> Self {
        Self { logger: Loggers::of_process().logger(common(classes).unwrap_or(library)) }
    }
}

/// What names have in common, in whole parts.
fn common<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let mut shared = names.next()?;
    let covers = |shared: &str, name: &str| {
        name.strip_prefix(shared).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    while !names.clone().all(|name| covers(shared, name)) {
        shared = shared.rsplit_once('.')?.0;
    }
    Some(shared)
}

/// What a plugin's level is in the worker's log.
pub fn severity(level: Level) -> tracing::Level {
    match level {
        Level::Error => tracing::Level::ERROR,
        Level::Warn => tracing::Level::WARN,
        Level::Info => tracing::Level::INFO,
        Level::Debug => tracing::Level::DEBUG,
        Level::Trace => tracing::Level::TRACE,
    }
}

impl Host for PluginLog {
    fn log_enabled(&self, level: Level) -> bool {
        self.logger.allows(severity(level))
    }
    fn log(&self, level: Level, _module: &str, message: &str) {
        self.logger.log(severity(level), message);
    }
    fn stopping(&self) -> bool {
        false
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        std::thread::sleep(timeout);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_known_by_what_its_classes_have_in_common() {
        let of = |names: &[&'static str]| common(names.iter().copied());
        assert_eq!(of(&["a.b.C"]), Some("a.b.C"));
        assert_eq!(of(&["a.b.Cd", "a.b.Ce", "a.b.x.C"]), Some("a.b"));
        assert_eq!(of(&["a.bc.C", "a.b.C"]), Some("a"));
        assert_eq!((of(&["a.B", "c.D"]), of(&[])), (None, None));
    }
}
