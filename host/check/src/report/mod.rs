//! What `ferry lint` prints.

mod machine;
mod pretty;

use std::io::{self, Write};
use std::str::FromStr;

use crate::lint::{Finding, Report};

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With an excerpt of the file, as a compiler does.
    Pretty {
        /// With colours.
        colours: bool,
    },
    /// `file:line:column: level: message`, one line each, what to do below it.
    Plain,
    /// One JSON object.
    Json,
    /// Commands of a GitHub workflow, which shows them beside the lines.
    Github,
    /// SARIF 2.1.0, which code scanners read.
    Sarif,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "pretty" => Ok(Self::Pretty { colours: false }),
            "plain" => Ok(Self::Plain),
            "json" => Ok(Self::Json),
            "github" => Ok(Self::Github),
            "sarif" => Ok(Self::Sarif),
            _ => Err("it is pretty, plain, json, github or sarif".to_owned()),
        }
    }
}

/// Writes a report, and for the formats that people read a summary to `summary`.
///
/// # Errors
/// Those of the writers.
pub fn write(
    report: &Report,
    format: Format,
    out: &mut impl Write,
    summary: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Json => return machine::json(report, out),
        Format::Sarif => return machine::sarif(report, out),
        Format::Github => machine::github(report, out)?,
        Format::Plain => plain(report, out)?,
        Format::Pretty { colours } => pretty::write(report, colours, out)?,
    }
    out.flush()?;
    writeln!(summary, "{}", sentence(report))
}

fn plain(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for finding in &report.findings {
        let Finding { at, level, message, .. } = finding;
        let file = &report.files[finding.file].name;
        let (level, id) = (level.name(), finding.rule.id);
        writeln!(out, "{file}:{}:{}: {level}: {} [{id}]", at.at.line, at.at.column, one_line(message))?;
        for related in &finding.related {
            let (file, at) = (&report.files[related.file].name, related.at.at);
            writeln!(out, "{file}:{}:{}: note: {}", at.line, at.column, one_line(&related.text))?;
        }
        if let Some(help) = &finding.help {
            writeln!(out, "  help: {}", one_line(help))?;
        }
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// How much was found.
fn sentence(report: &Report) -> String {
    let counts = report.counts();
    let number = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        count => Some(format!("{count} {noun}s")),
    };
    let found: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")]
        .into_iter()
        .filter_map(|(count, noun)| number(count, noun))
        .collect();
    let files = number(report.files.len(), "file").unwrap_or_else(|| "no file".to_owned());
    match found.as_slice() {
        [] => format!("{files}: nothing found"),
        found => format!("{files}: {}", found.join(", ")),
    }
}
