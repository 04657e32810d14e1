//! What the tests of this crate have in common: plugins without a folder, and outputs that are recorded.

use std::path::Path;
use std::sync::Arc;

use ferry_config::{ConfigMap, worker};
use ferry_plugins::{Options, PluginRegistry, Registry};

/// The classes that every worker has and the FileStream connectors, beside those in the worker's plugin.path.
pub fn registry(worker: &ConfigMap) -> Result<Arc<dyn Registry>, String> {
    let mut classes = ferry_converters::classes();
    classes.extend(ferry_transforms::classes());
    classes.extend(ferry_predicates::classes());
    classes.extend(ferry_config::providers::classes());
    classes.extend(ferry_file_stream::classes());
    let cache = tempfile::tempdir().map_err(|error| error.to_string())?;
    let options = Options {
        path: worker::plugin_path(worker).map_err(|error| error.to_string())?,
        cache: Some(cache.path().to_owned()),
        ..Options::default()
    };
    let registry = PluginRegistry::open(options, classes)
        .map_err(|refusals| refusals.iter().map(ToString::to_string).collect::<String>())?;
    registry.rescan();
    Ok(Arc::new(registry))
}

/// Whether outputs are to be written anew.
pub fn recording() -> bool {
    std::env::var_os("FERRY_RECORD").is_some()
}

/// Compares a text with the one in a file, or writes it there if that was asked for.
pub fn record_or_compare(file: &Path, text: &str) {
    if recording() {
        std::fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        return;
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        expected == text,
        "{} differs; FERRY_RECORD=1 writes it anew\n--- found:\n{text}\n--- expected:\n{expected}",
        file.display()
    );
}
