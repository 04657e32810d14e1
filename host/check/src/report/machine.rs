//! Findings for programs: JSON, SARIF, and commands of a GitHub workflow.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::lint::rule::{Level, RULES};
use crate::lint::{Finding, Report};

/// `{"findings": […], "unreadable": […], "errors": N, "warnings": N, "notes": N}`
pub(super) fn json(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let counts = report.counts();
    let findings: Vec<Value> = report.findings.iter().map(|finding| one(report, finding)).collect();
    let text = json!({
        "findings": findings,
        "unreadable": report.unreadable,
        "errors": counts.errors,
        "warnings": counts.warnings,
        "notes": counts.notes,
    });
    writeln!(out, "{text:#}")
}

fn one(report: &Report, finding: &Finding) -> Value {
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|related| {
            json!({
                "file": report.files[related.file].name,
                "line": related.at.at.line,
                "column": related.at.at.column,
                "message": related.text,
            })
        })
        .collect();
    json!({
        "rule": finding.rule.id,
        "level": finding.level.name(),
        "file": report.files[finding.file].name,
        "line": finding.at.at.line,
        "column": finding.at.at.column,
        "length": finding.at.length,
        "key": finding.key,
        "value": finding.value,
        "message": finding.message,
        "help": finding.help,
        "related": related,
    })
}

/// `::error file=…,line=…,col=…,title=…::message`
pub(super) fn github(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    for finding in &report.findings {
        let command = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let file = property(&report.files[finding.file].name);
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        writeln!(
            out,
            "::{command} file={file},line={},col={},title={}::{}",
            finding.at.at.line,
            finding.at.at.column,
            property(finding.rule.id),
            data(&(finding.message.clone() + &help)),
        )?;
    }
    Ok(())
}

/// Static Analysis Results Interchange Format 2.1.0.
pub(super) fn sarif(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.explanation},
                "defaultConfiguration": {"level": rule.level.name()},
            })
        })
        .collect();
    let place = |file: usize, at: ferry_config::properties::Span| {
        json!({
            "physicalLocation": {
                "artifactLocation": {"uri": report.files[file].name},
                "region": {
                    "startLine": at.at.line,
                    "startColumn": at.at.column,
                    "endColumn": at.at.column + at.length.max(1),
                },
            },
        })
    };
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            json!({
                "ruleId": finding.rule.id,
                "level": finding.level.name(),
                "message": {"text": finding.message.clone() + &help},
                "locations": [place(finding.file, finding.at)],
            })
        })
        .collect();
    let text = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "ferry lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            // Columns count characters, not UTF-16 units.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    writeln!(out, "{text:#}")
}
