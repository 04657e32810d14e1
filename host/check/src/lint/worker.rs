//! Rules about the configuration of a worker.

use ferry_config::suggest::{did_you_mean, nearest_file};
use ferry_config::worker::{self, DEF};
use ferry_config::{RemarkKind, WorkerConfig, complaints};
use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::ConfigKeyInfo;
use ferry_plugins::{Registry, ResolveError};

use super::complaint::{SEE_PLUGINS, mend, mistyped, rule_of};
use super::finding::Finding;
use super::subject::Subject;
use super::{habits, rule};

/// What the definitions of the settings say, before there are plugins.
pub fn check_definitions(subject: &Subject, resolve: bool, findings: &mut Vec<Finding>) {
    let (raw, _) = subject.config();
    for (key, errors) in complaints(&DEF, &raw) {
        if !resolve && subject.setting(&key).is_some_and(super::subject::Setting::refers) {
            continue;
        }
        let definition = DEF.key(&key).map(ConfigKeyInfo::from);
        for error in errors {
            let rule = rule_of(&error);
            findings.push(if rule.id == rule::MISSING_KEY.id {
                let documentation =
                    definition.as_ref().map(|key| format!("set {}: {}", key.name, key.documentation));
                let found = subject.on_value(rule, &key, error).maybe_help(documentation);
                mistyped(found, subject, &key, &|name| DEF.key(name).is_some())
            } else {
                let help = mend(definition.as_ref(), subject.value(&key), &error);
                subject.on_value(rule, &key, error).maybe_help(help)
            });
        }
    }
    for setting in &subject.settings {
        let name = setting.key.as_str();
        let definition = DEF.key(name).map(ConfigKeyInfo::from);
        findings.extend(habits::plain_secret(subject, setting, definition.as_ref()));
    }
}

/// What is to be said of a worker that can be read, and of its plugins.
pub fn check(subject: &Subject, config: &WorkerConfig, registry: &dyn Registry, findings: &mut Vec<Finding>) {
    remarks(subject, config, findings);
    classes(subject, registry, findings);
    providers(subject, registry, findings);
    plugin_path(subject, registry, findings);
    if subject.trimmed("connector.client.config.override.policy") == Some("Principal") {
        let key = "connector.client.config.override.policy";
        let message = "the policy Principal is deprecated since Kafka 4.2";
        let help = "Allowlist with connector.client.config.override.allowlist does the same";
        findings.push(subject.on_value(&rule::DEPRECATED_KEY, key, message).help(help));
    }
}

fn remarks(subject: &Subject, config: &WorkerConfig, findings: &mut Vec<Finding>) {
    for remark in &config.warnings {
        let rule = match remark.kind {
            RemarkKind::Unknown => &rule::UNKNOWN_KEY,
            RemarkKind::WithoutEffect => &rule::NO_EFFECT,
            RemarkKind::Obsolete => &rule::DEPRECATED_KEY,
        };
        for setting in remark.keys.iter().filter_map(|key| subject.setting(key)) {
            // Said of several at once, it is said of each.
            let text = remark.text.replacen("have no effect", "has no effect", 1);
            let found = subject.on_key(rule, setting, format!("{} {text}", setting.key));
            let meant = remark.meant.as_ref().map(|meant| format!("did you mean {meant}?"));
            findings.push(found.maybe_help(meant));
        }
    }
}

fn classes(subject: &Subject, registry: &dyn Registry, findings: &mut Vec<Finding>) {
    for (key, kind) in [
        ("key.converter", ClassKind::Converter),
        ("value.converter", ClassKind::Converter),
        ("header.converter", ClassKind::HeaderConverter),
    ] {
        let Some(setting) = subject.setting(key).filter(|setting| !setting.refers()) else { continue };
        let name = setting.value.as_deref().unwrap_or_default().trim();
        let version = subject.value(&format!("{key}.plugin.version"));
        match registry.resolve(kind, name, version) {
            Ok(_) => {}
            Err(ResolveError::NotFound { available, .. }) => {
                let help = did_you_mean(name, available.iter().map(|plugin| plugin.class.as_str()));
                let message =
                    format!("Invalid value {name} for configuration {key}: Class {name} could not be found.");
                let found = subject.on_value(&rule::UNKNOWN_CLASS, key, message);
                findings.push(found.help(help.unwrap_or_else(|| SEE_PLUGINS.to_owned())));
            }
            Err(error) => findings.push(subject.on_value(&rule::INVALID_VALUE, key, error.to_string())),
        }
    }
}

/// Config providers without a class, and classes that are none.
fn providers(subject: &Subject, registry: &dyn Registry, findings: &mut Vec<Finding>) {
    for name in subject.list("config.providers").into_iter().filter(|name| !name.is_empty()) {
        let key = format!("config.providers.{name}.class");
        let Some(class) = subject.trimmed(&key) else {
            let message = format!("the config provider {name} has no class and is ignored");
            let found = subject.on_value(&rule::NO_EFFECT, "config.providers", message);
            findings.push(found.help(format!("set {key}, such as FileConfigProvider")));
            continue;
        };
        if let Err(ResolveError::NotFound { available, .. }) =
            registry.resolve(ClassKind::ConfigProvider, class, None)
        {
            let help = did_you_mean(class, available.iter().map(|plugin| plugin.class.as_str()));
            let message = format!(
                "Invalid value {class} for configuration {key}: Could not load config provider class or one of its \
                 dependencies"
            );
            // With --resolve the worker has said so already.
            findings.retain(|finding| finding.file != subject.file || finding.message != message);
            let found = subject.on_value(&rule::UNKNOWN_CLASS, &key, message);
            findings.push(found.help(help.unwrap_or_else(|| SEE_PLUGINS.to_owned())));
        }
    }
}

fn plugin_path(subject: &Subject, registry: &dyn Registry, findings: &mut Vec<Finding>) {
    let (raw, _) = subject.config();
    for folder in worker::plugin_path(&raw).unwrap_or_default() {
        if !folder.exists() {
            let message = format!("{} is not there", folder.display());
            let meant = nearest_file(&folder).map(|meant| format!("did you mean {}?", meant.display()));
            findings.push(subject.on_value(&rule::MISSING_PATH, "plugin.path", message).maybe_help(meant));
        }
    }
    for refusal in registry.refusals() {
        // One that is not there was named above.
        if refusal.file.exists() {
            let message = refusal.to_string();
            findings.push(subject.on_value(&rule::REFUSED_PLUGIN, "plugin.path", message.trim()));
        }
    }
}
