//! What validation says of a configuration, at the places it is about and with what to do.

use ferry_config::suggest::{did_you_mean, nearest};
use ferry_config::validate::{ConfigInfo, ConfigInfos};
use ferry_plugin_abi::config::ConfigKeyInfo;

use super::finding::Finding;
use super::rule::{self, Rule};
use super::subject::Subject;

/// Makes findings of everything that validation complains of. Values that come from a config provider which was not
/// asked are not complained of: `judged` says which keys may be.
pub fn all(
    subject: &Subject,
    infos: &ConfigInfos,
    judged: &dyn Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) {
    // Where two settings exclude each other, validation says the same of both.
    let mut said: Vec<(&str, usize)> = Vec::new();
    for info in infos.configs.iter().filter(|info| judged(&info.value.name)) {
        let key = info.value.name.as_str();
        for (index, error) in info.value.errors.iter().enumerate() {
            // What could not be read is null to the next rule: that says nothing new.
            if index > 0 && subject.value(key).is_some() && error.starts_with("Invalid value null for ") {
                continue;
            }
            if rule_of(error).id == rule::TOPICS_AND_REGEX.id && !judged("topics") {
                continue;
            }
            let of_several = !error.starts_with("Null value ");
            if let Some((_, index)) = said.iter().find(|(text, _)| of_several && text == error) {
                if let Some(setting) = subject.setting(key) {
                    let found = findings.remove(*index);
                    findings.insert(
                        *index,
                        found.related(subject.file, setting.key_at, format!("{key} is here")),
                    );
                }
                continue;
            }
            said.push((error, findings.len()));
            findings.push(one(subject, infos, info, error));
        }
    }
}

fn one(subject: &Subject, infos: &ConfigInfos, info: &ConfigInfo, error: &str) -> Finding {
    let key = info.value.name.as_str();
    let rule = rule_of(error);
    let help = match rule.id {
        id if id == rule::MISSING_KEY.id => missing(info),
        // It asks that itself.
        id if id == rule::UNKNOWN_CLASS.id && error.contains("Did you mean ") => None,
        id if id == rule::UNKNOWN_CLASS.id => {
            let name = subject.value(key).unwrap_or_default();
            let known = info.value.recommended_values.iter().map(String::as_str);
            did_you_mean(name, known).or_else(|| Some(SEE_PLUGINS.to_owned()))
        }
        _ => mend(info.definition.as_ref(), subject.value(key), error),
    };
    let mut found = subject.on_value(rule, key, error);
    if subject.setting(key).is_none()
        && let Some(setting) = parent(key).and_then(|parent| subject.setting(parent))
    {
        found.at = setting.at();
    }
    let found = found.maybe_help(help);
    if rule.id != rule::MISSING_KEY.id {
        return found;
    }
    let known =
        |name: &str| infos.configs.iter().any(|info| info.definition.is_some() && info.value.name == name);
    mistyped(found, subject, key, &known)
}

/// What to do where no name is near.
pub const SEE_PLUGINS: &str = "`ferry plugins list --all` shows the classes there are";

/// The rule that a complaint of validation belongs to.
pub fn rule_of(error: &str) -> &'static Rule {
    if error.starts_with("Missing required configuration ") {
        &rule::MISSING_KEY
    } else if error.ends_with(" could not be found.")
        || error.starts_with("This class is abstract and cannot be created.")
        || error.starts_with("Failed to find any class ")
        || error.starts_with("More than one connector matches alias ")
    {
        &rule::UNKNOWN_CLASS
    } else if error.starts_with("topics and topics.regex are mutually exclusive")
        || error == "Must configure one of topics or topics.regex"
    {
        &rule::TOPICS_AND_REGEX
    } else if error.starts_with("Unknown configuration 'predicates.") {
        &rule::UNKNOWN_PREDICATE
    } else {
        &rule::INVALID_VALUE
    }
}

/// The setting that a key which is not there follows from.
fn parent(key: &str) -> Option<&'static str> {
    ["transforms", "predicates", "key.converter", "value.converter", "header.converter"]
        .into_iter()
        .find(|parent| key.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.')))
        .or(Some("connector.class"))
}

