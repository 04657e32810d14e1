//! The real library: built by cargo, loaded as a worker loads it.

use std::path::{Path, PathBuf};
use std::process::Command;

use ferry_plugin_abi::api::PluginClass;
use ferry_plugins::{Discovery, Options, PluginRegistry, Registry};

/// Builds the crate in `directory` (that of its `Cargo.toml`) and says where its library is.
///
/// # Panics
/// If cargo fails or the crate is no `cdylib`.
pub fn built(directory: &Path) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(directory).args([
        "build",
        "--lib",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ]);
    // A directory of its own beside that of the test that runs now: the same crate built in another
    // workspace has the same file names and other dependencies.
    if let Some(target) = std::env::current_exe().ok().as_deref().and_then(|exe| exe.ancestors().nth(3)) {
        command.arg("--target-dir").arg(target.join("testkit"));
    }
    // Cargo told these to the test that runs now; its own child is to find out for itself.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST") {
            command.env_remove(&*name);
        }
    }
    let output = command.output().unwrap_or_else(|error| panic!("cargo does not run: {error}"));
    assert!(
        output.status.success(),
        "cargo build in {} failed:\n{}",
        directory.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let manifest =
        directory.join("Cargo.toml").canonicalize().unwrap_or_else(|_| directory.join("Cargo.toml"));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest))
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .find(|file| file.extension().is_some_and(|e| e == "so" || e == "dylib"))
        .unwrap_or_else(|| panic!("{} has no `crate-type = [\"cdylib\"]` library", manifest.display()))
}

/// The class `name` of the library `file`, checked and loaded as a worker does it.
///
/// # Panics
/// If the library is refused, with the refusal, or has no such class.
pub fn load(file: &Path, name: &str) -> PluginClass {
    let cache =
        tempfile::tempdir().unwrap_or_else(|error| panic!("no directory for a copy of the library: {error}"));
    let options = Options {
        path: vec![file.to_owned()],
        // What the manifest says is enough here: loading checks all the rest.
        discovery: Discovery::ServiceLoad,
        cache: Some(cache.path().to_owned()),
        ..Options::default()
    };
    let registry = PluginRegistry::open(options, Vec::new()).unwrap_or_else(|refusals| {
        panic!("{}", refusals.iter().map(ToString::to_string).collect::<String>())
    });
    registry.rescan();
    let refusals: String = registry.refusals().iter().map(ToString::to_string).collect();
    assert!(refusals.is_empty(), "{refusals}");
    let class =
        registry.resolve_any(name, None).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    (*class).clone()
}
