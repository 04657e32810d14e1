//! `cargo xtask`: everything that is done to this project besides editing it.

mod bench;
mod dist;
mod parity;
mod plugins;
mod quickstart;
mod test;
mod tools;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::Profile;

/// What a step returns: nothing, or a sentence that says what went wrong.
type Result<T = ()> = std::result::Result<T, String>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, install, test and measure Ferry")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the plugins and install them into plugin.path/
    Plugins {
        /// The quick build instead of the fast program
        #[arg(long)]
        debug: bool,
        /// Another directory to install into
        #[arg(long, default_value = "plugin.path")]
        into: PathBuf,
    },
    /// Lay out dist/ as a user installs it: bin, plugin.path, config
    Dist,
    /// Build everything and run file → topic → file on the embedded log
    Quickstart {
        /// Keep the files of the run and say where they are
        #[arg(long)]
        keep: bool,
    },
    /// Run all tests, after installing what they need where that is allowed
    Test {
        /// Passed on to `cargo test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run fresh cases on Connect's own classes in the JVM and on Ferry's, and compare every result
    Parity(parity::Parity),
    /// Measure Ferry against the JVM worker and the raw client
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Plugins { debug, into } => {
            let profile = if debug { Profile::Debug } else { Profile::Release };
            plugins::install(profile, &into)
        }
        Command::Dist => dist::lay_out().map(|_| ()),
        Command::Quickstart { keep } => quickstart::run(keep),
        Command::Test { arguments } => test::run(&arguments),
        Command::Parity(parity) => parity::run(&parity),
        Command::Bench(bench) => bench::run(&bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
