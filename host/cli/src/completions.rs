//! Shell completions: one engine for all shells, which also knows the names of connectors.

use std::time::Duration;

use clap::{Args, Command, ValueEnum};
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::client::Client;
use crate::failure::{Exit, Failure, Result};
use crate::output::Console;
use crate::target::TargetOptions;

/// The variable by which a shell asks for candidates.
const VARIABLE: &str = "FERRY_COMPLETE";

/// How long a name of a connector may be looked for while somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Print the completions of a shell
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  source <(ferry completions bash)                                       # in ~/.bashrc
  source <(ferry completions zsh)                                        # in ~/.zshrc, after compinit
  ferry completions fish > ~/.config/fish/completions/ferry.fish
Connector names are completed too, from the worker of --url, --profile, FERRY_URL or the profile in use.")]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// Shells that can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash 4 or newer
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// elvish
    Elvish,
    /// PowerShell
    Powershell,
}

/// `ferry completions`
///
/// # Errors
/// The output cannot be written.
pub fn run(options: &Completions, console: &mut Console<'_>) -> Result<Exit> {
    let shell: &dyn EnvCompleter = match options.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Elvish => &Elvish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    shell
        .write_registration(VARIABLE, "ferry", "ferry", "ferry", &mut script)
        .map_err(|error| Failure::config(format!("cannot write the completions: {error}")))?;
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Answers a shell that asks for candidates, and ends the process then. To be called before anything else.
pub fn answer_shell(command: impl Fn() -> Command) {
    if std::env::var_os(VARIABLE).is_some() {
        clap_complete::CompleteEnv::with_factory(command).var(VARIABLE).complete();
    }
}

/// The connectors of the worker that the command line so far names. Whatever goes wrong, there are none.
pub fn connector_names() -> Vec<CompletionCandidate> {
    let words: Vec<String> = std::env::args().collect();
    let after = |option: &str| {
        let at = words.iter().position(|word| word == option)?;
        words.get(at + 1).cloned()
    };
    let options = TargetOptions {
        url: after("--url").map(|urls| urls.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        profile: after("--profile"),
        user: after("--user").or_else(|| after("-u")),
        ca: after("--ca"),
        cert: after("--cert"),
        key: after("--key"),
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let names = options.resolve().and_then(|target| Client::connect(&target)?.names());
        // Nobody listens any more if it took too long.
        let _ = sender.send(names.unwrap_or_default());
    });
    let names = receiver.recv_timeout(PATIENCE).unwrap_or_default();
    names.into_iter().map(CompletionCandidate::new).collect()
}
