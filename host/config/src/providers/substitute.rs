//! Replaces `${provider:key}` and `${provider:path:key}` (mirrors `ConfigTransformer`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::{Lookup, Secrets};
use crate::error::Result;
use ferry_plugin_abi::config::ConfigMap;

/// A configuration with its references resolved.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The settings, in their order.
    pub config: ConfigMap,
    /// Each reference that led somewhere, as it is written, and the value that took its place.
    pub values: BTreeMap<String, String>,
    /// How long the values under a path hold, by path; none for those that hold for ever.
    pub ttls: BTreeMap<String, Duration>,
}

impl Resolved {
    /// A text with references again where it quotes the values they stand for. Resolving it gives the text back
    /// as long as the values are the same. Values that say too little are left (see [`Secrets::keeps`]).
    pub fn referring(&self, text: &str) -> String {
        let mut values: Vec<(&String, &String)> =
            self.values.iter().filter(|(_, value)| Secrets::keeps(value)).collect();
        // Of values that begin at the same place the longest one is meant.
        values.sort_by_key(|(_, value)| Reverse(value.len()));
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (written, read) = match values.iter().find(|(_, value)| rest.starts_with(value.as_str())) {
                Some((reference, value)) => (reference.as_str(), value.len()),
                None => (&rest[..first.len_utf8()], first.len_utf8()),
            };
            out.push_str(written);
            rest = &rest[read..];
        }
        out
    }
}

/// Names only: what they stand for may be secret.
impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved")
            .field("config", &self.config)
            .field("ttls", &self.ttls)
            .finish_non_exhaustive()
    }
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
            if let Some(ttl) = data.ttl {
                out.ttls.insert(path.to_owned(), ttl);
            }
            found.insert((provider, path), data.values);
        }
    }
    for (name, value) in config.iter() {
        let mut text = String::with_capacity(value.len());
        let mut copied = 0;
        for (start, r) in references(value) {
            text.push_str(&value[copied..start]);
            match found.get(&(r.provider, r.path)).and_then(|values: &ConfigMap| values.get(r.key)) {
                Some(value) => {
                    text.push_str(value);
                    out.values.insert(r.text.to_owned(), value.to_owned());
                }
                None => text.push_str(r.text),
            }
            copied = start + r.text.len();
        }
        text.push_str(&value[copied..]);
        out.config.insert(name, text);
    }
    Ok(out)
}