/// What to do where a setting is missing, and nothing that is there looks like it.
fn missing(info: &ConfigInfo) -> Option<String> {
    let key = info.value.name.as_str();
    for list in ["transforms", "predicates"] {
        let alias = key.strip_prefix(list).and_then(|rest| rest.strip_prefix('.'));
        if let Some(alias) = alias.and_then(|rest| rest.strip_suffix(".type")) {
            return Some(format!("{list} lists {alias}: set {key}, or take {alias} off the list"));
        }
    }
    let documentation = info.definition.as_ref().map(|key| key.documentation.trim());
    documentation.filter(|text| !text.is_empty()).map(|text| format!("set {key}: {text}"))
}

/// A finding of a key that is not there, at the key that may be a mistyped one, if there is such: nobody knows it, and
/// it looks like `key`.
pub fn mistyped(found: Finding, subject: &Subject, key: &str, known: &dyn Fn(&str) -> bool) -> Finding {
    let strangers = subject.settings.iter().map(|setting| setting.key.as_str()).filter(|key| !known(key));
    match nearest(key, strangers, 3).and_then(|typed| subject.setting(typed)) {
        Some(typed) => {
            let help = format!("there is {}: a typing error?", typed.key);
            Finding { at: typed.key_at, ..found }.help(help)
        }
        None => found,
    }
}

/// What to do about a value.
pub fn mend(definition: Option<&ConfigKeyInfo>, value: Option<&str>, error: &str) -> Option<String> {
    let value = value.unwrap_or_default().trim();
    for list in ["String must be one of: ", "String must be one of (case insensitive): "] {
        if let Some((_, allowed)) = error.split_once(list) {
            let lower = value.to_lowercase();
            let allowed: Vec<String> = allowed.split(", ").map(str::to_lowercase).collect();
            let most = (lower.chars().count() / 3).max(1);
            let meant = nearest(&lower, allowed.iter().map(String::as_str), most);
            let same_but_for_case = allowed.iter().find(|allowed| **allowed == lower).map(String::as_str);
            return same_but_for_case.or(meant).map(|meant| format!("did you mean {meant}?"));
        }
    }
    if error.contains("Not a number of type ") {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        return Some(match digits.is_empty() {
            true => default_of(definition).unwrap_or_else(|| "give a number".to_owned()),
            false => "give a number alone: without unit, spaces or separators".to_owned(),
        });
    }
    if error.contains("either true or false") {
        return match value.to_ascii_lowercase().as_str() {
            "yes" | "on" | "1" | "enabled" => Some("did you mean true?".to_owned()),
            "no" | "off" | "0" | "disabled" => Some("did you mean false?".to_owned()),
            _ => default_of(definition),
        };
    }
    default_of(definition)
}

fn default_of(definition: Option<&ConfigKeyInfo>) -> Option<String> {
    let default = definition?.default_value.as_deref().filter(|default| !default.is_empty())?;
    Some(format!("without this setting, {default} holds"))
}

/// A finding of a sentence that names its setting, or names the last part of it: of client overrides and of topic
/// groups Kafka says no more.
pub fn said(subject: &Subject, message: &str) -> Finding {
    let rule = rule_of(message);
    let Some(key) = key_of(message) else {
        return Finding::new(rule, subject.file, subject.start, message);
    };
    let ending = format!(".{key}");
    let longer = subject.settings.iter().find(|setting| {
        let name = setting.key.as_str();
        name.ends_with(&ending) && (name.contains(".override.") || name.starts_with("topic.creation."))
    });
    match longer.filter(|_| subject.setting(key).is_none()) {
        Some(setting) => subject.on_value(rule, &setting.key, message),
        None => subject.on_value(rule, key, message),
    }
}

/// The setting that a sentence of Kafka's is about.
pub fn key_of(message: &str) -> Option<&str> {
    let between = |start: &str, end: &str| {
        let (_, rest) = message.split_once(start)?;
        rest.split_once(end).map(|(key, _)| key)
    };
    between("Missing required configuration \"", "\"")
        .or_else(|| between(" for configuration ", ":"))
        .or_else(|| between("Invalid url in ", ":"))
        .or_else(|| between("Invalid port in ", ":"))
        .or_else(|| between("Configuration '", "'"))
        .or_else(|| between("Config '", "'"))
}
