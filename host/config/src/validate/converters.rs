//! Validation of the converters that a connector names for itself.

use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::{ConfigKey, ConfigKeyInfo, ConfigMap, ConfigValue, ConfigValueInfo};

use super::{Found, Parts, Request, Unfound, VersionError, evaluate, resolve, shown, with_default};
use crate::evaluate::Given;
use crate::java_order;
use crate::worker::ConverterConfig;

/// One of a connector's three converters.
struct Role {
    key: &'static str,
    /// `converter.type` of it.
    purpose: &'static str,
    kind: ClassKind,
}

/// In the order in which Connect validates them.
const ROLES: [Role; 3] = [
    Role { key: "header.converter", purpose: "header", kind: ClassKind::HeaderConverter },
    Role { key: "key.converter", purpose: "key", kind: ClassKind::Converter },
    Role { key: "value.converter", purpose: "value", kind: ClassKind::Converter },
];

fn role(class_key: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.key == class_key)
}

/// Whether a key names a converter class.
pub(super) fn is_class(key: &str) -> bool {
    role(key).is_some()
}

/// Whether a key names the version of a converter.
pub(super) fn is_version(key: &str) -> bool {
    key.strip_suffix(".plugin.version").is_some_and(is_class)
}

fn of_worker<'a>(request: &Request<'a>, role: &Role) -> &'a ConverterConfig {
    match role.key {
        "key.converter" => &request.worker.key_converter,
        "value.converter" => &request.worker.value_converter,
        _ => &request.worker.header_converter,
    }
}

/// The converter in use: the connector's, else the worker's; with the complaint if it is not there.
fn in_use(request: &Request<'_>, role: &Role) -> Result<Found, Unfound> {
    match request.config.get(role.key) {
        Some(name) => {
            let version = request.config.get(&format!("{}.plugin.version", role.key)).map(str::trim);
            resolve(request, role.kind, role.key, name.trim(), version)
        }
        None => {
            let worker = of_worker(request, role);
            resolve(request, role.kind, role.key, &worker.class, worker.version.as_deref())
        }
    }
}

/// The key that names the class: the worker's is its default, all there are are recommended.
pub(super) fn class(request: &Request<'_>, key: &ConfigKey) -> (ConfigKeyInfo, ConfigValueInfo) {
    let Some(role) = role(&key.name) else {
        return (key.into(), shown(&key.name, &ConfigValue::Null, Vec::new()));
    };
    let worker = of_worker(request, role);
    let default = resolve(request, role.kind, role.key, &worker.class, worker.version.as_deref());
    let key = with_default(key, Some(default.map_or_else(|_| worker.class.clone(), |found| found.class)));
    let (mut value, mut errors) = evaluate(&key, &key.name, request.given(&key.name));
    if let Given::Text(_) = request.given(&key.name) {
        value = match in_use(request, role) {
            Ok(found) => ConfigValue::Class(found.class),
            Err(Unfound::Class(sentence)) => {
                errors.push(sentence);
                ConfigValue::Null
            }
            // What is no version is the version's fault alone.
            Err(Unfound::Version(VersionError::Invalid(_), latest)) => ConfigValue::Class(latest.class),
            Err(Unfound::Version(VersionError::Missing(sentence), latest)) => {
                errors.push(sentence);
                ConfigValue::Class(latest.class)
            }
        };
    }
    let mut info = shown(&key.name, &value, errors);
    info.recommended_values = request.catalog.classes(role.kind);
    ((&key).into(), info)
}

/// The key that names the version of the converter in use.
pub(super) fn version(request: &Request<'_>, key: &ConfigKey) -> (ConfigKeyInfo, ConfigValueInfo) {
    let class_key = key.name.strip_suffix(".plugin.version").unwrap_or_default();
    let Some(role) = role(class_key) else {
        return (key.into(), shown(&key.name, &ConfigValue::Null, Vec::new()));
    };
    let (known, error) = match in_use(request, role) {
        Ok(found) => (Some(found), None),
        Err(Unfound::Version(error, latest)) => (Some(latest), Some(error)),
        // Even then it may be told that what was asked for is no version.
        Err(Unfound::Class(_)) => {
            let version = request.config.get(&key.name).map(str::trim);
            (None, request.catalog.find(role.kind, "", version).err())
        }
    };
    let key = with_default(key, known.as_ref().and_then(|found| found.version.clone()));
    let (value, mut errors) = evaluate(&key, &key.name, request.given(&key.name));
    if let (Some(error), Given::Text(_)) = (error, request.given(&key.name)) {
        errors.push(error.sentence().to_owned());
    }
    let mut info = shown(&key.name, &value, errors);
    // The version of something unknown is nothing to ask for.
    info.visible = known.is_some();
    info.recommended_values =
        known.map(|found| request.catalog.versions(role.kind, &found.class)).unwrap_or_default();
    ((&key).into(), info)
}

/// The settings of those converters that the connector names itself.
pub(super) fn all(request: &Request<'_>, parts: &mut Parts) {
    for role in &ROLES {
        if request.config.contains_key(role.key)
            && let Ok(found) = in_use(request, role)
        {
            settings(request, role, &found, parts);
        }
    }
}

fn settings(request: &Request<'_>, role: &Role, found: &Found, parts: &mut Parts) {
    let def = match request.catalog.config_def(role.kind, found) {
        Ok(def) => def,
        Err(why) => {
            let kind = role.key.replace('.', " ");
            super::complain(parts, role.key, format!("Failed to load the ConfigDef from the {kind}: {why}"));
            return;
        }
    };
    let prefix = format!("{}.", role.key);
    let mut given: ConfigMap = request.config.with_prefix(&prefix);
    given.insert("converter.type", role.purpose);
    // The entries come out of a Java HashMap.
    let mut keys: Vec<&ConfigKey> = def.keys().iter().collect();
    java_order::sort_by_key(&mut keys, |key| &key.name);
    for key in keys {
        // The complaints name the key as the converter knows it.
        let (value, errors) = evaluate(key, &key.name, Given::of(&given, &key.name));
        let mut definition = ConfigKeyInfo::from(key);
        definition.name = format!("{prefix}{}", key.name);
        let info = shown(&definition.name, &value, errors);
        parts.push(Some(definition), info);
    }
}
