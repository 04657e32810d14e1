//! Where a command writes to: results on standard output, all else on standard error.

mod ask;
mod progress;
mod style;
mod table;
mod time;

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::failure::{Failure, Result};

pub use progress::Progress;
pub use style::{Style, state_style};
pub use table::{Cell, Table};
pub use time::timestamp;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How results are shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Results as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours: on a terminal without NO_COLOR, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// The terminal, or what stands in its place.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// Where answers to questions come from, if somebody can be asked.
    answers: Option<&'a mut dyn io::BufRead>,
    /// Results as JSON.
    pub json: bool,
    color: bool,
    /// Columns of the terminal that results go to.
    width: Option<usize>,
    /// Whether somebody watches standard error.
    watched: bool,
}

impl<'a> Console<'a> {
    /// For output that nobody looks at while it comes: no colours, no questions, no limit of width.
    pub fn quiet(out: &'a mut dyn Write, err: &'a mut dyn Write, json: bool) -> Self {
        Self { out, err, answers: None, json, color: false, width: None, watched: false }
    }

    /// With colours or without, and so many columns.
    #[must_use]
    pub fn looking(mut self, color: bool, width: Option<usize>) -> Self {
        (self.color, self.width) = (color, width);
        self
    }

    /// With somebody to ask.
    #[must_use]
    pub fn asking(mut self, answers: &'a mut dyn io::BufRead) -> Self {
        self.answers = Some(answers);
        self
    }

    /// Standard output, standard error and standard input of this process, as `options` say; passes it to `run`.
    pub fn of_process<T>(options: &OutputOptions, run: impl FnOnce(&mut Console<'_>) -> T) -> T {
        let (stdout, stderr, stdin) = (io::stdout(), io::stderr(), io::stdin());
        let terminal = stdout.is_terminal();
        let color = match options.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let width = terminal.then(terminal_size::terminal_size).flatten().map(|(w, _)| usize::from(w.0));
        let (watched, asked) = (stderr.is_terminal(), stdin.is_terminal() && stderr.is_terminal());
        let (mut out, mut err, mut answers) = (stdout.lock(), stderr.lock(), io::BufReader::new(stdin));
        let mut console = Console::quiet(&mut out, &mut err, options.json).looking(color, width);
        console.watched = watched;
        if asked {
            console = console.asking(&mut answers);
        }
        run(&mut console)
    }

    /// Text of a result.
    pub fn print(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).map_err(|error| {
            match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::closed(),
                _ => Failure::config(format!("cannot write the output: {error}")),
            }
        })
    }

    /// A line of a result.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.print(&format!("{text}\n"))
    }

    /// A result as JSON, indented.
    pub fn value(&mut self, value: &Value) -> Result<()> {
        self.line(&format!("{value:#}"))
    }

    /// A result as JSON in one line, for results that come one after the other.
    pub fn value_line(&mut self, value: &Value) -> Result<()> {
        self.line(&value.to_string())
    }

    /// A table, as wide as the terminal.
    pub fn table(&mut self, table: &Table) -> Result<()> {
        let text = table.render(self.width, self.color);
        self.print(&text)
    }

    /// A remark on standard error. That it cannot be written is no reason to stop.
    pub fn note(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// An error on standard error.
    pub fn complain(&mut self, failure: &Failure) {
        if !failure.message.is_empty() {
            self.note(&format!("ferry: {failure}"));
        }
    }

    /// Text in a style, where there are colours.
    pub fn styled(&self, style: Style, text: &str) -> String {
        if self.color { style.apply(text) } else { text.to_owned() }
    }

    /// Shows that something is waited for, if somebody watches.
    pub fn progress(&mut self) -> Progress<'_> {
        Progress::new(self.watched.then_some(&mut *self.err))
    }
}
