//! Replaces `${provider:key}` and `${provider:path:key}` (mirrors `ConfigTransformer`).

use std::collections::{BTreeMap, BTreeSet};

use super::Lookup;
use crate::error::Result;
use ferry_plugin_abi::config::ConfigMap;

/// A configuration with its references resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The settings, in their order.
    pub config: ConfigMap,
    /// The keys whose value held a reference: what they show must be the raw text.
    pub referring: Vec<String>,
    /// Milliseconds until the values under a path expire, by path.
    pub ttls_ms: BTreeMap<String, u64>,
}

/// `${provider:path:key}` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reference<'a> {
    /// The whole text of it.
    text: &'a str,
    provider: &'a str,
    path: &'a str,
    key: &'a str,
}

/// The references of a value from left to right. The pattern is Kafka's
/// `\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`: the first colon ends the provider, a second one the path,
/// and the key, which may hold more colons, goes on to the first closing brace.
fn references(value: &str) -> impl Iterator<Item = (usize, Reference<'_>)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + value[from..].find("${")?;
            let end = start + value[start..].find('}')?;
            let inner = &value[start + 2..end];
            let Some((provider, rest)) = inner.split_once(':') else {
                from = start + 2;
                continue;
            };
            let (path, key) = rest.split_once(':').unwrap_or(("", rest));
            from = end + 1;
            return Some((start, Reference { text: &value[start..=end], provider, path, key }));
        }
    })
}

/// Whether a value refers to a config provider, known or not.
pub fn refers(value: &str) -> bool {
    references(value).next().is_some()
}

/// Resolves every reference of a configuration. What an unknown provider or a missing key is asked for
/// stays as it is; what was put in is not looked at again.
///
/// # Errors
/// Those of the providers.
pub fn resolve(config: &ConfigMap, lookup: &dyn Lookup) -> Result<Resolved> {
    // Each provider is asked once per path.
    let mut wanted: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for (_, value) in config.iter() {
        for (_, r) in references(value) {
            wanted.entry((r.provider, r.path)).or_default().insert(r.key);
        }
    }
    let mut out = Resolved::default();
    let mut found = BTreeMap::new();
    for ((provider, path), keys) in wanted {
        let keys: Vec<&str> = keys.into_iter().collect();
        if let Some(data) = lookup.get(provider, path, &keys)? {
            if let Some(ttl) = data.ttl_ms {
                out.ttls_ms.insert(path.to_owned(), ttl);
            }
            found.insert((provider, path), data.values);
        }
    }
    for (name, value) in config.iter() {
        let mut text = String::with_capacity(value.len());
        let mut copied = 0;
        for (start, r) in references(value) {
            text.push_str(&value[copied..start]);
            text.push_str(found.get(&(r.provider, r.path)).and_then(|v| v.get(r.key)).map_or(r.text, |v| v));
            copied = start + r.text.len();
        }
        if refers(value) {
            out.referring.push(name.to_owned());
        }
        text.push_str(&value[copied..]);
        out.config.insert(name, text);
    }
    Ok(out)
}
