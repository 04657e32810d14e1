//! What an operator should hear of a worker file that is otherwise fine.

use ferry_plugin_abi::config::ConfigMap;

use super::DEF;
use crate::suggest::nearest;

/// Prefixes under which any key is somebody else's.
const OPEN_PREFIXES: [&str; 12] = [
    "producer.",
    "consumer.",
    "admin.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "config.providers.",
    "metrics.",
    "listeners.https.",
    "ssl.",
    "sasl.",
    "connector.client.",
];

/// One sentence per thing, in the order of the file.
pub(super) fn of(raw: &ConfigMap) -> Vec<String> {
    let mut warnings = Vec::new();
    for (key, _) in raw.iter().filter(|(key, _)| DEF.key(key).is_none()) {
        if key.starts_with("ferry.") {
            let own = known().filter(|name| name.starts_with("ferry."));
            warnings.push(match nearest(key, own, 8) {
                Some(meant) => format!("{key} is unknown and ignored; did you mean {meant}?"),
                None => format!("{key} is unknown and ignored"),
            });
        } else if key.starts_with("internal.key.converter") || key.starts_with("internal.value.converter") {
            warnings.push(format!("{key} is ignored: offsets are JSON without schemas since Kafka 3.0"));
        } else if !OPEN_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
            && let Some(meant) = nearest(key, known(), 2)
        {
            warnings.push(format!("{key} is unknown and ignored; did you mean {meant}?"));
        }
    }
    if raw.get("plugin.path").is_some_and(crate::providers::substitute::refers) {
        warnings.push(
            "plugin.path is used as written: plugins are found before config providers exist".to_owned(),
        );
    }
    warnings
}

/// Adds the key that the user may have mistyped to the complaint that one is missing.
pub(super) fn with_hint(message: &str, raw: &ConfigMap) -> String {
    let missing = message
        .strip_prefix("Missing required configuration \"")
        .and_then(|rest| rest.strip_suffix("\" which has no default value."));
    let typed = missing
        .and_then(|key| nearest(key, raw.iter().map(|(key, _)| key).filter(|key| DEF.key(key).is_none()), 3));
    match typed {
        Some(typed) => format!("{message} (There is {typed}: a typing error?)"),
        None => message.to_owned(),
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    DEF.keys().iter().map(|key| key.name.as_str())
}
