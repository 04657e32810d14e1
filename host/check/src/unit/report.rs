//! What `ferry test` prints: for people, as JSON, and as JUnit's XML.

use std::io::{self, Write};
use std::str::FromStr;

use serde_json::{Value, json};

use super::{Difference, Outcome, Ran, Verdict};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line per test, and what differs.
    Text {
        /// With colours.
        colours: bool,
    },
    /// One JSON object.
    Json,
    /// The XML that JUnit made common, for build servers.
    Junit,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text { colours: false }),
            "json" => Ok(Self::Json),
            "junit" => Ok(Self::Junit),
            _ => Err("it is text, json or junit".to_owned()),
        }
    }
}

/// Writes the results.
///
/// # Errors
/// Those of the writer.
pub fn write(outcome: &Outcome, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Text { colours } => text(outcome, colours, out)?,
        Format::Json => json(outcome, out)?,
        Format::Junit => junit(outcome, out)?,
    }
    out.flush()
}

fn text(outcome: &Outcome, colours: bool, out: &mut impl Write) -> io::Result<()> {
    let paint = |code: &str, text: &str| match colours {
        true => format!("\x1b[{code}m{text}\x1b[0m"),
        false => text.to_owned(),
    };
    let mut file = "";
    for ran in &outcome.ran {
        if ran.file != file {
            file = &ran.file;
            writeln!(out, "{file}")?;
        }
        match &ran.verdict {
            Verdict::Passed => writeln!(out, "  {}  {}", paint("32", "ok    "), ran.name)?,
            Verdict::Recorded => writeln!(out, "  {}  {}", paint("33", "wrote "), ran.name)?,
            Verdict::Broken(why) => {
                writeln!(out, "  {}  {}", paint("31", "FAILED"), ran.name)?;
                writeln!(out, "          {why}")?;
            }
            Verdict::Failed(differences) => {
                writeln!(out, "  {}  {}", paint("31", "FAILED"), ran.name)?;
                for difference in differences {
                    failed(ran, difference, &paint, out)?;
                }
                writeln!(out, "          came out: {}", ran.found)?;
            }
        }
    }
    for fault in &outcome.faults {
        writeln!(out, "{}", paint("31", fault))?;
    }
    let mut counts = vec![format!("{} passed", outcome.passed())];
    if outcome.failed() > 0 {
        counts.push(format!("{} failed", outcome.failed()));
    }
    if !outcome.faults.is_empty() {
        counts.push(format!("{} not to be read", outcome.faults.len()));
    }
    let tests = if outcome.ran.len() == 1 { "test" } else { "tests" };
    writeln!(out, "{} {tests}: {}", outcome.ran.len(), counts.join(", "))
}

fn failed(
    ran: &Ran,
    difference: &Difference,
    paint: &dyn Fn(&str, &str) -> String,
    out: &mut impl Write,
) -> io::Result<()> {
    let Difference { path, expected, found, line } = difference;
    let path = if path.is_empty() { "record" } else { path };
    writeln!(out, "          {path} ({}:{line})", ran.file)?;
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    writeln!(out, "            {} {}", paint("32", "- expected"), shown(expected))?;
    writeln!(out, "            {} {}", paint("31", "+ found   "), shown(found))
}

fn json(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    let tests: Vec<Value> = outcome.ran.iter().map(one).collect();
    let text = json!({
        "tests": tests,
        "faults": outcome.faults,
        "passed": outcome.passed(),
        "failed": outcome.failed(),
    });
    writeln!(out, "{text:#}")
}

fn one(ran: &Ran) -> Value {
    let (verdict, differences, why) = match &ran.verdict {
        Verdict::Passed => ("passed", Vec::new(), None),
        Verdict::Recorded => ("recorded", Vec::new(), None),
        Verdict::Broken(why) => ("failed", Vec::new(), Some(why)),
        Verdict::Failed(differences) => ("failed", differences.clone(), None),
    };
    let differences: Vec<Value> = differences
        .iter()
        .map(|d| json!({"path": d.path, "expected": d.expected, "found": d.found, "line": d.line}))
        .collect();
    json!({
        "file": ran.file,
        "name": ran.name,
        "line": ran.at.line,
        "verdict": verdict,
        "differences": differences,
        "message": why,
        "found": ran.found,
    })
}

fn junit(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let (tests, failures, errors) = (outcome.ran.len(), outcome.failed(), outcome.faults.len());
    writeln!(out, r#"<testsuites tests="{tests}" failures="{failures}" errors="{errors}">"#)?;
    let mut files: Vec<&str> = outcome.ran.iter().map(|ran| ran.file.as_str()).collect();
    files.dedup();
    for file in files {
        let of_file: Vec<&Ran> = outcome.ran.iter().filter(|ran| ran.file == file).collect();
        let failures =
            of_file.iter().filter(|ran| !matches!(ran.verdict, Verdict::Passed | Verdict::Recorded)).count();
        let file = escaped(file);
        writeln!(out, r#"  <testsuite name="{file}" tests="{}" failures="{failures}">"#, of_file.len())?;
        for ran in of_file {
            let head = format!(
                r#"    <testcase classname="{file}" name="{}" file="{file}" line="{}""#,
                escaped(&ran.name),
                ran.at.line
            );
            match message(ran) {
                None => writeln!(out, "{head}/>")?,
                Some(text) => {
                    let first = escaped(text.lines().next().unwrap_or_default());
                    writeln!(out, "{head}>")?;
                    writeln!(out, r#"      <failure message="{first}">{}</failure>"#, escaped(&text))?;
                    writeln!(out, "    </testcase>")?;
                }
            }
        }
        writeln!(out, "  </testsuite>")?;
    }
    for fault in &outcome.faults {
        let text = escaped(fault);
        writeln!(
            out,
            r#"  <testsuite name="{text}" tests="0" errors="1"><system-err>{text}</system-err></testsuite>"#
        )?;
    }
    writeln!(out, "</testsuites>")
}

/// Why a test failed.
fn message(ran: &Ran) -> Option<String> {
    match &ran.verdict {
        Verdict::Passed | Verdict::Recorded => None,
        Verdict::Broken(why) => Some(why.clone()),
        Verdict::Failed(differences) => {
            let nothing = || "nothing".to_owned();
            let lines = differences.iter().map(|d| {
                let (expected, found) =
                    (d.expected.clone().unwrap_or_else(nothing), d.found.clone().unwrap_or_else(nothing));
                let path = if d.path.is_empty() { "record" } else { &d.path };
                format!("{path}: expected {expected}, found {found}")
            });
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
    }
}

/// Text of XML; characters that XML cannot have at all become question marks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
