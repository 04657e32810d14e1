//! Whole outputs of commands against a worker that answers as it is told to.

mod changes;
mod fake;
mod looking;
mod offsets;
mod reach;
mod validation;
mod watching;

use clap::Parser;
use ferry_cli::Command;
use ferry_cli::output::Console;

use fake::{Fake, Reply, json, text};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Runs a command, with an answer to its question if there is one; shows all that it says, and how it ends.
fn asked(worker: &Fake, answer: Option<&str>, words: &[&str]) -> String {
    let arguments = ["ferry"].iter().chain(words).copied().chain(["--url", &worker.url]);
    let cli = Cli::try_parse_from(arguments).expect("a command line");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut answers = answer.unwrap_or_default().as_bytes();
    let json = words.contains(&"--json");
    let mut console = Console::quiet(&mut out, &mut err, json);
    if answer.is_some() {
        console = console.asking(&mut answers);
    }
    let exit = cli.command.run_on(&mut console);
    let mut shown = format!("$ ferry {}\n", words.join(" "));
    shown += &String::from_utf8(out).expect("text");
    for line in String::from_utf8(err).expect("text").lines() {
        shown += &format!("! {line}\n");
    }
    shown += &format!("=> {}\n", exit as u8);
    shown.replace(&worker.url, "http://worker")
}

fn run(worker: &Fake, words: &[&str]) -> String {
    asked(worker, None, words)
}

/// A file of a connector in a folder of its own.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Without the name of the folder, which is another one each time.
    fn plain(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "/files")
    }
}
