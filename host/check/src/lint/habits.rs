//! Rules about settings that are valid one by one and do not do together what was meant.

use ferry_config::ConnectorKind;
use ferry_config::providers::substitute::refers;
use ferry_config::secret;
use ferry_config::suggest::nearest;
use ferry_config::validate::ConfigInfos;
use ferry_plugin_abi::api::PluginClass;
use ferry_plugin_abi::config::ConfigKeyInfo;

use super::connector::kind;
use super::finding::Finding;
use super::subject::{Setting, Subject};
use super::{Bench, rule};

/// Looks for them in the configuration of a connector.
pub fn check(
    bench: &Bench,
    subject: &Subject,
    class: &PluginClass,
    infos: &ConfigInfos,
    findings: &mut Vec<Finding>,
) {
    let definition = |key: &str| {
        let known = infos.configs.iter().filter_map(|info| info.definition.as_ref());
        known.into_iter().find(|definition| definition.name == key)
    };
    for setting in &subject.settings {
        let definition = definition(&setting.key);
        findings.extend(plain_secret(subject, setting, definition));
        findings.extend(deprecated(subject, setting, definition));
    }
    converters(subject, findings);
    idle(bench, subject, findings);
    match kind(class) {
        ConnectorKind::Sink => findings.extend(no_dead_letter_queue(subject)),
        ConnectorKind::Source => topic_groups(bench, subject, findings),
    }
    findings.extend(idle_tasks(subject, class));
}

/// A secret in plain text: of a setting that is defined as one, or by its name where nobody defines it.
pub fn plain_secret(
    subject: &Subject,
    setting: &Setting,
    definition: Option<&ConfigKeyInfo>,
) -> Option<Finding> {
    let value = setting.value.as_deref().filter(|value| !value.trim().is_empty() && !refers(value))?;
    let key = setting.key.as_str();
    let what = match definition {
        Some(definition) if definition.kind == "PASSWORD" => "a password",
        None if secret::is_secret(key) => "a secret, by the look of its name,",
        _ if !secret::is_secret(key) && secret::shown(key, value) != value => "a password in a URL",
        _ => return None,
    };
    let help = format!("refer to it: {key}=${{provider:path:key}}, with a config provider of the worker");
    let mut found = subject.on_value(&rule::PLAIN_SECRET, key, format!("{key} holds {what} in plain text"));
    found.value = Some(secret::HIDDEN.to_owned());
    Some(found.help(help))
}

/// A setting whose documentation begins by saying so.
pub fn deprecated(
    subject: &Subject,
    setting: &Setting,
    definition: Option<&ConfigKeyInfo>,
) -> Option<Finding> {
    let text = definition?.documentation.as_str();
    let says = ["(Deprecated)", "Deprecated", "DEPRECATED"].iter().any(|word| text.starts_with(word));
    says.then(|| subject.on_key(&rule::DEPRECATED_KEY, setting, format!("{} is deprecated", setting.key)))
}

/// Settings of converters that the connector does not name.
fn converters(subject: &Subject, findings: &mut Vec<Finding>) {
    for role in ["key.converter", "value.converter", "header.converter"] {
        if subject.setting(role).is_some() {
            continue;
        }
        let prefix = format!("{role}.");
        for setting in subject.settings.iter().filter(|setting| setting.key.starts_with(&prefix)) {
            let message = format!(
                "{} has no effect: the connector names no {role}, and the worker's has the worker's settings",
                setting.key
            );
            let found = subject.on_key(&rule::CONVERTER_NOT_SET, setting, message);
            findings.push(found.help(format!("set {role}, or set {} in the worker file", setting.key)));
        }
    }
}

/// Settings that another setting switches off: the setting, the one it hangs on, and what that must be.
const HANGS_ON: [(&str, &str, &[&str]); 7] = [
    ("errors.retry.delay.max.ms", "errors.retry.timeout", &[]),
    ("errors.log.include.messages", "errors.log.enable", &["true"]),
    ("errors.deadletterqueue.topic.replication.factor", "errors.deadletterqueue.topic.name", &[]),
    ("errors.deadletterqueue.context.headers.enable", "errors.deadletterqueue.topic.name", &[]),
    ("transaction.boundary.interval.ms", "transaction.boundary", &["interval"]),
    ("ferry.errors.put.bisect", "errors.tolerance", &["all"]),
    ("ferry.errors.put.bisect.limit", "errors.tolerance", &["all"]),
];

