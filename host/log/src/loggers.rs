//! The loggers there are and their levels (`org.apache.kafka.connect.runtime.Loggers` over log4j2's configuration).
//!
//! A level that was set holds for all loggers below, by the dots of their names; setting it sets those below that
//! had one of their own, too. Where nothing was set, what the worker was started with counts (`-v`, `RUST_LOG`),
//! which goes by Rust modules.
//!
//! Beside Java's names there are `connector.NAME` and `connector.NAME.task.N`: what is logged in the name of that
//! connector or task, whichever logger it belongs to. A level that was set there wins over the logger's own. Dots
//! in a connector's name mean nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::Metadata;
use tracing::callsite::Identifier;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;

use crate::context::{self, Context, Shared};
use crate::level::{filter, number};
use crate::names::{PLUGIN, logger_of, table};
use crate::{Initial, Level};

const ROOT: &str = "root";
/// The loggers of connectors are below this one.
const CONNECTOR: &str = "connector";

/// The level of a logger, as REST shows it (`LoggerLevel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggerLevel {
    /// The level that is in effect.
    pub level: Level,
    /// When it was changed last, milliseconds since 1970; `None`: never.
    pub last_modified: Option<u64>,
}

/// The loggers of a worker; may be used from any thread.
pub struct Loggers(RwLock<State>);

#[derive(Default)]
struct State {
    initial: Initial,
    /// Levels that were set. The root's name is empty.
    own: BTreeMap<String, Level>,
    modified: BTreeMap<String, u64>,
    /// All loggers, and the level each was started with.
    known: BTreeMap<String, LevelFilter>,
    contexts: Vec<Weak<Shared>>,
    /// Loggers that plugins hold, with their levels.
    held: BTreeMap<String, Arc<AtomicU8>>,
    /// Places in the code that were reached, by target and level.
    callsites: HashMap<Identifier, (&'static str, LevelFilter)>,
}

/// A logger that is named at run time: a plugin's. Asking it costs an atomic load.
#[derive(Clone)]
pub struct Logger {
    name: Arc<str>,
    level: Arc<AtomicU8>,
}

impl Logger {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether events of this level are wanted in the current context.
    pub fn allows(&self, level: tracing::Level) -> bool {
        let own = || filter(self.level.load(Ordering::Relaxed));
        level <= context::level().unwrap_or_else(own)
    }

    /// The same in a context that need not be the current one.
    pub fn allows_in(&self, level: tracing::Level, context: &Context) -> bool {
        level <= context.level().unwrap_or_else(|| filter(self.level.load(Ordering::Relaxed)))
    }

    /// Writes an event, where it is wanted.
    pub fn log(&self, level: tracing::Level, message: &str) {
        if !self.allows(level) {
            return;
        }
        let logger = &*self.name;
        match level {
            tracing::Level::ERROR => tracing::error!(target: PLUGIN, logger, "{message}"),
            tracing::Level::WARN => tracing::warn!(target: PLUGIN, logger, "{message}"),
            tracing::Level::INFO => tracing::info!(target: PLUGIN, logger, "{message}"),
            tracing::Level::DEBUG => tracing::debug!(target: PLUGIN, logger, "{message}"),
            tracing::Level::TRACE => tracing::trace!(target: PLUGIN, logger, "{message}"),
        }
    }
}

impl Loggers {
    /// Loggers that were started with these levels.
    pub fn new(initial: Initial) -> Self {
        let loggers = Self(RwLock::default());
        loggers.begin(initial);
        loggers
    }

    /// The loggers of this process, as there is one log.
    pub fn of_process() -> &'static Self {
        static LOGGERS: OnceLock<Loggers> = OnceLock::new();
        LOGGERS.get_or_init(|| Self::new(Initial::default()))
    }

