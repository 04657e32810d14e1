//! Validation of transforms and predicates (mirrors `ConnectorConfig.EnrichablePlugin`).

use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::{
    ConfigDef, ConfigKey, ConfigKeyInfo, ConfigType, ConfigValue, DefaultValue, Importance, Width,
};

use super::{
    Found, Parts, Request, Unfound, VersionError, embedded, evaluate, implicit, resolve, shown, sorted,
    with_default,
};
use crate::connector::negate_error;

/// The words in which the two kinds differ.
struct Kind {
    class: ClassKind,
    list: &'static str,
    group: &'static str,
    word: &'static str,
}

pub(super) fn transforms(request: &Request<'_>, parts: &mut Parts) {
    let kind =
        Kind { class: ClassKind::Transform, list: "transforms", group: "Transforms", word: "Transformation" };
    all(request, &kind, parts);
}

pub(super) fn predicates(request: &Request<'_>, parts: &mut Parts) {
    let kind =
        Kind { class: ClassKind::Predicate, list: "predicates", group: "Predicates", word: "Predicate" };
    all(request, &kind, parts);
}

fn all(request: &Request<'_>, kind: &Kind, parts: &mut Parts) {
    let list = request.config.get(kind.list).unwrap_or_default().trim();
    let mut seen: Vec<&str> = Vec::new();
    for alias in list.split(',').map(str::trim) {
        if !list.is_empty() && !seen.contains(&alias) {
            seen.push(alias);
            one(request, kind, alias, parts);
        }
    }
}

fn one(request: &Request<'_>, kind: &Kind, alias: &str, parts: &mut Parts) {
    let prefix = format!("{}.{alias}.", kind.list);
    let group = format!("{}: {alias}", kind.group);
    let word = kind.word.to_lowercase();
    let key = |name: &str, kind_of: ConfigType, doc: String, order: i32, title: &str| {
        ConfigKey::new(format!("{prefix}{name}"), kind_of, Importance::High, doc).shown(
            &group,
            order,
            Width::Long,
            format!("{} {title} for {alias}", kind.word),
        )
    };

    let type_key = key("type", ConfigType::Class, format!("Class for the '{alias}' {word}."), 0, "type");
    let version_name = format!("{prefix}plugin.version");
    let given_version = request.config.get(&version_name).map(str::trim);
    let (mut value, mut errors) = evaluate(&type_key, &type_key.name, request.given(&type_key.name));
    let mut version_error = None;
    // The class, and whether it can be asked for its settings.
    let mut found: Option<(Found, Option<ConfigDef>)> = None;
    if let ConfigValue::Class(name) = &value {
        match resolve(request, kind.class, &type_key.name, name, given_version) {
            Ok(class) => match request.catalog.config_def(kind.class, &class) {
                Ok(def) => found = Some((class, Some(def))),
                Err(why) => errors.push(format!(
                    "Invalid value {} for configuration {}: Error getting config definition from {}: {why}",
                    class.class, type_key.name, kind.word
                )),
            },
            // A version that is not there is the version's fault as well as the class's.
            Err(Unfound::Version(error, latest)) => {
                errors.push(error.sentence().to_owned());
                version_error = Some(error.sentence().to_owned());
                found = Some((latest, None));
            }
            Err(Unfound::Class(sentence)) => {
                errors.push(sentence);
                value = ConfigValue::Null;
                if let Err(error @ VersionError::Invalid(_)) =
                    request.catalog.find(kind.class, "", given_version)
                {
                    version_error = Some(error.sentence().to_owned());
                }
            }
        }
    }
    if kind.class == ClassKind::Transform
        && let Some(error) = negate_error(&prefix, request.config)
    {
        errors.push(error);
    }
    if let Some((class, _)) = &found {
        value = ConfigValue::Class(class.class.clone());
    }
    let mut info = shown(&type_key.name, &value, errors);
    info.recommended_values = request.catalog.classes(kind.class);
    parts.push(Some(ConfigKeyInfo::from(&type_key)), info);

    let version_key =
        key("plugin.version", ConfigType::String, format!("Version of the '{alias}' {word}."), 1, "version");
    let version_key = with_default(&version_key, found.as_ref().and_then(|(class, _)| class.version.clone()));
    let (value, mut errors) = evaluate(&version_key, &version_key.name, request.given(&version_key.name));
    errors.extend(version_error);
    let mut info = shown(&version_key.name, &value, errors);
    if let Some((class, _)) = &found {
        info.recommended_values = request.catalog.versions(kind.class, &class.class);
    }
    parts.push(Some(ConfigKeyInfo::from(&version_key)), info);

    if let Some((_, Some(def))) = found {
        let def = if kind.class == ClassKind::Transform { with_implicit(def) } else { def };
        for (own, order) in sorted(&def).into_iter().zip(2..) {
            let key = embedded(own, &prefix, &group, order);
            let (value, errors) = evaluate(&key, &own.name, request.given(&key.name));
            parts.push(Some(ConfigKeyInfo::from(&key)), shown(&key.name, &value, errors));
        }
    }
}

/// `predicate` and `negate` belong to the framework; a transform's own keys of these names are masked.
fn with_implicit(def: ConfigDef) -> ConfigDef {
    let framework = [
        implicit(
            "predicate",
            ConfigType::String,
            DefaultValue::Null,
            "The alias of a predicate used to determine whether to apply this transformation.",
        ),
        implicit(
            "negate",
            ConfigType::Boolean,
            DefaultValue::Text("false".to_owned()),
            "Whether the configured predicate should be negated.",
        ),
    ];
    let own = def.keys().iter().filter(|key| !["predicate", "negate"].contains(&key.name.as_str())).cloned();
    framework.into_iter().chain(own).collect()
}
