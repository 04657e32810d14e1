//! The worker's log: constant lowercase messages with fields, on standard error, without secrets.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use ferry_config::providers::Secrets;
use ferry_config::worker::LogFormat;
use ferry_log::{Filter, Initial, Json, Loggers, Text};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// Starts the log. `RUST_LOG` wins over `verbose`; later on levels are those of the [`Loggers`] of this process. What
/// config providers gave out is shown as `[hidden]`, wherever it comes from: plugins and libraries log too.
pub fn start(format: LogFormat, verbose: u8, secrets: Arc<Secrets>) {
    let default = match verbose {
        0 => "info,librdkafka=warn,rdkafka=warn,fjall=warn,lsm_tree=warn",
        1 => "debug,librdkafka=info,rdkafka=info,hyper=info",
        _ => "trace",
    };
    let asked = std::env::var("RUST_LOG").ok().filter(|directives| !directives.trim().is_empty());
    let (initial, refused) = Initial::parse(asked.as_deref().unwrap_or(default));
    let writer = move || Discreet { secrets: secrets.clone(), out: io::stderr() };
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match format {
        LogFormat::Json => lines.event_format(Json).boxed(),
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).event_format(Text).boxed(),
    };
    let loggers = Loggers::of_process();
    loggers.begin(initial);
    Registry::default().with(Filter(loggers)).with(lines).init();
    for directive in refused {
        tracing::warn!(directive, "RUST_LOG: what is not MODULE=LEVEL, LOGGER=LEVEL or LEVEL is ignored");
    }
    // A panic is an entry of the log like others; the default is a line beside it.
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        tracing::error!(thread = thread.name(), backtrace = %std::backtrace::Backtrace::capture(), "{panic}");
    }));
}

/// Writes whole entries without secrets. The log hands each over in one piece.
struct Discreet<W> {
    secrets: Arc<Secrets>,
    out: W,
}

impl<W: Write> Write for Discreet<W> {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        self.out.write_all(self.secrets.hide(&String::from_utf8_lossy(entry)).as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_written_without_secrets() {
        let secrets = Arc::<Secrets>::default();
        secrets.learn(["hush-hush"]);
        let mut log = Discreet { secrets: secrets.clone(), out: Vec::new() };
        log.write_all(b"password=hush-hush x\n").expect("memory takes it");
        log.write_all(b"nothing \xff\n").expect("memory takes it");
        assert_eq!(String::from_utf8_lossy(&log.out), "password=[hidden] x\nnothing \u{fffd}\n");
    }
}
