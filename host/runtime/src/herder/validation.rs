//! Validates what a user wants a connector to be (`AbstractHerder.validateConnectorConfig`).

use std::sync::Arc;

use ferry_config::ConnectorKind;
use ferry_config::json::JsonConfig;
use ferry_config::providers::substitute;
use ferry_config::suggest::nearest_classes;
use ferry_config::validate::{
    Catalog, ConfigInfos, Found, Request, VersionError, validate_without_connector,
};
use ferry_plugin_abi::api::{ClassKind, PluginClass};
use ferry_plugin_abi::config::{ConfigDef, ConfigMap, ConfigValueInfo};
use ferry_plugins::ResolveError;

use super::exactly_once;
use super::instance::{guarded, make};
use super::{HerderError, Result, plan};
use crate::environment::Environment;

/// The configuration, if nothing is wrong with it.
pub(super) fn accept(env: &Environment, config: JsonConfig) -> Result<ConfigMap> {
    let validated = validate(env, &config);
    tell_nearest_classes(env, &config.config, validated.as_ref().ok());
    match validated?.rejection() {
        Some(message) => Err(HerderError::bad_request(message)),
        None => Ok(config.config),
    }
}

/// Logs which classes may be meant by names that lead to none. The answer has Connect's words, and no more.
fn tell_nearest_classes(env: &Environment, config: &ConfigMap, infos: Option<&ConfigInfos>) {
    let tell = |key: &str, known: &mut dyn Iterator<Item = &str>| {
        let name = config.get(key).filter(|name| !substitute::refers(name)).unwrap_or_default();
        let meant = nearest_classes(name, known);
        // Of many that are equally near none is meant.
        if let [_] | [_, _] = meant.as_slice() {
            let meant = meant.join(" or ");
            tracing::warn!(key, class = name, meant, "no class has this name; another one may be meant");
        }
    };
    let Some(infos) = infos else {
        let name = config.get("connector.class").unwrap_or_default();
        if let Err(ResolveError::NotFound { available, .. }) = env.registry.resolve_connector(name, None) {
            tell("connector.class", &mut available.iter().map(|plugin| plugin.class.as_str()));
        }
        return;
    };
    for info in infos.configs.iter().map(|info| &info.value) {
        if info.errors.iter().any(|error| error.ends_with(" could not be found.")) {
            tell(&info.name, &mut info.recommended_values.iter().map(String::as_str));
        }
    }
}

/// Everything that is wrong with a configuration (`AbstractHerder.validateConnectorConfig`). May run code of the
/// connector, and blocks for as long as that does.
///
/// # Errors
/// It cannot be validated: it names no connector, or one that is not there.
pub fn validate(env: &Environment, config: &JsonConfig) -> Result<ConfigInfos> {
    let mut infos = judge(env, config)?;
    // A connector may quote in one complaint what another key was given.
    infos.hide(env.worker.providers.secrets());
    Ok(infos)
}

fn judge(env: &Environment, config: &JsonConfig) -> Result<ConfigInfos> {
    let written = &config.config;
    let resolved = plan::resolve(env, written).map_err(|error| HerderError::config(error.message()))?.config;
    let Some(name) = resolved.get("connector.class") else {
        return Err(HerderError::bad_request(format!(
            "Connector config {} contains no connector type",
            shown(config)
        )));
    };
    let version = resolved.get("connector.plugin.version");
    let class = match env.registry.resolve_connector(name, version) {
        Ok(class) => class,
        Err(ResolveError::InvalidVersion(invalid)) => return Err(HerderError::bad_request(invalid.why)),
        Err(error @ ResolveError::Version { .. }) => {
            // The class is there, in other versions.
            let latest = env.registry.resolve_connector(name, None);
            let latest = latest.map_err(|error| HerderError::bad_request(error.to_string()))?;
            let found = found_of(&latest);
            let catalog = Plugins { env, connector: &latest };
            let request = request(env, &catalog, &latest, &found, &resolved, config, Vec::new());
            return Ok(validate_without_connector(&request, &error.to_string()));
        }
        Err(error) => return Err(HerderError::bad_request(error.to_string())),
    };
    let mut complaints = complaints(&class, &resolved)?;
    if class.kind() == ClassKind::Source {
        complaints.extend(exactly_once::complaints(env, &class, &resolved));
    }
    let found = found_of(&class);
    let catalog = Plugins { env, connector: &class };
    let request = request(env, &catalog, &class, &found, &resolved, config, complaints);
    ferry_config::validate::validate(&request).map_err(|error| HerderError::config(error.to_string()))
}

