//! What cargo knows about the workspace, and how to run cargo.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Result;

/// How a program is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build; has the crash points.
    Debug,
    /// What users get.
    Release,
}

impl Profile {
    /// The folder below the target folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    /// Arguments of `cargo build`.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &[],
            Self::Release => &["--release"],
        }
    }
}

/// The workspace.
pub struct Workspace {
    /// Its folder.
    pub root: PathBuf,
    /// Where cargo builds (CARGO_TARGET_DIR is heeded).
    pub target: PathBuf,
    metadata: Value,
}

/// A package that is built into a plugin.
pub struct Plugin {
    /// Package name, such as `ferry-file-stream`.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Its description.
    pub description: String,
    /// Its folder.
    pub folder: PathBuf,
    /// File name of the library.
    pub library: String,
}

impl Workspace {
    /// Asks cargo.
    pub fn load() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask is in no workspace")?;
        let output = Command::new(cargo())
            .current_dir(root)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(|e| format!("cannot run cargo: {e}"))?;
        if !output.status.success() {
            return Err(format!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr)));
        }
        let metadata: Value =
            serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
        let target = metadata["target_directory"].as_str().ok_or("cargo metadata names no target folder")?;
        Ok(Self { root: root.to_owned(), target: target.into(), metadata })
    }

    /// All members whose library is built as a `cdylib`.
    pub fn plugins(&self) -> Vec<Plugin> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut plugins = Vec::new();
        for package in self.metadata["packages"].as_array().into_iter().flatten() {
            for target in package["targets"].as_array().into_iter().flatten() {
                // An example may be one, too, and is not for users: its kind is `example`.
                let kinds = target["kind"].as_array();
                if kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib")) {
                    let manifest = PathBuf::from(text(&package["manifest_path"]));
                    plugins.push(Plugin {
                        package: text(&package["name"]),
                        version: text(&package["version"]),
                        description: text(&package["description"]),
                        folder: manifest.parent().unwrap_or(&self.root).to_owned(),
                        library: format!("lib{}.so", text(&target["name"]).replace('-', "_")),
                    });
                }
            }
        }
        plugins
    }

    /// The built file of a profile.
    pub fn built(&self, profile: Profile, file: &str) -> PathBuf {
        self.target.join(profile.folder()).join(file)
    }

    /// Runs cargo in the workspace, with its output shown.
    pub fn cargo(&self, arguments: &[&str]) -> Result {
        self.run(Command::new(cargo()).args(arguments))
    }

    /// Runs a command in the workspace, with its output shown.
    pub fn run(&self, command: &mut Command) -> Result {
        let said = format!("{command:?}");
        let status =
            command.current_dir(&self.root).status().map_err(|e| format!("cannot run {said}: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("{said}: {status}")) }
    }
}

/// The cargo that runs this program.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
