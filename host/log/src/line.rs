//! How an event looks: as a line of text, or as a line of JSON.

use std::fmt::{self, Debug};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::Context;
use crate::names::{PLUGIN, logger_of};

/// `TIME LEVEL [connector|task-0] logger: message name=value`, as near to Connect's own pattern as Ferry's events
/// with fields allow.
pub struct Text;

/// An object per event: `timestamp`, `level`, `logger`, `connector`, `task` and the message among `fields`.
pub struct Json;

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut seen = Seen::of(event);
        SystemTime.format_time(&mut out)?;
        let level = *event.metadata().level();
        if out.has_ansi_escapes() {
            let colour = match level {
                tracing::Level::ERROR => 31,
                tracing::Level::WARN => 33,
                tracing::Level::INFO => 32,
                tracing::Level::DEBUG => 34,
                tracing::Level::TRACE => 35,
            };
            write!(out, " \u{1b}[{colour}m{level:>5}\u{1b}[0m ")?;
        } else {
            write!(out, " {level:>5} ")?;
        }
        if let Some(context) = Context::current() {
            write!(out, "[{context}] ")?;
        }
        write!(out, "{}: {}", seen.logger(event), seen.message)?;
        for (name, value) in std::mem::take(&mut seen.fields) {
            match value {
                Shown::Value(value) => write!(out, " {name}={value}")?,
                Shown::Debug(text) => write!(out, " {name}={text}")?,
            }
        }
        writeln!(out)
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut seen = Seen::of(event);
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut line = Map::new();
        line.insert("timestamp".to_owned(), json!(time));
        line.insert("level".to_owned(), json!(event.metadata().level().as_str()));
        line.insert("logger".to_owned(), json!(seen.logger(event)));
        if let Some(context) = Context::current() {
            line.insert("connector".to_owned(), json!(context.connector()));
            if let Some(task) = context.task() {
                line.insert("task".to_owned(), json!(task));
            }
        }
        let mut fields = Map::new();
        fields.insert("message".to_owned(), json!(seen.message));
        for (name, value) in std::mem::take(&mut seen.fields) {
            let value = match value {
                Shown::Value(value) => value,
                Shown::Debug(text) => Value::String(text),
            };
            fields.insert(name.to_owned(), value);
        }
        line.insert("fields".to_owned(), Value::Object(fields));
        writeln!(out, "{}", Value::Object(line))
    }
}

/// A field's value.
enum Shown {
    Value(Value),
    /// As it is written out.
    Debug(String),
}

/// What an event says.
#[derive(Default)]
struct Seen {
    message: String,
    fields: Vec<(&'static str, Shown)>,
    /// Said by the event itself.
    logger: Option<String>,
    /// The target of an event of the crate `log`.
    module: Option<String>,
}

impl Seen {
    fn of(event: &Event<'_>) -> Self {
        let mut seen = Self::default();
        event.record(&mut seen);
        seen
    }

    fn logger(&mut self, event: &Event<'_>) -> String {
        let target = event.metadata().target();
        if let Some(logger) = self.logger.take() {
            if target == PLUGIN {
                return logger;
            }
            self.fields.push(("logger", Shown::Value(Value::String(logger))));
        }
        logger_of(self.module.as_deref().unwrap_or(target))
    }

    fn add(&mut self, field: &Field, value: Value) {
        self.fields.push((field.name(), Shown::Value(value)));
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name if name.starts_with("log.") => {}
            name => self.fields.push((name, Shown::Debug(format!("{value:?}")))),
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "logger" => self.logger = Some(value.to_owned()),
            "log.target" => self.module = Some(value.to_owned()),
            name if name.starts_with("log.") => {}
            _ => self.add(field, json!(value)),
        }
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, json!(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, json!(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() != "log.line" {
            self.add(field, json!(value));
        }
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, json!(value));
    }
}