fn idle(bench: &Bench, subject: &Subject, findings: &mut Vec<Finding>) {
    for (key, needed, values) in HANGS_ON {
        let Some(setting) = subject.setting(key) else { continue };
        let off = ["false", "0"].contains(&subject.trimmed(key).unwrap_or_default());
        let has = match (subject.trimmed(needed), values) {
            (None, _) => false,
            (Some(value), []) => value != "0",
            (Some(value), values) => values.iter().any(|v| value.eq_ignore_ascii_case(v)) || refers(value),
        };
        if !has && !off {
            let wanted =
                if values.is_empty() { needed.to_owned() } else { format!("{needed}={}", values[0]) };
            let message = format!("{key} has no effect without {wanted}");
            findings.push(subject.on_key(&rule::NO_EFFECT, setting, message));
        }
    }
    if let Some(setting) = subject.setting("offsets.storage.topic")
        && bench.worker_is_known
        && bench.env.worker.exactly_once.is_none()
    {
        let message = "offsets.storage.topic has no effect: the worker keeps offsets in its file";
        findings.push(
            subject
                .on_key(&rule::NO_EFFECT, setting, message)
                .help("exactly.once.source.support=enabled in the worker file makes it count"),
        );
    }
}

fn no_dead_letter_queue(subject: &Subject) -> Option<Finding> {
    let all = subject.trimmed("errors.tolerance") == Some("all");
    let kept = subject.trimmed("errors.deadletterqueue.topic.name").is_some();
    (all && !kept).then(|| {
        let message = "records that fail are skipped and kept nowhere";
        subject
            .on_value(&rule::NO_DLQ, "errors.tolerance", message)
            .help("set errors.deadletterqueue.topic.name to the topic they shall go to")
    })
}

fn topic_groups(bench: &Bench, subject: &Subject, findings: &mut Vec<Finding>) {
    const PREFIX: &str = "topic.creation";
    const OWN: [&str; 4] = ["include", "exclude", "replication.factor", "partitions"];
    let mut groups = subject.list("topic.creation.groups");
    groups.push("default");
    let mut unlisted: Vec<&str> = Vec::new();
    for setting in &subject.settings {
        let key = setting.key.as_str();
        let Some(group) =
            super::chain::alias_of(PREFIX, key, &groups).filter(|_| key != "topic.creation.groups")
        else {
            continue;
        };
        if bench.worker_is_known && !bench.env.worker.topic_creation {
            let message = format!("{key} has no effect: the worker says topic.creation.enable=false");
            findings.push(subject.on_key(&rule::NO_EFFECT, setting, message));
        } else if !groups.contains(&group) {
            if !unlisted.contains(&group) {
                unlisted.push(group);
                let message = format!("{group} has settings and is not in the list topic.creation.groups");
                let help = match nearest(group, groups.iter().copied(), 2) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => format!("add {group} to topic.creation.groups, or remove its settings"),
                };
                findings.push(subject.on_key(&rule::UNLISTED_GROUP, setting, message).help(help));
            }
        } else if let Some(own) = key.strip_prefix(&format!("{PREFIX}.{group}."))
            && let Some(meant) = nearest(own, OWN, 2)
            && !OWN.contains(&own)
        {
            let message = format!("{key} is taken for a setting of the topic");
            let help = format!("did you mean {PREFIX}.{group}.{meant}?");
            findings.push(subject.on_key(&rule::UNKNOWN_KEY, setting, message).help(help));
        } else if group == "default" && (key.ends_with(".include") || key.ends_with(".exclude")) {
            let message = format!("{key} has no effect: the default group has every topic that no other has");
            findings.push(subject.on_key(&rule::NO_EFFECT, setting, message));
        }
    }
}

fn idle_tasks(subject: &Subject, class: &PluginClass) -> Option<Finding> {
    let one_task = class.class.ends_with(".FileStreamSourceConnector");
    let most: u32 = subject.trimmed("tasks.max")?.parse().ok()?;
    (one_task && most > 1).then(|| {
        let message = format!("of {most} tasks one is used: this connector reads with one task");
        subject.on_value(&rule::IDLE_TASKS, "tasks.max", message).help("set tasks.max=1, or leave it out")
    })
}
