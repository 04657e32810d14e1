//! `ferry test`: the command line of [`ferry_check::unit`].

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use ferry_check::unit::report::{self, Format};
use ferry_check::unit::{self, Request};

use crate::cli::{CONFIG, CONNECTOR};
use crate::wiring::{self, Failure};

/// Which tests to run, and how.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub struct Test {
    /// Test files, YAML or JSON
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Run only tests whose file and name hold this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// A worker's file: where its plugins are, and the converters of connectors that name none
    #[arg(long, value_name = "FILE")]
    worker_config: Option<PathBuf>,
    /// Directories with plugins, separated by commas, whatever the worker file says
    #[arg(long, value_name = "DIR,…")]
    plugin_path: Option<String>,
    /// Write what comes out into the tests that expect nothing yet
    #[arg(long)]
    record: bool,
    /// text, json or junit
    #[arg(long)]
    format: Option<Format>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

const EXIT_CODES: &str = "\
Exit codes: 0 all tests passed; 1 wrong arguments; 2 a file cannot be read or is no test file; 3 a test failed.";

/// Runs them.
pub fn run(options: Test) -> Result<ExitCode, Failure> {
    let request = Request {
        files: options.files,
        filter: options.filter,
        worker: options.worker_config,
        plugin_path: options.plugin_path,
        record: options.record,
        plugins: &|raw| wiring::plugins_once(raw).map_err(|error| error.to_string()),
    };
    let outcome = unit::run(&request);
    let colours = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format = match options.format {
        _ if options.json => Format::Json,
        None | Some(Format::Text { .. }) => Format::Text { colours },
        Some(format) => format,
    };
    report::write(&outcome, format, &mut stdout().lock())?;
    if outcome.ran.is_empty() && outcome.faults.is_empty() {
        let why = request.filter.map(|filter| format!(": none holds {filter:?}")).unwrap_or_default();
        eprintln!("ferry: no test ran{why}");
    }
    Ok(match (outcome.faults.is_empty(), outcome.failed()) {
        (false, _) => CONFIG.into(),
        (true, 0) => ExitCode::SUCCESS,
        (true, _) => CONNECTOR.into(),
    })
}
