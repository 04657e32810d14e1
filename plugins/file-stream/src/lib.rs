//! FileStream: lines of a file into a topic, values of a topic as lines into a file.
//!
//! Both classes carry the names they have in Connect and do what they do there, so a configuration
//! written for the JVM worker runs unchanged. What they can do beyond is off until it is asked for: see
//! the last keys of `config::source_def`.
//!
//! The way of a line: `input` gives bytes, `lines` finds the ends of lines in large chunks of them,
//! `source` makes records that point into those chunks.

use std::io::ErrorKind;
use std::sync::Arc;

use ferry_sdk::api::{Factory, PluginClass};

mod config;
mod connector;
mod follow;
mod format;
mod input;
mod lines;
mod open;
mod position;
mod records;
mod resume;
mod sink;
mod source;
mod tail;
#[cfg(test)]
mod tests;
mod watch;

/// The class of the source connector.
pub const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
/// The class of the sink connector.
pub const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

/// The exception that the JDK throws for `error` of a file operation.
fn io_cause(path: &str, error: &std::io::Error) -> ferry_sdk::Error {
    let (class, message) = match error.kind() {
        ErrorKind::NotFound => ("java.nio.file.NoSuchFileException", path.to_owned()),
        ErrorKind::PermissionDenied => ("java.nio.file.AccessDeniedException", path.to_owned()),
        _ => ("java.nio.file.FileSystemException", format!("{path}: {error}")),
    };
    ferry_sdk::Error::fatal(message).class(class)
}

/// The two classes of this plugin.
pub fn classes() -> Vec<PluginClass> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    vec![
        PluginClass {
            class: SOURCE.into(),
            version: version.clone(),
            documentation: "Writes every line of a file, or of standard input, to a topic.".into(),
            config: config::source_def(),
            factory: Factory::Source {
                connector: Arc::new(|| Ok(Box::new(connector::FileStreamSourceConnector::default()))),
                task: Arc::new(|| Ok(Box::new(source::FileStreamSourceTask::default()))),
            },
        },
        PluginClass {
            class: SINK.into(),
            version,
            documentation: "Appends every value as a line to a file, or to standard output.".into(),
            config: config::sink_def(),
            factory: Factory::Sink {
                connector: Arc::new(|| Ok(Box::new(connector::FileStreamSinkConnector::default()))),
                task: Arc::new(|| Ok(Box::new(sink::FileStreamSinkTask::default()))),
            },
        },
    ]
}

ferry_sdk::abi::export_plugin! {
    classes: classes,
    list: [(source, SOURCE), (sink, SINK)],
    owner: "ferry",
}