    /// Starts anew with these levels.
    pub fn begin(&self, initial: Initial) {
        let mut state = self.write();
        state.own = initial.loggers.clone();
        state.initial = initial;
        state.known.clear();
        let root = state.initial.root();
        state.known.insert(String::new(), root);
        for (module, logger) in table() {
            state.meet((*logger).to_owned(), module);
        }
        let named: Vec<_> = state.own.keys().cloned().collect();
        for name in named {
            state.known.entry(name).or_insert(root);
        }
        state.changed();
        drop(state);
        rebuild();
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The level of a logger; `None`: there is none of this name.
    pub fn level(&self, name: &str) -> Option<LoggerLevel> {
        let state = self.read();
        let name = inner(name);
        let there = state.known.contains_key(name) || state.connectors().contains(name);
        there.then(|| state.shown(name))
    }

    /// All loggers that are not off, by name.
    pub fn levels(&self) -> BTreeMap<String, LoggerLevel> {
        self.read().levels()
    }

    /// Sets the level of a logger and of all below. Returns the names of those that changed, in order.
    pub fn set_level(&self, name: &str, level: Level) -> Vec<String> {
        let mut state = self.write();
        let name = inner(name).to_owned();
        let root = state.initial.root();
        state.known.entry(name.clone()).or_insert(root);
        let before = state.levels();
        if name.is_empty() {
            // Connectors go by the loggers again.
            state.own.retain(|own, _| !of_connectors(own));
        }
        for (_, own) in state.own.iter_mut().filter(|(own, _)| below(own, &name)) {
            *own = level;
        }
        state.own.insert(name.clone(), level);
        let now = now();
        let mut changed = Vec::new();
        for logger in state.names().into_iter().filter(|known| below(known, &name)) {
            let shown = outer(&logger);
            // As in the JVM, one that was off and stays off counts as changed.
            if before.get(shown).map(|old| old.level) != Some(state.effective(&logger)) {
                state.modified.insert(shown.to_owned(), now);
                changed.push(shown.to_owned());
            }
        }
        changed.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        state.changed();
        drop(state);
        rebuild();
        changed
    }

    /// A logger of this name, made if there is none.
    pub fn logger(&self, name: &str) -> Logger {
        if let Some(level) = self.read().held.get(name) {
            return Logger { name: name.into(), level: level.clone() };
        }
        let mut state = self.write();
        state.meet(name.to_owned(), name);
        let limit = number(state.limit(name, name));
        let level = state.held.entry(name.to_owned()).or_insert_with(|| Arc::new(AtomicU8::new(limit)));
        Logger { name: name.into(), level: level.clone() }
    }

    /// The context of a connector, or of one of its tasks.
    pub fn context(&self, connector: &str, task: Option<u32>) -> Context {
        let mut state = self.write();
        let context = Context::new(connector, task);
        context.set(state.override_of(connector, task));
        // Now and then, so that it costs nothing however many there are.
        if state.contexts.len() == state.contexts.capacity() {
            state.contexts.retain(|context| context.strong_count() > 0);
        }
        state.contexts.push(context.downgrade());
        context
    }

    /// How often a place in the code has to ask: never, always, or each time.
    pub(crate) fn interest(&self, metadata: &'static Metadata<'static>) -> Interest {
        let target = metadata.target();
        if target == PLUGIN {
            // Asked for before, by the name of the logger.
            return Interest::always();
        }
        let mut state = self.write();
        if target == "log" {
            // Every event of such a library has another target.
            return Interest::sometimes();
        }
        let logger = logger_of(target);
        let limit = state.limit(&logger, target);
        state.meet(logger, target);
        state.callsites.insert(metadata.callsite(), (target, limit));
        let overrides: Vec<_> = state.overrides().chain([limit]).collect();
        let level = *metadata.level();
        match overrides.iter().filter(|limit| level <= **limit).count() {
            0 => Interest::never(),
            all if all == overrides.len() => Interest::always(),
            _ => Interest::sometimes(),
        }
    }

    /// Whether an event is wanted in the current context.
    pub(crate) fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.target() == PLUGIN {
            return true;
        }
        let level = *metadata.level();
        if let Some(limit) = context::level() {
            return level <= limit;
        }
        let state = self.read();
        match state.callsites.get(&metadata.callsite()) {
            Some((target, limit)) if *target == metadata.target() => level <= *limit,
            _ => level <= state.limit(&logger_of(metadata.target()), metadata.target()),
        }
    }

    /// The most that anybody wants.
    pub(crate) fn most(&self) -> LevelFilter {
        let state = self.read();
        state.own.values().map(|level| level.filter()).fold(state.initial.most(), LevelFilter::max)
    }
}

impl State {
    /// Takes note of a logger and of a module that belongs to it.
    fn meet(&mut self, logger: String, module: &str) {
        let initial = self.initial.level(module);
        let level = self.known.entry(logger).or_insert(initial);
        *level = (*level).max(initial);
    }

    /// The level that was set for a logger or the nearest above.
    fn set(&self, name: &str) -> Option<Level> {
        let mut name = Some(name);
        while let Some(one) = name {
            if let Some(level) = self.own.get(one) {
                return Some(*level);
            }
            name = parent(one);
        }
        None
    }