fn found_of(class: &PluginClass) -> Found {
    Found { class: class.class.clone(), version: Some(class.version.clone()) }
}

fn request<'a>(
    env: &'a Environment,
    catalog: &'a Plugins<'a>,
    class: &'a PluginClass,
    found: &'a Found,
    resolved: &'a ConfigMap,
    config: &'a JsonConfig,
    complaints: Vec<ConfigValueInfo>,
) -> Request<'a> {
    Request {
        worker: &env.worker,
        catalog,
        kind: if class.kind() == ClassKind::Sink { ConnectorKind::Sink } else { ConnectorKind::Source },
        connector: found,
        def: &class.config,
        complaints,
        config: resolved,
        written: &config.config,
        nulls: &config.nulls,
    }
}

/// What the connector itself has to say.
fn complaints(class: &PluginClass, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
    guarded(|| make(class)?.validate(config))
        .map_err(|error| HerderError::internal(error.message()).exception(error.java_class()))
}

/// A configuration as Java prints its copy of a map. Values of keys that look like secrets are not shown.
fn shown(config: &JsonConfig) -> String {
    let nulls = config.nulls.iter().map(|key| (key.as_str(), "null"));
    let texts = config.config.iter().map(|(key, value)| (key, ferry_config::secret::shown(key, value)));
    let mut entries: Vec<_> = nulls.chain(texts).collect();
    ferry_config::java_order::sort_copy_by_key(&mut entries, |(key, _)| key);
    let entries: Vec<_> = entries.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// The worker's plugins as validation sees them: for a connector, where there is one.
struct Plugins<'a> {
    env: &'a Environment,
    connector: &'a PluginClass,
}

impl Plugins<'_> {
    fn resolve(&self, kind: ClassKind, name: &str, version: Option<&str>) -> Resolution {
        self.env.registry.resolve_beside(self.connector, kind, name, version)
    }
}

type Resolution = Result<Arc<PluginClass>, ResolveError>;

impl Catalog for Plugins<'_> {
    fn find(
        &self,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<Found>, VersionError> {
        match self.resolve(kind, name, version) {
            Ok(class) => Ok(Some(found_of(&class))),
            Err(ResolveError::InvalidVersion(invalid)) => Err(VersionError::Invalid(invalid.why)),
            Err(error @ ResolveError::Version { .. }) => Err(VersionError::Missing(error.to_string())),
            Err(_) => Ok(None),
        }
    }

    fn classes(&self, kind: ClassKind) -> Vec<String> {
        let listed = self.env.registry.list(false);
        let mut names: Vec<String> =
            listed.iter().filter(|class| class.kind == kind).map(|class| class.class.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn versions(&self, kind: ClassKind, class: &str) -> Vec<String> {
        let listed = self.env.registry.list(false);
        let versions = listed.iter().filter(|known| known.kind == kind && known.class == class);
        versions.map(|known| known.version.clone()).collect()
    }

    fn config_def(&self, kind: ClassKind, found: &Found) -> Result<ConfigDef, String> {
        let class = self.resolve(kind, &found.class, found.version.as_deref());
        class.map(|class| class.config.clone()).map_err(|error| error.to_string())
    }
}
