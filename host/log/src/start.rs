//! The levels a worker is started with.

use std::collections::BTreeMap;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use crate::Level;

/// Levels by Rust module, and of loggers that were named.
#[derive(Clone, Debug, Default)]
pub struct Initial {
    modules: Targets,
    /// By logger; the root's name is empty.
    pub(crate) loggers: BTreeMap<String, Level>,
}

impl Initial {
    /// Reads directives as `RUST_LOG` has them: `level`, `module=level` or `module`, separated by commas. A Java
    /// name in the place of a module names a logger. Returns those that say nothing, too.
    pub fn parse(directives: &str) -> (Self, Vec<String>) {
        let (mut initial, mut refused) = (Self::default(), Vec::new());
        for directive in directives.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
            let (name, level) = match directive.split_once('=') {
                Some((name, level)) => (name.trim(), level.trim()),
                None if Level::of(directive).is_some() => ("", directive),
                None => (directive, "TRACE"),
            };
            let odd = name.contains(|c: char| c.is_whitespace() || "[]{}=\"".contains(c));
            match Level::of(level) {
                Some(level) if !odd && name.contains('.') => {
                    initial.loggers.insert(name.to_owned(), level);
                }
                Some(level) if !odd && name.is_empty() => {
                    initial.modules = initial.modules.with_default(level.filter());
                }
                Some(level) if !odd => {
                    initial.modules = initial.modules.with_target(name, level.filter());
                }
                _ => refused.push(directive.to_owned()),
            }
        }
        (initial, refused)
    }

    /// What is said of a module.
    pub(crate) fn level(&self, module: &str) -> LevelFilter {
        let levels = [
            (tracing::Level::TRACE, LevelFilter::TRACE),
            (tracing::Level::DEBUG, LevelFilter::DEBUG),
            (tracing::Level::INFO, LevelFilter::INFO),
            (tracing::Level::WARN, LevelFilter::WARN),
            (tracing::Level::ERROR, LevelFilter::ERROR),
        ];
        let most = levels.iter().find(|(level, _)| self.modules.would_enable(module, level));
        most.map_or(LevelFilter::OFF, |(_, filter)| *filter)
    }

    /// What holds for all else.
    pub(crate) fn root(&self) -> LevelFilter {
        self.modules.default_level().unwrap_or(LevelFilter::OFF)
    }

    /// The most of all.
    pub(crate) fn most(&self) -> LevelFilter {
        self.modules.iter().map(|(_, level)| level).fold(self.root(), LevelFilter::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_those_of_rust_log_and_java_names() {
        let (initial, refused) = Initial::parse(
            "warn, ferry_runtime=debug,ferry_runtime::sink=off,fjall,org.example.Own=all,a=loud,[task{x=1}]=info,,",
        );
        assert_eq!(refused, ["a=loud", "[task{x=1}]=info"]);
        let found = ["other", "ferry_runtime::source", "ferry_runtime::sink::task", "fjall::x"]
            .map(|module| initial.level(module));
        assert_eq!(found, [LevelFilter::WARN, LevelFilter::DEBUG, LevelFilter::OFF, LevelFilter::TRACE]);
        assert_eq!((initial.root(), initial.most()), (LevelFilter::WARN, LevelFilter::TRACE));
        assert_eq!(initial.loggers, BTreeMap::from([("org.example.Own".to_owned(), Level::All)]));
    }
}
