//! The worker's log: constant lowercase messages with fields, on standard error, without secrets.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use ferry_config::providers::Secrets;
use ferry_config::worker::LogFormat;
use tracing_subscriber::EnvFilter;

/// Starts the log. `RUST_LOG` wins over `verbose`. What config providers gave out is shown as `[hidden]`,
/// wherever it comes from: plugins and libraries log too.
pub fn start(format: LogFormat, verbose: u8, secrets: Arc<Secrets>) {
    let default = match verbose {
        0 => "info,librdkafka=warn,rdkafka=warn,fjall=warn,lsm_tree=warn",
        1 => "debug,librdkafka=info,rdkafka=info,hyper=info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let writer = move || Discreet { secrets: secrets.clone(), out: io::stderr() };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Json => log.json().with_current_span(true).with_span_list(false).init(),
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
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
