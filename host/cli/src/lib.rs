//! The command line as a client: what operators do with a running worker of Connect, Ferry's or the JVM's, over its
//! REST API, and with configuration files.
//!
//! Results go to standard output, as tables for people or with `--json` as JSON; everything else goes to standard
//! error. A command that fails as a whole prints `{"error":{"exit","status","message","mend"}}` as its JSON. How a command ended is in the exit code ([`Exit`]).

mod client;
pub mod completions;
pub mod connectors;
pub mod convert;
mod failure;
pub mod loggers;
pub mod output;
mod profile;
pub mod profile_command;
mod target;

use clap::Subcommand;

pub use failure::{EXIT_CODES, Exit, Failure, Result};
use output::{Console, OutputOptions};

/// The commands of this crate.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Look after the connectors of a running worker: list, create, apply, restart, offsets …
    Connectors(connectors::Connectors),
    /// Look after a running worker: levels of its loggers
    Admin(loggers::Admin),
    /// Convert configuration files between .properties and JSON
    Config(convert::ConfigCommand),
    /// Give workers names: URL, user and certificates in a file
    Profiles(profile_command::ProfileCommand),
    /// Print completions for bash, zsh, fish, elvish or PowerShell
    Completions(completions::Completions),
}

impl Command {
    /// How results are shown.
    fn output(&self) -> OutputOptions {
        match self {
            Self::Connectors(options) => options.output.clone(),
            Self::Admin(options) => options.output.clone(),
            Self::Config(options) => options.output.clone(),
            Self::Profiles(options) => options.output.clone(),
            Self::Completions(_) => OutputOptions::default(),
        }
    }

    /// Runs it on the standard streams of this process.
    pub fn run(&self) -> Exit {
        Console::of_process(&self.output(), |console| self.run_on(console))
    }

    /// Runs it, says what went wrong, and how it ended.
    pub fn run_on(&self, console: &mut Console<'_>) -> Exit {
        let done = match self {
            Self::Connectors(options) => connectors::run(options, console),
            Self::Admin(options) => loggers::run(options, console),
            Self::Config(options) => convert::run(options, console),
            Self::Profiles(options) => profile_command::run(options, console),
            Self::Completions(options) => completions::run(options, console),
        };
        done.unwrap_or_else(|failure| {
            console.complain(&failure);
            if console.json && failure.exit != Exit::Done {
                // Whoever reads JSON gets JSON; that it cannot be written is said already.
                let _ = console.value(&serde_json::json!({ "error": failure.to_json() }));
            }
            failure.exit
        })
    }
}
