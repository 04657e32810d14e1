//! Builds the plugins and installs them in the shape of Confluent Hub.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::Result;
use crate::workspace::{Plugin, Profile, Workspace};

/// Who publishes the plugins of this project: the first part of a plugin's folder name.
const OWNER: &str = "ferry";

/// Builds all plugins and installs them below `into` (relative to the workspace).
pub fn install(profile: Profile, into: &Path) -> Result {
    let workspace = Workspace::load()?;
    let plugins = build(&workspace, profile)?;
    let into = workspace.root.join(into);
    for plugin in &plugins {
        let place = install_one(&workspace, profile, plugin, &into)?;
        println!("installed {}", place.strip_prefix(&workspace.root).unwrap_or(&place).display());
    }
    Ok(())
}

/// Builds all plugins in one run of cargo.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<Vec<Plugin>> {
    let plugins = workspace.plugins();
    if plugins.is_empty() {
        return Err("no member of the workspace is built as a cdylib".to_owned());
    }
    let mut arguments = vec!["build", "--quiet"];
    arguments.extend(profile.arguments());
    for plugin in &plugins {
        arguments.extend(["-p", &plugin.package]);
    }
    workspace.cargo(&arguments)?;
    Ok(plugins)
}

/// Installs one plugin and returns its folder.
///
/// The folder is made beside the others under a name of its own and then renamed, so that a worker
/// that watches the directory never sees half of it.
pub fn install_one(workspace: &Workspace, profile: Profile, plugin: &Plugin, into: &Path) -> Result<PathBuf> {
    let short = plugin.package.trim_start_matches("ferry-");
    let name = format!("{OWNER}-{short}-{}", plugin.version);
    let place = into.join(&name);
    // Outside `into`: whoever scans that sees whole plugins only. The same parent, so the same file system.
    let parent = into.parent().ok_or_else(|| format!("{} has no parent", into.display()))?;
    let staging = parent.join(format!(".staging-{}", std::process::id()));
    let _ = fs::remove_dir_all(&staging);
    let (fresh, old) = (staging.join("new"), staging.join("old"));
    let made = || -> std::io::Result<()> {
        fs::create_dir_all(into)?;
        fs::create_dir_all(fresh.join("lib"))?;
        fs::create_dir_all(fresh.join("doc"))?;
        fs::copy(workspace.built(profile, &plugin.library), fresh.join("lib").join(&plugin.library))?;
        fs::write(fresh.join("manifest.json"), manifest(plugin, short))?;
        fs::copy(workspace.root.join("LICENSE"), fresh.join("doc/LICENSE"))?;
        let readme = plugin.folder.join("README.md");
        if readme.exists() {
            fs::copy(readme, fresh.join("doc/README.md"))?;
        }
        if place.exists() {
            fs::rename(&place, &old)?;
        }
        fs::rename(&fresh, &place)
    };
    let made = made().map_err(|e| format!("cannot install {name} into {}: {e}", into.display()));
    let _ = fs::remove_dir_all(&staging);
    made.map(|()| place)
}

fn manifest(plugin: &Plugin, short: &str) -> String {
    let manifest = json!({
        "name": short,
        "version": plugin.version,
        "title": plugin.description,
        "owner": {"username": OWNER, "type": "organization", "name": "Ferry"},
        "license": [{"name": "Apache License, Version 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}],
    });
    format!("{manifest:#}\n")
}
