//! Transforms and predicates of a connector.

use ferry_plugin_abi::config::ConfigMap;

use crate::error::{ConfigError, Result};

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransformConfig {
    /// Its name in the list `transforms`.
    pub alias: String,
    /// Class name or alias.
    pub class: String,
    /// Version or range, where set.
    pub version: Option<String>,
    /// The predicate that decides whether it runs.
    pub predicate: Option<String>,
    /// Whether it runs where the predicate is false.
    pub negate: bool,
    /// Its settings, without those above.
    pub props: ConfigMap,
}

/// One predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredicateConfig {
    /// Its name in the list `predicates`.
    pub alias: String,
    /// Class name or alias.
    pub class: String,
    /// Version or range, where set.
    pub version: Option<String>,
    /// Its settings, without those above.
    pub props: ConfigMap,
}

pub(super) fn predicates(config: &ConfigMap, aliases: &[String]) -> Result<Vec<PredicateConfig>> {
    let one = |alias: &String| {
        let (class, version, props) = plugin(config, "predicates", alias, "Predicate")?;
        Ok(PredicateConfig { alias: alias.clone(), class, version, props })
    };
    aliases.iter().map(one).collect()
}

pub(super) fn transforms(
    config: &ConfigMap,
    aliases: &[String],
    predicates: &[PredicateConfig],
) -> Result<Vec<TransformConfig>> {
    let one = |alias: &String| {
        let (class, version, mut props) = plugin(config, "transforms", alias, "Transformation")?;
        let predicate = props.remove("predicate").map(|name| name.trim().to_owned());
        let negate = props.remove("negate");
        if let Some(error) = negate_error(&format!("transforms.{alias}."), config) {
            return Err(ConfigError::message(error));
        }
        if let Some(name) = &predicate
            && !predicates.iter().any(|known| known.alias == *name)
        {
            // The JVM's sentence, and what it means.
            return Err(ConfigError::message(format!(
                "Unknown configuration 'predicates.{name}.type' (transforms.{alias}.predicate names '{name}', which is \
                 not in the list predicates)"
            )));
        }
        let negate = match negate.as_deref().map(str::trim) {
            None => false,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) => {
                let key = format!("transforms.{alias}.negate");
                return Err(ConfigError::invalid(&key, text, "Expected value to be either true or false"));
            }
        };
        Ok(TransformConfig { alias: alias.clone(), class, version, predicate, negate, props })
    };
    aliases.iter().map(one).collect()
}

/// `negate` without `predicate` (mirrors `ConnectorConfig`'s check of the key `type`).
pub(crate) fn negate_error(prefix: &str, config: &ConfigMap) -> Option<String> {
    let (negate, predicate) = (format!("{prefix}negate"), format!("{prefix}predicate"));
    (config.contains_key(&negate) && !config.contains_key(&predicate)).then(|| {
        format!(
            "Config '{negate}' was provided but there is no config '{predicate}' defining a predicate to be negated."
        )
    })
}

fn plugin(
    config: &ConfigMap,
    list: &str,
    alias: &str,
    kind: &str,
) -> Result<(String, Option<String>, ConfigMap)> {
    let prefix = format!("{list}.{alias}.");
    let mut props = config.with_prefix(&prefix);
    let class = props
        .remove("type")
        .map(|class| class.trim().to_owned())
        .ok_or_else(|| ConfigError::invalid(&format!("{prefix}type"), "null", format!("Not a {kind}")))?;
    let version = props.remove("plugin.version");
    Ok((class, version, props))
}
