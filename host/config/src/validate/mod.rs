//! Validation of a connector's configuration (mirrors `AbstractHerder.validateConnectorConfig`).

mod chain;
mod clients;
mod converters;
mod infos;

use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::{
    ConfigDef, ConfigKey, ConfigKeyInfo, ConfigMap, ConfigType, ConfigValue, ConfigValueInfo, DefaultValue,
};

use crate::connector::{ConnectorKind, defs, topic_errors};
use crate::error::Result as ConfigResult;
use crate::evaluate::{Given, evaluate};
use crate::worker::WorkerConfig;
use infos::Parts;

pub use infos::{ConfigInfo, ConfigInfos};

/// A class that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its full name.
    pub class: String,
    /// Its version, where it has one.
    pub version: Option<String>,
}

/// Why a version that was asked for cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionError {
    /// The text is no version and no range.
    Invalid(String),
    /// The class is there in other versions.
    Missing(String),
}

impl VersionError {
    /// The whole sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Self::Invalid(sentence) | Self::Missing(sentence) => sentence,
        }
    }
}

/// The plugins of a worker, as far as validation asks for them.
pub trait Catalog {
    /// The class that a full name or an alias stands for, in the version asked for (`None`: the latest).
    /// `Ok(None)` if there is no such class.
    ///
    /// # Errors
    /// None of its versions fits, or what was asked for is no version (whatever the name).
    fn find(&self, kind: ClassKind, name: &str, version: Option<&str>)
    -> Result<Option<Found>, VersionError>;

    /// Full names of all classes of a kind, sorted.
    fn classes(&self, kind: ClassKind) -> Vec<String>;

    /// All versions of a class, the latest first.
    fn versions(&self, kind: ClassKind, class: &str) -> Vec<String>;

    /// What a class accepts.
    ///
    /// # Errors
    /// Why it cannot say.
    fn config_def(&self, kind: ClassKind, found: &Found) -> Result<ConfigDef, String>;
}

/// A configuration to validate, and the connector it is for.
pub struct Request<'a> {
    /// The worker: its converters are the defaults, its policy decides about overrides.
    pub worker: &'a WorkerConfig,
    /// The worker's plugins.
    pub catalog: &'a dyn Catalog,
    /// Source or sink.
    pub kind: ConnectorKind,
    /// The connector's class.
    pub connector: &'a Found,
    /// What it accepts.
    pub def: &'a ConfigDef,
    /// What else it has to say of the resolved configuration: complaints by key, on top of those that
    /// follow from `def`.
    pub complaints: Vec<ConfigValueInfo>,
    /// The configuration with its references resolved.
    pub config: &'a ConfigMap,
    /// The configuration as it was written.
    pub written: &'a ConfigMap,
    /// Keys that were `null`.
    pub nulls: &'a [String],
}

impl<'a> Request<'a> {
    fn given(&self, key: &str) -> Given<'a> {
        if self.nulls.iter().any(|null| null == key) { Given::Null } else { Given::of(self.config, key) }
    }

    /// Whether the value of a key came, in whole or in part, out of a config provider.
    fn is_resolved(&self, key: &str) -> bool {
        self.written.get(key).is_some_and(|written| self.config.get(key) != Some(written))
    }

    fn class_kind(&self) -> ClassKind {
        match self.kind {
            ConnectorKind::Source => ClassKind::Source,
            ConnectorKind::Sink => ClassKind::Sink,
        }
    }
}

/// Validates. Nothing is started and nothing is asked but the catalog.
///
/// # Errors
/// An overridden client setting is not of its type: Connect says only that, with status 500.
pub fn validate(request: &Request<'_>) -> ConfigResult<ConfigInfos> {
    let mut parts = Parts::default();
    framework(request, &mut parts);
    chain::transforms(request, &mut parts);
    chain::predicates(request, &mut parts);
    if request.kind == ConnectorKind::Sink {
        for (key, error) in topic_errors(request.config) {
            complain(&mut parts, key, error);
        }
    }
    for null in request.nulls {
        complain(&mut parts, null, "Null value can not be supplied as the configuration value.".to_owned());
    }
    connector(request, &mut parts);
    parts.unknown_first();
    clients::overrides(request, &mut parts)?;
    converters::all(request, &mut parts);
    hide_references(request, &mut parts);
    let name = request.written.get("connector.class").unwrap_or_default();
    Ok(parts.finish(name))
}

