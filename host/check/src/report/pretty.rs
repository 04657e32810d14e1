//! Findings with an excerpt of their file, as rustc shows them.

use std::io::{self, Write};

use ferry_config::properties::{Place, Span};
use ferry_config::secret::HIDDEN;

use crate::lint::rule::Level;
use crate::lint::{File, Finding, Report};

const BOLD: &str = "1";
const BLUE: &str = "1;34";

/// Longer lines are cut.
const WIDEST: usize = 160;

pub(super) fn write(report: &Report, colours: bool, out: &mut impl Write) -> io::Result<()> {
    for finding in &report.findings {
        let paint = |code: &str, text: &str| match colours {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        };
        let code = match finding.level {
            Level::Error => "1;31",
            Level::Warning => "1;33",
            Level::Note => "1;32",
        };
        let head = paint(code, &format!("{}[{}]", finding.level.name(), finding.rule.id));
        let mut lines = finding.message.lines().map(str::trim_end);
        writeln!(out, "{head}{}", paint(BOLD, &format!(": {}", lines.next().unwrap_or_default())))?;
        let rest: Vec<&str> = lines.collect();
        let width = width(finding);
        excerpt(&report.files[finding.file], finding.at, (code, '^'), "", width, &paint, out)?;
        for related in &finding.related {
            excerpt(&report.files[related.file], related.at, (BLUE, '-'), &related.text, width, &paint, out)?;
        }
        let margin = " ".repeat(width);
        for line in rest {
            writeln!(out, "{margin} {} {line}", paint(BLUE, "|"))?;
        }
        if let Some(help) = &finding.help {
            writeln!(out, "{margin} {} {}: {help}", paint(BLUE, "="), paint(BOLD, "help"))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Columns that the line numbers of a finding take.
fn width(finding: &Finding) -> usize {
    let lines = finding.related.iter().map(|related| related.at.at.line).chain([finding.at.at.line]);
    lines.max().unwrap_or(1).to_string().len()
}

/// The line of a place with a mark below it, and the text beside the mark.
fn excerpt(
    file: &File,
    at: Span,
    (code, mark): (&str, char),
    text: &str,
    width: usize,
    paint: &dyn Fn(&str, &str) -> String,
    out: &mut impl Write,
) -> io::Result<()> {
    let Place { line, column } = at.at;
    let margin = " ".repeat(width);
    let (arrow, bar) = (paint(BLUE, "-->"), paint(BLUE, "|"));
    writeln!(out, "{margin}{arrow} {}:{line}:{column}", file.name)?;
    let (shown, from, length) = shown(file, at);
    if shown.is_empty() && length == 0 {
        return Ok(());
    }
    writeln!(out, "{margin} {bar}")?;
    let number = paint(BLUE, &format!("{line:>width$}"));
    writeln!(out, "{number} {bar} {shown}")?;
    let marks = paint(code, &mark.to_string().repeat(length.max(1)));
    let text = if text.is_empty() { String::new() } else { format!(" {}", paint(code, text)) };
    writeln!(out, "{margin} {bar} {}{marks}{text}", " ".repeat(from))
}

/// A line fit to be shown, and where in it the place is now: without secrets, tabs as one space, cut where it is long.
fn shown(file: &File, at: Span) -> (String, usize, usize) {
    // As the places are counted: a line ends with \n, \r or both.
    let text = file.text.replace("\r\n", "\n").replace('\r', "\n");
    let line = text.split('\n').nth(at.at.line - 1).unwrap_or_default();
    let mut chars: Vec<char> = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (mut from, mut length) = (at.at.column - 1, at.length);
    let mut hidden: Vec<Span> =
        file.hidden.iter().filter(|span| span.at.line == at.at.line).copied().collect();
    hidden.sort_by_key(|span| std::cmp::Reverse(span.at));
    hidden.dedup();
    for span in hidden {
        let start = (span.at.column - 1).min(chars.len());
        let end = (start + span.length).min(chars.len());
        chars.splice(start..end, HIDDEN.chars());
        if from >= start && from < end {
            (from, length) = (start, HIDDEN.len());
        } else if from >= end {
            from = from + HIDDEN.len() - (end - start);
        }
    }
    if chars.len() > WIDEST {
        // The place stays in sight.
        let start = from.saturating_sub(WIDEST / 2).min(chars.len() - WIDEST);
        chars = chars[start..start + WIDEST].to_vec();
        from -= start;
    }
    length = length.min(chars.len().saturating_sub(from));
    (chars.into_iter().collect(), from, length)
}
