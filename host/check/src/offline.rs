//! A worker that does not run: its settings and plugins, to check configurations and make chains with.

use std::path::Path;
use std::sync::Arc;

use ferry_config::providers::{Find, Secrets};
use ferry_config::suggest::did_you_mean;
use ferry_config::worker::DEF;
use ferry_config::{ConfigMap, WorkerConfig, complaints};
use ferry_plugin_abi::api::ClassKind;
use ferry_plugins::Registry;
use ferry_runtime::environment::Environment;

use crate::lint::{Plugins, key_of};

/// What a worker has that was given no file, or a faulty one: enough to check connectors.
const STAND_INS: [(&str, &str); 4] = [
    ("bootstrap.servers", "localhost:9092"),
    ("key.converter", "org.apache.kafka.connect.json.JsonConverter"),
    ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
    ("offset.storage.file.filename", "connect.offsets"),
];

/// The settings of a worker with everything replaced that would keep it from being read.
pub fn usable(settings: ConfigMap) -> ConfigMap {
    let mut raw = settings;
    for (key, _) in complaints(&DEF, &raw) {
        raw.remove(&key);
    }
    for (key, value) in STAND_INS {
        if !raw.contains_key(key) {
            raw.insert(key, value);
        }
    }
    raw
}

/// The worker of usable settings, after whatever else is wrong with them was told and left out.
///
/// # Errors
/// It cannot be read even so.
pub fn configured(
    mut raw: ConfigMap,
    resolve: bool,
    find: Find<'_>,
    mut tell: impl FnMut(&str),
) -> Result<WorkerConfig, String> {
    if !resolve {
        raw.remove("config.providers");
    }
    // Each round leaves out one setting.
    for _ in 0..=raw.len() {
        let error = match WorkerConfig::new(raw.clone(), find, Arc::<Secrets>::default()) {
            Ok(worker) => return Ok(worker),
            Err(error) => error.to_string(),
        };
        let refused = key_of(&error).filter(|key| raw.contains_key(key)).map(str::to_owned);
        tell(&error);
        match refused {
            Some(key) => {
                raw.remove(&key);
                raw = usable(raw);
            }
            None if raw.remove("config.providers").is_some() => {}
            None => return Err(error),
        }
    }
    Err("the worker's settings cannot be read".to_owned())
}

/// The worker of these settings, whatever is wrong with them, and its plugins: those of `plugin_path` if that is given,
/// of the folder `plugin.path` where nothing is said.
///
/// # Errors
/// The plugins cannot be looked for.
pub fn worker(
    mut settings: ConfigMap,
    plugin_path: Option<&str>,
    resolve: bool,
    plugins: Plugins<'_>,
) -> Result<(WorkerConfig, Arc<dyn Registry>), String> {
    const KEY: &str = "plugin.path";
    match plugin_path {
        Some(path) => settings.insert(KEY, path),
        None if settings.is_empty() && Path::new(KEY).is_dir() => settings.insert(KEY, KEY),
        None => {}
    }
    let raw = usable(settings);
    let registry = plugins(&raw)?;
    let find = |class: &str| registry.resolve(ClassKind::ConfigProvider, class, None).ok();
    let config = configured(raw, resolve, &find, |_| {})?;
    Ok((config, registry))
}

/// What to do about a connector class that is not there.
pub fn connector_help(env: &Environment, name: &str) -> String {
    let known: Vec<String> = env.registry.list(true).into_iter().map(|plugin| plugin.class).collect();
    did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(|| {
        let found = match known.as_slice() {
            [] => "no connector was found".to_owned(),
            known => format!("there are {}", known.join(", ")),
        };
        let folders = env.worker.plugin_path.iter().map(|folder| folder.display().to_string());
        let folders: Vec<String> = folders.collect();
        let folders = if folders.is_empty() { "no folder".to_owned() } else { folders.join(", ") };
        format!("{found}; looked in {folders}: --plugin-path or a worker file says where else")
    })
}

/// The sentence about a class that is not there, without the list of those that are.
pub fn shortened(sentence: &str) -> &str {
    match sentence.split_once(", available ") {
        Some((head, list)) if head.starts_with("Failed to find any class") && list.contains("s are: ") => {
            head
        }
        _ => sentence,
    }
}

/// The same with the class of any kind that may be meant.
pub fn with_hint(env: &Environment, sentence: &str) -> String {
    let short = shortened(sentence);
    let name = short.split_once("which name matches ").map(|(_, name)| name);
    let known = env.registry.list(false);
    let meant = name.and_then(|name| did_you_mean(name, known.iter().map(|plugin| plugin.class.as_str())));
    match meant {
        Some(meant) => format!("{short}; {meant}"),
        None => short.to_owned(),
    }
}
