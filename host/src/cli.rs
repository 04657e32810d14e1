//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::{lint, man, plugins, standalone, test, topics};

/// Exit code for wrong arguments, as `connect-standalone.sh`.
pub const USAGE: u8 = 1;
/// Exit code for a configuration or plugins that do not let the worker start.
pub const CONFIG: u8 = 2;
/// Exit code for a connector of the command line that cannot be created.
pub const CONNECTOR: u8 = 3;

/// Kafka Connect as one small binary that loads its connectors as shared libraries.
#[derive(Parser)]
#[command(name = "ferry", version, arg_required_else_help = true, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ferry standalone worker.properties source.json sink.json
  ferry lint worker.properties connectors/
  ferry test orders-test.yaml
  ferry connectors list --url http://localhost:8083
  ferry connectors apply connectors/ --dry-run
  ferry plugins list --plugin-path ./plugin.path
  ferry topics read my-topic --bootstrap-server localhost:9092

Called as connect-standalone or connect-standalone.sh it takes the arguments of that script.
Exit codes: 0 done, or stopped by a signal; 1 wrong arguments; 2 a configuration, file or plugins; 3 a
connector that cannot be created or has failed; 4 no worker answered; 5 not found; 6 refused by the
worker; 7 not in time.";

#[derive(Subcommand)]
enum Command {
    /// Run a worker by itself, with connectors from files and over REST
    Standalone(Standalone),
    /// Check connector and worker configurations without a worker
    Lint(lint::Lint),
    /// Run unit tests of a connector's transforms, predicates and converters
    Test(test::Test),
    Plugins(plugins::Plugins),
    /// List, read, write, create and delete topics of a cluster or an embedded log
    #[command(subcommand)]
    Topics(topics::Command),
    #[command(flatten)]
    Client(ferry_cli::Command),
    Man(man::Options),
}

/// What `connect-standalone.sh` takes too.
#[derive(Args)]
pub struct Standalone {
    /// Worker configuration, the same file as for the JVM worker
    pub worker: PathBuf,
    /// Connector configurations: .properties, or .json as for POST /connectors
    pub connectors: Vec<PathBuf>,
    /// Log more: -v debug, -vv trace (RUST_LOG is heeded too)
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Write the log as JSON, one object per line
    #[arg(long)]
    pub log_json: bool,
}

/// Parses `arguments` and runs what they say.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let called_as = arguments.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
    let arguments = match called_as.to_str() {
        Some("connect-standalone" | "connect-standalone.sh") => {
            let rest = arguments.into_iter().skip(1);
            ["ferry".into(), "standalone".into()].into_iter().chain(rest).collect()
        }
        _ => arguments,
    };
    ferry_cli::completions::answer_shell(Cli::command);
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    let done = match cli.command {
        Command::Standalone(options) => return standalone::run(&options),
        Command::Lint(options) => lint::run(options),
        Command::Test(options) => test::run(options),
        Command::Client(command) => return ExitCode::from(command.run() as u8),
        Command::Topics(command) => topics::run(&command),
        Command::Plugins(options) => plugins::run(&options),
        Command::Man(options) => man::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ferry: {error}");
            CONFIG.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
