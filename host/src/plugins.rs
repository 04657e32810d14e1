//! `ferry plugins`.

use std::io::stdout;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use ferry_cli::output::{Cell, Console, OutputOptions, Style, Table};
use ferry_config::suggest::nearest_file;
use ferry_config::worker;
use ferry_plugins::list::{self, Listing};
use ferry_plugins::{Options, PluginRegistry};

use crate::wiring::{self, Failure};

/// Show plugins and why some were refused
#[derive(Args)]
pub struct Plugins {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Subcommand)]
enum Command {
    /// List the plugin classes that a worker would offer, and refused files with the reason
    List {
        /// Directories to look in, separated by commas
        #[arg(long, default_value = "plugin.path")]
        plugin_path: String,
        /// Take plugin.path from this worker configuration
        #[arg(long)]
        worker_config: Option<PathBuf>,
        /// Transforms, predicates, converters and config providers too
        #[arg(long)]
        all: bool,
    },
    /// Check one library as the worker would, and show what is in it
    Inspect {
        /// The library (.so)
        file: PathBuf,
    },
}

/// Runs a command.
///
/// # Errors
/// The worker's file cannot be read, nothing can be found, or the output cannot be written.
pub fn run(options: &Plugins) -> Result<ExitCode, Failure> {
    match &options.command {
        Command::List { plugin_path, worker_config, all } => {
            let found = Listing::of(&find(plugin_path, worker_config.as_deref())?, *all);
            Console::of_process(&options.output, |console| show(&found, *all, console))?;
            Ok(ExitCode::SUCCESS)
        }
        // Exits at once: code of the plugin may be running.
        Command::Inspect { file } => {
            let accepted = list::inspect(file, options.output.json, &mut stdout().lock())?;
            Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn find(plugin_path: &str, worker_config: Option<&Path>) -> Result<PluginRegistry, Failure> {
    let path = match worker_config {
        Some(file) => worker::plugin_path(&worker::read_raw(file)?)?,
        None => plugin_path.split(',').map(|p| PathBuf::from(p.trim())).collect(),
    };
    for folder in path.iter().filter(|folder| !folder.exists()) {
        let meant = nearest_file(folder).map(|meant| format!("; did you mean {}?", meant.display()));
        eprintln!("ferry: plugin path {} is not there{}", folder.display(), meant.unwrap_or_default());
    }
    wiring::registry(Options { path, ..Options::default() })
}

fn show(found: &Listing, all: bool, console: &mut Console<'_>) -> Result<(), ferry_cli::Failure> {
    if console.json {
        return console.value(&found.to_json());
    }
    let mut table = Table::new(&["TYPE", "CLASS", "VERSION", "LOCATION"]);
    for (info, _) in &found.plugins {
        let cells = [info.kind.name(), &info.class, &info.version, &info.location];
        table.row(cells.into_iter().map(Cell::from).collect());
    }
    console.table(&table)?;
    if table.is_empty() {
        let hint = " (--all shows transforms, predicates, converters and config providers too)";
        console.line(&format!("no plugins{}", if all { "" } else { hint }))?;
    }
    if !found.ambiguous.is_empty() && all {
        console.line("\nShort names of several classes, not usable:")?;
        for (alias, classes) in &found.ambiguous {
            console.line(&format!("  {alias}: {}", classes.join(", ")))?;
        }
    }
    if !found.refused.is_empty() {
        console.line(&format!("\n{}", console.styled(Style::Bad, "Refused:")))?;
        for refusal in &found.refused {
            console.line(&format!(
                "  {}\n    found:  {}\n    wanted: {}\n    mend:   {}",
                console.styled(Style::Bold, &refusal.file.display().to_string()),
                refusal.found,
                refusal.wanted,
                refusal.mend
            ))?;
        }
    }
    Ok(())
}
