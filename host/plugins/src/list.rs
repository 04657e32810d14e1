//! What `ferry plugins list` and `ferry plugins inspect` print.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::ConfigKeyInfo;
use serde_json::{Value, json};

use crate::scanner::Verdict;
use crate::{Inspection, PluginInfo, PluginRegistry, Refusal, inspect_in_process};

/// What `ferry plugins list` shows.
pub struct Listing {
    /// The classes, each with its short names.
    pub plugins: Vec<(PluginInfo, Vec<String>)>,
    /// Files that were refused.
    pub refused: Vec<Refusal>,
    /// Short names of several classes.
    pub ambiguous: BTreeMap<String, Vec<String>>,
}

impl Listing {
    /// Of a registry; waits until it has looked at all files. `all`: not only connectors.
    pub fn of(registry: &PluginRegistry, all: bool) -> Self {
        let catalog = registry.catalog();
        let shown = |kind| all || matches!(kind, ClassKind::Sink | ClassKind::Source);
        let entries = catalog.entries().iter().map(|entry| &entry.info).filter(|info| shown(info.kind));
        let named = |info: &PluginInfo| (info.clone(), names(catalog.aliases_of(&info.class)));
        Self {
            plugins: entries.map(named).collect(),
            refused: catalog.refusals.clone(),
            ambiguous: catalog
                .ambiguous()
                .iter()
                .map(|(alias, classes)| (alias.to_string(), names(classes)))
                .collect(),
        }
    }

    /// `{"plugins": [...], "refused": [...], "ambiguous_aliases": {...}}`
    pub fn to_json(&self) -> Value {
        let plugin = |(info, aliases): &(PluginInfo, Vec<String>)| {
            json!({
                "class": info.class,
                "type": info.kind.name(),
                "version": info.version,
                "location": info.location,
                "aliases": aliases,
            })
        };
        let plugins: Vec<Value> = self.plugins.iter().map(plugin).collect();
        json!({ "plugins": plugins, "refused": self.refused, "ambiguous_aliases": self.ambiguous })
    }
}

fn names<T: ToString>(found: impl IntoIterator<Item = T>) -> Vec<String> {
    found.into_iter().map(|name| name.to_string()).collect()
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
