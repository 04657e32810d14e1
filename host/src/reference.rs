//! `docs/cli.md` shows the help of every command, and this test that it is so.

use clap::{Command, CommandFactory};

use crate::cli::Cli;

/// What is below this line is made from the program.
const MARK: &str =
    "<!-- Below: the help of every command. FERRY_RECORD=1 cargo test -p ferry the_reference -->\n";

#[test]
fn the_reference_shows_every_command() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
    let text = std::fs::read_to_string(path).expect("docs/cli.md");
    let (head, found) = text.split_once(MARK).expect("the mark");
    let mut command = Cli::command().term_width(110).disable_version_flag(true);
    command.build();
    let mut wanted = String::new();
    show(&mut command, 2, &mut wanted);
    if std::env::var_os("FERRY_RECORD").is_some() {
        std::fs::write(path, format!("{head}{MARK}{wanted}")).expect("written");
        return;
    }
    for (wanted, found) in wanted.lines().zip(found.lines()) {
        assert_eq!(
            wanted, found,
            "docs/cli.md is out of date: FERRY_RECORD=1 cargo test -p ferry the_reference"
        );
    }
    assert_eq!(wanted.lines().count(), found.lines().count(), "docs/cli.md is out of date");
}

/// A command and all below it. Options that go for all below are shown once, where they are defined.
fn show(command: &mut Command, level: usize, text: &mut String) {
    let name = command.get_bin_name().unwrap_or("ferry").to_owned();
    let help = command.render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!(
        "\n{} {name}\n\n```text\n{}\n```\n",
        "#".repeat(level.min(4)),
        lines.join("\n").trim_end()
    ));
    let inherited: Vec<String> =
        command.get_arguments().filter(|a| a.is_global_set()).map(|a| a.get_id().to_string()).collect();
    for below in command.get_subcommands_mut().filter(|below| !below.is_hide_set()) {
        *below = std::mem::take(below).mut_args(|argument| {
            let hide =
                inherited.iter().any(|id| argument.get_id().as_str() == id) || argument.get_id() == "help";
            argument.hide(hide)
        });
        show(below, level + 1, text);
    }
}
