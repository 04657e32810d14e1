//! Shows the worker's plugins and what they accept.

use std::sync::Arc;

use ferry_config::connector::defs;
use ferry_plugin_abi::api::{ClassKind, PluginClass};
use ferry_plugin_abi::config::{ConfigDef, ConfigKeyInfo};
use ferry_plugins::ResolveError;

use super::{HerderError, PluginInfo, Result};
use crate::environment::Environment;

/// All plugins that REST lists, or the connectors among them.
pub(super) fn list(env: &Environment, connectors_only: bool) -> Vec<PluginInfo> {
    let row = |info: ferry_plugins::PluginInfo| PluginInfo {
        class: info.class,
        kind: info.kind.name().to_owned(),
        version: Some(info.version),
    };
    env.registry.list(connectors_only).into_iter().map(row).collect()
}

/// What a plugin accepts, and what the framework accepts beside it.
pub(super) fn config(env: &Environment, plugin: &str, version: Option<&str>) -> Result<Vec<ConfigKeyInfo>> {
    let class = find(env, plugin, version)?;
    let framework = match class.kind() {
        ClassKind::Source => defs::source(),
        ClassKind::Sink => defs::sink(),
        ClassKind::ConfigProvider => {
            return Err(HerderError::bad_request(format!(
                "Invalid plugin class {plugin}. Valid types are sink, source, converter, header_converter, transformation, predicate."
            )));
        }
        _ => ConfigDef::new(),
    };
    let own = class.config.keys().iter();
    let added = framework.keys().iter().filter(|key| class.config.key(&key.name).is_none());
    let mut infos: Vec<ConfigKeyInfo> = own.chain(added).map(ConfigKeyInfo::from).collect();
    if let Some(info) = infos.iter_mut().find(|info| info.name == "connector.plugin.version") {
        info.default_value = Some(class.version.clone());
    }
    Ok(infos)
}

fn find(env: &Environment, plugin: &str, version: Option<&str>) -> Result<Arc<PluginClass>> {
    env.registry.resolve_any(plugin, version).map_err(|error| match error {
        ResolveError::Version { .. } | ResolveError::InvalidVersion(_) => {
            HerderError::bad_request(error.to_string())
        }
        ResolveError::Refused(refusal) => HerderError::internal(refusal.to_string()),
        _ => HerderError::not_found(format!("Unknown plugin {plugin}.")),
    })
}