/// The answer where the version asked for is not there: the framework's keys only, and the complaint.
/// `request.connector` is the latest version.
pub fn validate_without_connector(request: &Request<'_>, error: &str) -> ConfigInfos {
    let mut parts = Parts::default();
    for key in defs::common().keys() {
        let default = (key.name == "connector.plugin.version").then(|| request.connector.version.clone());
        let key = default.map_or_else(|| key.clone(), |default| with_default(key, default));
        let (value, errors) = evaluate(&key, &key.name, request.given(&key.name));
        let mut info = shown(&key.name, &value, errors);
        // Connect looks for the converters with the class loader of a connector that is not there.
        info.visible = !converters::is_version(&key.name);
        parts.push(Some(ConfigKeyInfo::from(&key)), info);
    }
    complain(&mut parts, "connector.class", error.to_owned());
    complain(&mut parts, "connector.plugin.version", error.to_owned());
    if let Some(info) = parts.find("connector.plugin.version") {
        info.value.recommended_values =
            request.catalog.versions(request.class_kind(), &request.connector.class);
    }
    hide_references(request, &mut parts);
    parts.finish(request.written.get("connector.class").unwrap_or_default())
}

fn shown(name: &str, value: &ConfigValue, errors: Vec<String>) -> ConfigValueInfo {
    ConfigValueInfo {
        name: name.to_owned(),
        value: value.to_text(),
        recommended_values: Vec::new(),
        errors,
        visible: true,
    }
}

/// Adds a complaint to a key, which need not be known.
fn complain(parts: &mut Parts, name: &str, error: String) {
    match parts.find(name) {
        Some(info) => info.value.errors.push(error),
        None => parts.push(None, shown(name, &ConfigValue::Null, vec![error])),
    }
}

/// The framework's own keys. Those that name a class or a version get their defaults from the worker.
fn framework(request: &Request<'_>, parts: &mut Parts) {
    let def = match request.kind {
        ConnectorKind::Source => defs::source(),
        ConnectorKind::Sink => defs::sink(),
    };
    for key in def.keys() {
        let (definition, value) = match key.name.as_str() {
            "connector.plugin.version" => {
                let key = with_default(key, request.connector.version.clone());
                let (value, errors) = evaluate(&key, &key.name, request.given(&key.name));
                let mut value = shown(&key.name, &value, errors);
                value.recommended_values =
                    request.catalog.versions(request.class_kind(), &request.connector.class);
                (ConfigKeyInfo::from(&key), value)
            }
            name if converters::is_class(name) => converters::class(request, key),
            name if converters::is_version(name) => converters::version(request, key),
            name => {
                let (value, errors) = evaluate(key, name, request.given(name));
                (ConfigKeyInfo::from(key), shown(name, &value, errors))
            }
        };
        parts.push(Some(definition), value);
    }
}

fn with_default(key: &ConfigKey, default: Option<String>) -> ConfigKey {
    let default = default.map_or(DefaultValue::Null, DefaultValue::Text);
    ConfigKey { default, ..key.clone() }
}

/// The connector's own keys, and its complaints. A key of the framework that it defines too is its own.
fn connector(request: &Request<'_>, parts: &mut Parts) {
    for key in request.def.keys() {
        let (value, errors) = evaluate(key, &key.name, request.given(&key.name));
        let value = shown(&key.name, &value, errors);
        match parts.find(&key.name) {
            Some(info) => {
                let nulls = std::mem::take(&mut info.value.errors);
                let was_unknown = info.definition.is_none();
                info.definition = Some(key.into());
                info.value = value;
                if was_unknown {
                    info.value.errors.extend(nulls);
                }
            }
            None => parts.push(Some(key.into()), value),
        }
    }
    for complaint in &request.complaints {
        match parts.find(&complaint.name) {
            Some(info) => {
                for error in &complaint.errors {
                    if !info.value.errors.contains(error) {
                        info.value.errors.push(error.clone());
                    }
                }
                if !complaint.recommended_values.is_empty() {
                    info.value.recommended_values.clone_from(&complaint.recommended_values);
                }
                info.value.visible = complaint.visible;
            }
            None if !complaint.errors.is_empty() => parts.push(None, complaint.clone()),
            None => {}
        }
    }
}

