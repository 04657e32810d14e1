//! Rules about the configuration of one connector.

use std::collections::BTreeSet;
use std::sync::Arc;

use ferry_config::connector::unknown_settings;
use ferry_config::json::JsonConfig;
use ferry_config::providers::substitute::refers;
use ferry_config::suggest::nearest;
use ferry_config::validate::ConfigInfos;
use ferry_config::{ConfigMap, ConnectorConfig, ConnectorKind, RemarkKind};
use ferry_plugin_abi::api::{ClassKind, PluginClass};
use ferry_plugins::ResolveError;
use ferry_runtime::{executor, herder};

use super::complaint::{self, key_of, mistyped, rule_of, said};
use super::finding::Finding;
use super::rule;
use super::subject::Subject;
use super::{Bench, chain, habits};
use crate::offline;

/// What is known of a connector after it was looked at.
pub struct Looked {
    /// Its class, if it has one that is there.
    pub class: Option<Arc<PluginClass>>,
    /// Its settings; references are resolved if that was asked for.
    pub config: ConfigMap,
}

/// Everything that is wrong with a connector's configuration.
pub fn check(bench: &Bench, subject: &Subject, findings: &mut Vec<Finding>) -> Looked {
    let (written, nulls) = subject.config();
    chain::check(subject, findings);
    providers(bench, subject, findings);
    let config = match bench.env.worker.providers.resolve(&written) {
        Ok(resolved) => resolved.config,
        Err(error) => {
            findings.push(Finding::new(&rule::UNRESOLVED, subject.file, subject.start, error.to_string()));
            return Looked { class: None, config: written };
        }
    };
    let class = class(bench, subject, &config, findings);
    let mut named = written.clone();
    if !named.contains_key("name") && !nulls.iter().any(|null| null == "name") {
        // That it has none was said already.
        named.insert("name", "unnamed");
    }
    if let Some(class) = &class {
        let before = findings.len();
        match herder::validate(&bench.env, &JsonConfig { config: named.clone(), nulls }) {
            Ok(infos) => {
                let judged = |key: &str| {
                    let known = bench.resolve || !written.get(key).is_some_and(refers);
                    known && !subject.nested.iter().any(|nested| nested == key)
                };
                complaint::all(subject, &infos, &judged, findings);
                unknown(subject, class, &infos, findings);
                habits::check(bench, subject, class, &infos, findings);
            }
            Err(error) => findings.push(said(subject, &error.message)),
        }
        start(bench, subject, class, &without_faults(&config, subject, &findings[before..]), findings);
    }
    Looked { class, config }
}

/// The settings without those that are wrong, and without the chain if something is wrong with that.
fn without_faults(config: &ConfigMap, subject: &Subject, findings: &[Finding]) -> ConfigMap {
    let errors =
        findings.iter().filter(|found| found.rule.level == rule::Level::Error && found.file == subject.file);
    let wrong: Vec<&str> = errors.filter_map(|found| found.key.as_deref()).collect();
    let chain = |key: &str| ["transforms", "predicates"].iter().any(|list| key.starts_with(list));
    let no_chain = wrong.iter().any(|key| chain(key));
    let mut rest = ConfigMap::new();
    for (key, value) in config.iter() {
        let of_chain = no_chain && chain(key);
        if !of_chain && !wrong.contains(&key) {
            rest.insert(key, value);
        }
    }
    if subject.nested.iter().any(|key| chain(key)) {
        rest.remove("transforms");
    }
    rest
}

