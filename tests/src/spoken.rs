//! What a command of `ferry` says, and how it ends.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::ferry::ferry_command;

/// The output of a command that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The exit code.
    pub exit: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Spoken {
    /// Runs `ferry` with these arguments.
    ///
    /// # Panics
    /// When it cannot be run, is killed, or does not write text.
    pub fn by(arguments: &[&str]) -> Self {
        Self::of(&mut ferry_command(arguments))
    }

    /// Runs a command with all its output taken.
    ///
    /// # Panics
    /// As [`Spoken::by`].
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap_or_else(|e| panic!("cannot run {command:?}: {e}"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let exit = output.status.code().unwrap_or_else(|| panic!("{command:?} was killed"));
        Self { exit, out: text(output.stdout), err: text(output.stderr) }
    }

    /// The same with standard input.
    ///
    /// # Panics
    /// As [`Spoken::by`].
    pub fn told(arguments: &[&str], input: &str) -> Self {
        use std::io::Write;
        let mut command = ferry_command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("ferry runs");
        // It may end without having read all.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("ferry ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Self {
            exit: output.status.code().expect("not killed"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// With other words in place of those that differ from run to run.
    #[must_use]
    pub fn with(self, pairs: &[(&str, &str)]) -> Self {
        let text = |text: String| pairs.iter().fold(text, |text, (from, to)| text.replace(from, to));
        Self { exit: self.exit, out: text(self.out), err: text(self.err) }
    }

    /// As a transcript shows it.
    pub fn shown(&self, words: &[&str]) -> String {
        let err: String = self.err.lines().map(|line| format!("! {line}\n")).collect();
        format!("$ ferry {}\n{}{err}=> {}\n\n", words.join(" "), self.out, self.exit)
    }

    /// As a record holds it.
    pub fn to_json(&self) -> Value {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        json!({ "exit": self.exit, "out": lines(&self.out), "err": lines(&self.err) })
    }
}
