//! The worker's log: constant lowercase messages with fields, on standard error.

use ferry_config::worker::LogFormat;
use tracing_subscriber::EnvFilter;

/// Starts the log. `RUST_LOG` wins over `verbose`.
pub fn start(format: LogFormat, verbose: u8) {
    let default = match verbose {
        0 => "info,librdkafka=warn,rdkafka=warn,fjall=warn,lsm_tree=warn",
        1 => "debug,librdkafka=info,rdkafka=info,hyper=info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => log.json().with_current_span(true).with_span_list(false).init(),
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
    }
}
