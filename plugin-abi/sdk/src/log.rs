//! Events of `tracing` in a plugin become lines of the worker's log.

use std::fmt::Write;

use ferry_plugin_abi::api::{Host, Level};
use ferry_plugin_abi::plugin::{current_host, host};
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// Sends this image's events to the host. [`crate::plugin!`] calls it when the host is known; calling it
/// again, or where the process has a subscriber already (a plugin linked into the host), does nothing.
pub fn install() {
    // An error means that there is one already, which is what is wanted then.
    let _ = tracing::subscriber::set_global_default(Bridge);
}

/// Forwards events to the host that the current thread is called for, with its connector and task;
/// from threads of the plugin's own, to the worker's log without them.
struct Bridge;

fn target() -> Option<Arc<dyn Host>> {
    current_host().or_else(host)
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}

impl Subscriber for Bridge {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Levels may change while the worker runs: ask each time.
        Interest::sometimes()
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && target().is_some_and(|host| host.log_enabled(level(*metadata.level())))
    }
    fn event(&self, event: &Event<'_>) {
        if let Some(host) = target() {
            let mut line = Line::default();
            event.record(&mut line);
            let metadata = event.metadata();
            host.log(level(*metadata.level()), metadata.target(), &(line.message + &line.fields));
        }
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// `message key=value key=value`
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let _ = write!(self.fields, " {}={:?}", field.name(), value.to_string());
    }
}