    fn effective(&self, name: &str) -> Level {
        let initial = || self.known.get(name).copied().unwrap_or_else(|| self.initial.root()).into();
        self.set(name).unwrap_or_else(initial)
    }

    /// What passes of the events of this target.
    fn limit(&self, logger: &str, target: &str) -> LevelFilter {
        self.set(logger).map_or_else(|| self.initial.level(target), Level::filter)
    }

    /// The level that was set for a task, its connector or all connectors.
    fn override_of(&self, connector: &str, task: Option<u32>) -> Option<LevelFilter> {
        let own = |name: &str| self.own.get(name).map(|level| level.filter());
        let connector = format!("{CONNECTOR}.{connector}");
        let of_task = task.and_then(|task| own(&format!("{connector}.task.{task}")));
        of_task.or_else(|| own(&connector)).or_else(|| own(CONNECTOR))
    }

    fn overrides(&self) -> impl Iterator<Item = LevelFilter> {
        self.own.iter().filter(|(name, _)| of_connectors(name)).map(|(_, level)| level.filter())
    }

    /// The loggers of the connectors and tasks there are.
    fn connectors(&self) -> BTreeSet<String> {
        self.contexts.iter().filter_map(Weak::upgrade).map(|context| context.logger(CONNECTOR)).collect()
    }

    fn names(&self) -> BTreeSet<String> {
        let mut names = self.connectors();
        names.extend(self.known.keys().cloned());
        names
    }

    fn shown(&self, name: &str) -> LoggerLevel {
        LoggerLevel { level: self.effective(name), last_modified: self.modified.get(outer(name)).copied() }
    }

    fn levels(&self) -> BTreeMap<String, LoggerLevel> {
        let names = self.names().into_iter();
        let all = names.map(|name| (outer(&name).to_owned(), self.shown(&name)));
        all.filter(|(_, shown)| shown.level != Level::Off).collect()
    }

    /// Levels changed: whoever remembers one learns it.
    fn changed(&mut self) {
        self.callsites.clear();
        for context in self.contexts.iter().filter_map(Weak::upgrade) {
            context.level.store(
                context::encode(self.override_of(&context.connector, context.task)),
                Ordering::Relaxed,
            );
        }
        for (name, level) in &self.held {
            level.store(number(self.limit(name, name)), Ordering::Relaxed);
        }
    }
}

/// Every place in the code asks again what is wanted of it.
fn rebuild() {
    tracing::callsite::rebuild_interest_cache();
    let most = match LevelFilter::current() {
        LevelFilter::OFF => log::LevelFilter::Off,
        LevelFilter::ERROR => log::LevelFilter::Error,
        LevelFilter::WARN => log::LevelFilter::Warn,
        LevelFilter::INFO => log::LevelFilter::Info,
        LevelFilter::DEBUG => log::LevelFilter::Debug,
        LevelFilter::TRACE => log::LevelFilter::Trace,
    };
    log::set_max_level(most);
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

/// The root has no name inside.
fn inner(name: &str) -> &str {
    if name.eq_ignore_ascii_case(ROOT) { "" } else { name }
}

fn outer(name: &str) -> &str {
    if name.is_empty() { ROOT } else { name }
}

fn of_connectors(name: &str) -> bool {
    name.strip_prefix(CONNECTOR).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Of `connector.NAME.task.N` the connector's part.
fn without_task(name: &str) -> Option<&str> {
    let (connector, task) = name.rsplit_once(".task.")?;
    let number = !task.is_empty() && task.bytes().all(|byte| byte.is_ascii_digit());
    (number && connector.len() > CONNECTOR.len() && of_connectors(connector)).then_some(connector)
}

/// The logger above.
fn parent(name: &str) -> Option<&str> {
    if name.is_empty() {
        return None;
    }
    if name != CONNECTOR && of_connectors(name) {
        return Some(without_task(name).unwrap_or(CONNECTOR));
    }
    Some(name.rsplit_once('.').map_or("", |(parent, _)| parent))
}

/// Whether setting the level of `namespace` is meant for `name`, too. As in the JVM that goes by how names begin,
/// dot or not; those of connectors are taken as a whole.
fn below(name: &str, namespace: &str) -> bool {
    if namespace != CONNECTOR && of_connectors(namespace) {
        return name == namespace || (without_task(name) == Some(namespace));
    }
    name.starts_with(namespace)
}

#[cfg(test)]
#[path = "loggers_tests.rs"]
mod tests;
