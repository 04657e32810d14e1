//! What `ferry plugins list` and `ferry plugins inspect` print.

use std::io::{self, Write};
use std::path::Path;

use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::ConfigKeyInfo;
use serde_json::json;

use crate::scanner::Verdict;
use crate::{Inspection, PluginRegistry, inspect_in_process};

/// Lists plugins and refused files; `all`: not only connectors. As a table, or as one JSON object
/// `{"plugins": [...], "refused": [...]}`.
pub fn list(registry: &PluginRegistry, json: bool, all: bool, out: &mut impl Write) -> io::Result<()> {
    let catalog = registry.catalog();
    let shown = |kind| all || matches!(kind, ClassKind::Sink | ClassKind::Source);
    let entries: Vec<_> = catalog.entries().iter().filter(|e| shown(e.info.kind)).collect();
    if json {
        let plugins: Vec<_> = entries
            .iter()
            .map(|e| {
                json!({
                    "class": e.info.class,
                    "type": e.info.kind.name(),
                    "version": e.info.version,
                    "location": e.info.location,
                    "aliases": catalog.aliases_of(&e.info.class),
                })
            })
            .collect();
        let text = json!({ "plugins": plugins, "refused": catalog.refusals, "ambiguous_aliases": catalog.ambiguous() });
        return writeln!(out, "{text:#}");
    }
    let mut rows = vec![["TYPE", "CLASS", "VERSION", "LOCATION"].map(str::to_owned)];
    rows.extend(
        entries.iter().map(|e| {
            [e.info.kind.name(), &e.info.class, &e.info.version, &e.info.location].map(str::to_owned)
        }),
    );
    table(&rows, out)?;
    if entries.is_empty() {
        let hint = if all {
            ""
        } else {
            " (--all shows transforms, predicates, converters and config providers too)"
        };
        writeln!(out, "no plugins{hint}")?;
    }
    if !catalog.ambiguous().is_empty() && all {
        writeln!(out, "\nShort names of several classes, not usable:")?;
        for (alias, classes) in catalog.ambiguous() {
            writeln!(out, "  {alias}: {}", classes.join(", "))?;
        }
    }
    if !catalog.refusals.is_empty() {
        writeln!(out, "\nRefused:")?;
        for refusal in &catalog.refusals {
            writeln!(out, "  {}", refusal.file.display())?;
            writeln!(out, "    found:  {}", refusal.found)?;
            writeln!(out, "    wanted: {}", refusal.wanted)?;
            writeln!(out, "    mend:   {}", refusal.mend)?;
        }
    }
    Ok(())
}

fn table(rows: &[[String; 4]], out: &mut impl Write) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (a, b, c) = (width(0), width(1), width(2));
    for [kind, class, version, location] in rows {
        writeln!(out, "{kind:a$}  {class:b$}  {version:c$}  {location}")?;
    }
    Ok(())
}

/// Loads `file` into this process and prints what it is, or why it is refused. `Ok(false)`: refused.
/// With `json` the answer is the last line, which is what [`crate::Scanner`] reads; end the process
/// soon afterwards, without running the plugin's exit handlers.
pub fn inspect(file: &Path, json: bool, out: &mut impl Write) -> io::Result<bool> {
    let file = std::path::absolute(file)?;
    let verdict = match inspect_in_process(&file) {
        Ok(inspection) => Verdict::Plugin(Box::new(inspection)),
        Err(refusal) => Verdict::Refused(refusal),
    };
    if json {
        // The plugin may have left half a line.
        writeln!(out, "\n{}", serde_json::to_string(&verdict)?)?;
    } else {
        match &verdict {
            Verdict::Plugin(inspection) => describe(inspection, out)?,
            Verdict::Refused(refusal) => writeln!(out, "{refusal}")?,
        }
    }
    out.flush()?;
    Ok(matches!(verdict, Verdict::Plugin(_)))
}

fn describe(inspection: &Inspection, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", inspection.file.display())?;
    match &inspection.manifest {
        None => writeln!(out, "  no manifest: not found with plugin.discovery=service_load")?,
        Some(manifest) => {
            let owner =
                if manifest.owner.is_empty() { String::new() } else { format!("{}/", manifest.owner) };
            writeln!(out, "  {owner}{} {}: {}", manifest.name, manifest.version, manifest.description)?;
            let abi = &manifest.abi;
            writeln!(
                out,
                "  plugin ABI {}.{}, needs {}.{} or newer; sdk {}, {}, {}",
                abi.major, abi.minor, abi.major, abi.required, manifest.sdk, manifest.rustc, manifest.triple
            )?;
        }
    }
    writeln!(out, "  sha256 {}", inspection.sha256)?;
    for class in &inspection.classes {
        writeln!(out, "\n  {} {} {}", class.kind, class.class, class.version)?;
        if !class.documentation.is_empty() {
            writeln!(out, "    {}", class.documentation)?;
        }
        for key in class.config.keys() {
            let info = ConfigKeyInfo::from(key);
            let default = match (&info.default_value, info.required) {
                (_, true) => "required".to_owned(),
                (Some(value), _) => format!("default {value:?}"),
                (None, _) => "optional".to_owned(),
            };
            let kind = info.kind.to_lowercase();
            writeln!(out, "    {} ({kind}, {default}): {}", info.name, info.documentation)?;
        }
    }
    Ok(())
}