/// The class of the connector, or why there is none.
fn class(
    bench: &Bench,
    subject: &Subject,
    config: &ConfigMap,
    findings: &mut Vec<Finding>,
) -> Option<Arc<PluginClass>> {
    const KEY: &str = "connector.class";
    let Some(name) = config.get(KEY) else {
        if subject.setting(KEY).is_none() {
            let message = "Missing required configuration \"connector.class\" which has no default value.";
            findings.push(mistyped(
                subject.on_value(&rule::MISSING_KEY, KEY, message),
                subject,
                KEY,
                &|_| false,
            ));
        } else {
            let message = "Null value can not be supplied as the configuration value.";
            findings.push(subject.on_value(&rule::INVALID_VALUE, KEY, message));
        }
        return None;
    };
    if refers(name) {
        let message = "the class comes from a config provider: its settings are not checked";
        findings.push(subject.on_value(&rule::UNCHECKED, KEY, message).help("--resolve asks the providers"));
        return None;
    }
    match bench.env.registry.resolve_connector(name, config.get("connector.plugin.version")) {
        Ok(class) => Some(class),
        // In another version: validation says which.
        Err(ResolveError::Version { .. } | ResolveError::InvalidVersion(_)) => {
            bench.env.registry.resolve_connector(name, None).ok()
        }
        Err(error) => {
            let text = error.to_string();
            let found = subject.on_value(&rule::UNKNOWN_CLASS, KEY, offline::shortened(&text));
            findings.push(found.help(offline::connector_help(&bench.env, name)));
            None
        }
    }
}

/// Settings that nobody knows.
fn unknown(subject: &Subject, class: &PluginClass, infos: &ConfigInfos, findings: &mut Vec<Finding>) {
    let (written, _) = subject.config();
    for remark in unknown_settings(kind(class), &class.config, &written) {
        let Some(setting) = remark.keys.first().and_then(|key| subject.setting(key)) else { continue };
        let rule = match remark.kind {
            RemarkKind::Unknown => &rule::UNKNOWN_KEY,
            RemarkKind::WithoutEffect => &rule::NO_EFFECT,
            RemarkKind::Obsolete => &rule::DEPRECATED_KEY,
        };
        let found = subject.on_key(rule, setting, format!("{} {}", setting.key, remark.text));
        findings.push(found.maybe_help(remark.meant.map(|meant| format!("did you mean {meant}?"))));
    }
    let known: BTreeSet<&str> = infos
        .configs
        .iter()
        .filter(|info| info.definition.is_some())
        .map(|info| info.value.name.as_str())
        .collect();
    for setting in &subject.settings {
        findings.extend(unknown_of_plugin(subject, setting, &known));
    }
}

/// A setting of a transform, predicate or converter that does not have it.
fn unknown_of_plugin(
    subject: &Subject,
    setting: &super::subject::Setting,
    known: &BTreeSet<&str>,
) -> Option<Finding> {
    let key = setting.key.as_str();
    let (owner, prefix) = ["transforms", "predicates"]
        .into_iter()
        .find_map(|list| {
            let listed = subject.list(list);
            let alias = chain::alias_of(list, key, &listed)?;
            listed.contains(&alias).then(|| (alias.to_owned(), format!("{list}.{alias}.")))
        })
        .or_else(|| {
            let role = ["key.converter", "value.converter", "header.converter"]
                .into_iter()
                .find(|role| key.strip_prefix(role).is_some_and(|rest| rest.starts_with('.')))?;
            subject.setting(role).map(|_| (format!("the {}", role.replace('.', " ")), format!("{role}.")))
        })?;
    let own = || known.range(prefix.as_str()..).take_while(|name| name.starts_with(&prefix)).copied();
    // Those of a converter, and of a class that is not there, are unknown.
    let defined = own().any(|name| !name.ends_with(".type") && !name.ends_with(".plugin.version"));
    let reserved = key.ends_with(".plugin.version") || key.ends_with(".converter.type");
    if !defined || reserved || known.contains(key) {
        return None;
    }
    let found = subject.on_key(&rule::UNKNOWN_KEY, setting, format!("{key} is no setting of {owner}"));
    let meant = match key.rsplit('.').next() {
        // Of ReplaceField, until Kafka 4.0.
        Some("whitelist") => Some(format!("{prefix}include")),
        Some("blacklist") => Some(format!("{prefix}exclude")),
        _ => nearest(key, own(), 3).map(str::to_owned),
    };
    let meant = meant.filter(|meant| known.contains(meant.as_str()));
    Some(match meant {
        Some(meant) => found.help(format!("did you mean {meant}?")),
        None => {
            let names: Vec<&str> = own().filter_map(|name| name.strip_prefix(&prefix)).collect();
            found.help(format!("it has {}", names.join(", ")))
        }
    })
}

