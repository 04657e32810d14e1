//! What an operator should hear of a worker file that is otherwise fine.

use std::collections::BTreeMap;

use ferry_plugin_abi::config::ConfigMap;

use super::DEF;
use super::standing::{DISTRIBUTED, HTTPS, HTTPS_PREFIXES, Standing, is_default};
use crate::clients::{self, ClientKind};
use crate::remark::{Remark, RemarkKind};
use crate::suggest::nearest;

/// Prefixes under which any key is somebody else's: a converter's, a provider's.
const OPEN_PREFIXES: [&str; 4] =
    ["key.converter.", "value.converter.", "header.converter.", "config.providers."];

/// Prefixes of the settings of clients.
const CLIENTS: [(&str, ClientKind, &str); 3] = [
    ("producer.", ClientKind::Producer, "producer"),
    ("consumer.", ClientKind::Consumer, "consumer"),
    ("admin.", ClientKind::Admin, "admin client"),
];

/// One sentence per thing, in the order of the file.
pub(super) fn of(raw: &ConfigMap) -> Vec<Remark> {
    let mut warnings = Vec::new();
    let exactly_once = raw.get("exactly.once.source.support").is_some_and(|value| value.trim() == "enabled");
    let mut idle: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in raw.iter() {
        let standing = match Standing::of(key) {
            Standing::OfExactlyOnce if !exactly_once => Standing::WithoutEffect(DISTRIBUTED),
            standing => standing,
        };
        if let Some(client) = CLIENTS.iter().find(|(prefix, ..)| key.starts_with(prefix))
            && standing == Standing::Unknown
            && !key.starts_with("admin.listeners.")
        {
            warnings.extend(of_client(key, client));
        } else if key.starts_with("internal.key.converter") || key.starts_with("internal.value.converter") {
            let text = "is ignored: offsets are JSON without schemas since Kafka 3.0";
            warnings.push(Remark::new(RemarkKind::Obsolete, key, text));
        } else if OPEN_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
        } else if standing == Standing::Unknown {
            warnings.push(unknown(key));
        } else if let Standing::WithoutEffect(reason) = standing
            && !DEF.key(key).is_some_and(|known| is_default(known, value))
        {
            idle.entry(reason).or_default().push(key);
        }
    }
    for (reason, keys) in idle {
        let have = if keys.len() == 1 { "has" } else { "have" };
        warnings.push(Remark {
            kind: RemarkKind::WithoutEffect,
            keys: keys.into_iter().map(str::to_owned).collect(),
            text: format!("{have} no effect: {reason}"),
            meant: None,
        });
    }
    if raw.get("plugin.path").is_some_and(crate::providers::substitute::refers) {
        let text = "is used as written: plugins are found before config providers exist";
        warnings.push(Remark::new(RemarkKind::WithoutEffect, "plugin.path", text));
    }
    warnings
}

/// A setting that a client does not have; it may still be one of the library's own.
fn of_client(key: &str, (prefix, kind, word): &(&str, ClientKind, &str)) -> Option<Remark> {
    let name = key.strip_prefix(prefix)?;
    let def = clients::def(*kind);
    if def.key(name).is_some() {
        return None;
    }
    let known = def.keys().iter().map(|key| key.name.as_str());
    let meant = nearest(name, known, 3).map(|meant| format!("{prefix}{meant}"));
    let text = format!("is no setting of Kafka's {word}");
    Some(Remark::new(RemarkKind::Unknown, key, text).meaning(meant))
}

fn unknown(key: &str) -> Remark {
    let has = |kind| clients::def(kind).key(key).is_some();
    let https = HTTPS_PREFIXES.iter().find_map(|prefix| Some((prefix, key.strip_prefix(prefix)?)));
    let meant = if let Some((prefix, name)) = https {
        nearest(name, HTTPS, 3).map(|meant| format!("{prefix}{meant}"))
    } else if has(ClientKind::Producer) {
        Some(format!("producer.{key}"))
    } else if has(ClientKind::Consumer) {
        Some(format!("consumer.{key}"))
    } else {
        // Ferry's own names are long: more of them may be wrong.
        let most = if key.starts_with("ferry.") { 8 } else { 3 };
        nearest(key, known().filter(|name| name.starts_with("ferry.") == key.starts_with("ferry.")), most)
            .map(str::to_owned)
    };
    Remark::new(RemarkKind::Unknown, key, "is unknown and ignored").meaning(meant)
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
    let inherited = clients::def(ClientKind::Admin).keys();
    DEF.keys().iter().chain(inherited).map(|key| key.name.as_str())
}
