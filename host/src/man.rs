//! `ferry man`: pages for man(1), made of the same help as `--help` shows.

use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;

use crate::cli::Cli;
use crate::wiring::Failure;

/// Write manual pages for man(1)
#[derive(Args)]
#[command(after_help = "\
Examples:
  ferry man | man -l -                           # read the page of ferry
  ferry man /usr/local/share/man/man1            # install all: man ferry-connectors-apply")]
pub struct Options {
    /// Where to write the page of each command; without it, that of ferry goes to standard output
    folder: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A page cannot be written.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let all = pages()?;
    match &options.folder {
        Some(folder) => {
            let written = write(folder, &all);
            written
                .map_err(|error| format!("cannot write manual pages into {}: {error}", folder.display()))?;
        }
        None => {
            let (_, first) = &all[0];
            stdout().lock().write_all(first)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write(folder: &Path, all: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    all.iter().try_for_each(|(name, page)| std::fs::write(folder.join(name), page))
}

/// The page of each command by its file's name, that of ferry first.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut all = Vec::new();
    page(&command, "ferry", &mut all)?;
    Ok(all)
}

fn page(command: &Command, name: &str, all: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    let mut text = Vec::new();
    // Its own name is that of the page: the commands of ferry are pages of their own, as git's are.
    Man::new(command.clone().display_name(name.to_owned())).render(&mut text)?;
    all.push((format!("{name}.1"), text));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        page(below, &format!("{name}-{}", below.get_name()), all)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn every_command_has_a_page_that_names_its_options() {
        fn check(command: &clap::Command, name: &str, all: &[(String, Vec<u8>)]) {
            let file = format!("{name}.1");
            let page = all.iter().find(|(page, _)| *page == file).unwrap_or_else(|| panic!("{file}"));
            let text = String::from_utf8_lossy(&page.1).replace("\\-", "-");
            assert!(text.contains(&format!(".TH {name} 1")), "{text}");
            for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
                assert!(text.contains(&format!("--{option}")), "{file} has no --{option}:\n{text}");
            }
            for below in command.get_subcommands() {
                check(below, &format!("{name}-{}", below.get_name()), all);
            }
        }
        let mut command = Cli::command();
        command.build();
        check(&command, "ferry", &pages().unwrap());
    }

    /// groff says nothing of pages that are in order, but for lines that cannot be filled.
    #[test]
    fn pages_are_without_faults() {
        for (name, page) in pages().unwrap() {
            let spawned = Command::new("groff")
                .args(["-K", "utf8", "-man", "-Tutf8", "-ww", "-Wbreak", "-z"])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn();
            // Not on every machine; where it is, it must be content.
            let Ok(mut groff) = spawned else { return };
            groff.stdin.take().unwrap().write_all(&page).unwrap();
            let said = groff.wait_with_output().unwrap();
            let faults = String::from_utf8_lossy(&said.stderr);
            assert!(said.status.success() && faults.is_empty(), "{name}: {faults}");
        }
    }
}