/// References to providers that the worker does not have.
fn providers(bench: &Bench, subject: &Subject, findings: &mut Vec<Finding>) {
    let Some(known) = &bench.providers else { return };
    for setting in &subject.settings {
        let Some(value) = setting.value.as_deref().filter(|value| refers(value)) else { continue };
        let names = value.split("${").skip(1).filter_map(|rest| rest.split_once('}')?.0.split_once(':'));
        for (name, _) in names.filter(|(name, _)| !known.iter().any(|known| known == name)) {
            let message =
                format!("the worker has no config provider called {name}: the reference stays as it is");
            let help = match nearest(name, known.iter().map(String::as_str), 2) {
                Some(meant) => format!("did you mean {meant}?"),
                None => format!("add {name} to config.providers of the worker"),
            };
            findings.push(subject.on_value(&rule::UNKNOWN_PROVIDER, &setting.key, message).help(help));
        }
    }
}

/// What a worker finds only when it starts the connector and its tasks.
fn start(
    bench: &Bench,
    subject: &Subject,
    class: &PluginClass,
    config: &ConfigMap,
    findings: &mut Vec<Finding>,
) {
    let unresolved = |key: &str| !bench.resolve && config.get(key).is_some_and(refers);
    let mut named = config.clone();
    if !named.contains_key("name") {
        named.insert("name", "unnamed");
    }
    let typed = match ConnectorConfig::new(kind(class), &named, bench.env.worker.topic_creation) {
        Ok(typed) => typed,
        Err(error) => {
            let message = error.to_string();
            // Validation has said what there is to say of topics; here they may be missing because they are wrong.
            let of_topics = rule_of(&message).id == rule::TOPICS_AND_REGEX.id;
            let known = of_topics
                || findings.iter().any(|found| found.file == subject.file && found.message == message);
            let about_nested = key_of(&message).is_none() && !subject.nested.is_empty();
            if !known && !about_nested && !key_of(&message).is_some_and(unresolved) {
                findings.push(unstartable(subject, &message));
            }
            return;
        }
    };
    for transform in &typed.transforms {
        if transform.props.iter().any(|(_, value)| !bench.resolve && refers(value)) {
            continue;
        }
        let alone = ConnectorConfig { transforms: vec![transform.clone()], ..typed.clone() };
        if let Err(error) = executor::chain(&bench.env, class, &alone, None) {
            let key = format!("transforms.{}.type", transform.alias);
            let message = format!("{} refuses its settings: {error}", transform.alias);
            findings.push(subject.on_value(&rule::PLUGIN_REFUSES, &key, message));
        }
    }
}

/// What [`ConnectorConfig`] says beyond validation.
fn unstartable(subject: &Subject, message: &str) -> Finding {
    let rule = rule_of(message);
    if rule.id == rule::UNKNOWN_PREDICATE.id
        && let Some((_, rest)) = message.split_once('(')
        && let Some((key, _)) = rest.split_once(" names ")
    {
        let known = subject.list("predicates");
        let name = subject.trimmed(key).unwrap_or_default().to_owned();
        let meant = nearest(&name, known.iter().copied(), 3).map(|meant| format!("did you mean {meant}?"));
        let message = format!("{name} is not in the list predicates");
        let help =
            meant.unwrap_or_else(|| format!("add {name} to predicates and set predicates.{name}.type"));
        return subject.on_value(rule, key, message).help(help);
    }
    said(subject, message)
}

/// Source or sink.
pub fn kind(class: &PluginClass) -> ConnectorKind {
    if class.kind() == ClassKind::Sink { ConnectorKind::Sink } else { ConnectorKind::Source }
}