/// What came out of a config provider is not shown, and nothing that quotes it.
fn hide_references(request: &Request<'_>, parts: &mut Parts) {
    for (key, written) in request.written.iter().filter(|(key, _)| request.is_resolved(key)) {
        for info in parts.all(key) {
            info.value.value = Some(written.to_owned());
            info.value.recommended_values.clear();
            if !info.value.errors.is_empty() {
                info.value.errors = vec![hidden_complaint(key)];
            }
        }
    }
}

/// What is said of a value that is wrong and must not be quoted (the text of Connect after 4.3.1).
fn hidden_complaint(key: &str) -> String {
    format!(
        "Invalid value for configuration '{key}': the value resolved from the config provider reference failed validation"
    )
}

/// Why a CLASS key and its version lead to no class.
enum Unfound {
    /// There is no class of this name: the complaint.
    Class(String),
    /// Not in this version; the latest there is.
    Version(VersionError, Found),
}

/// The class that a CLASS key names.
fn resolve(
    request: &Request<'_>,
    kind: ClassKind,
    key: &str,
    name: &str,
    version: Option<&str>,
) -> Result<Found, Unfound> {
    let error = match request.catalog.find(kind, name, version) {
        Ok(Some(found)) => return Ok(found),
        Ok(None) => None,
        Err(error) => Some(error),
    };
    match (error, request.catalog.find(kind, name, None)) {
        (Some(error), Ok(Some(latest))) => Err(Unfound::Version(error, latest)),
        _ => Err(Unfound::Class(no_such_class(request, kind, key, name))),
    }
}

fn no_such_class(request: &Request<'_>, kind: ClassKind, key: &str, name: &str) -> String {
    let nested = format!("{name}$");
    let children: Vec<String> =
        request.catalog.classes(kind).into_iter().filter(|class| class.starts_with(&nested)).collect();
    if children.is_empty() {
        format!("Invalid value {name} for configuration {key}: Class {name} could not be found.")
    } else {
        format!("This class is abstract and cannot be created. Did you mean {}?", children.join(", "))
    }
}

/// A key's place after being embedded under a prefix (mirrors `ConfigDef.embed`).
fn embedded(key: &ConfigKey, prefix: &str, group: &str, order: i32) -> ConfigKey {
    ConfigKey {
        name: format!("{prefix}{}", key.name),
        group: Some(key.group.as_ref().map_or_else(|| group.to_owned(), |own| format!("{group}: {own}"))),
        order,
        dependents: key.dependents.iter().map(|name| format!("{prefix}{name}")).collect(),
        ..key.clone()
    }
}

/// Kafka's order for display (mirrors `ConfigDef.sortedConfigs`): groups as they come, keys without one
/// first; then order, required before optional, importance, name.
fn sorted(def: &ConfigDef) -> Vec<&ConfigKey> {
    let groups = def.groups();
    let place = |key: &ConfigKey| {
        key.group
            .as_deref()
            .map_or(0, |group| 1 + groups.iter().position(|known| *known == group).unwrap_or(0))
    };
    let mut keys: Vec<&ConfigKey> = def.keys().iter().collect();
    keys.sort_by(|a, b| {
        let rank =
            |key: &ConfigKey| (place(key), key.order, key.default != DefaultValue::Required, key.importance);
        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });
    keys
}

/// A BOOLEAN or STRING key of the framework inside a transform.
fn implicit(name: &str, kind: ConfigType, default: DefaultValue, doc: &str) -> ConfigKey {
    let key = ConfigKey::new(name, kind, ferry_plugin_abi::config::Importance::Medium, doc);
    ConfigKey { default, ..key }
}

#[cfg(test)]
mod tests;
