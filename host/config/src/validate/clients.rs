//! Validation of client settings that a connector overrides (`producer.override.` and so on; mirrors
//! `AbstractHerder.validateClientOverrides`).

use ferry_plugin_abi::config::{ConfigKeyInfo, ConfigValue};

use super::{Parts, Request, shown};
use crate::clients::{self, ClientKind};
use crate::error::{ConfigError, Result};
use crate::evaluate::Given;
use crate::{java_order, secret};

/// Adds an entry for each override. A value that is not of its setting's type ends the whole validation, as
/// it does in Connect.
pub(super) fn overrides(request: &Request<'_>, parts: &mut Parts) -> Result<()> {
    clients::used_by(request.kind, request.config)
        .into_iter()
        .try_for_each(|client| one(request, client, parts))
}

fn one(request: &Request<'_>, client: ClientKind, parts: &mut Parts) -> Result<()> {
    let prefix = client.override_prefix();
    // Out of the map of all settings into one without the prefix: both are Java's HashMap.
    let mut keys: Vec<&str> = request.config.iter().map(|(key, _)| key).collect();
    keys.extend(request.nulls.iter().map(String::as_str));
    java_order::sort_by_key(&mut keys, |key| key);
    let mut settings: Vec<&str> = keys.into_iter().filter_map(|key| key.strip_prefix(prefix)).collect();
    java_order::sort_by_key(&mut settings, |setting| setting);
    for setting in settings {
        let name = format!("{prefix}{setting}");
        let key = clients::def(client).key(setting);
        let value = match (request.given(&name), key) {
            (Given::Null | Given::Absent, _) => ConfigValue::Null,
            (Given::Text(text), None) => ConfigValue::String(secret::shown(setting, text).to_owned()),
            (Given::Text(text), Some(key)) => {
                key.parse(text).map_err(|sentence| unreadable(request, &name, sentence))?
            }
        };
        let definition = key.map(|key| ConfigKeyInfo { name: name.clone(), ..ConfigKeyInfo::from(key) });
        let complaint = request.worker.override_policy.complaint(setting);
        parts.push(definition, shown(&name, &value, complaint.into_iter().collect()));
    }
    Ok(())
}

/// The complaint about a value of the wrong type; without the value if a config provider gave it.
fn unreadable(request: &Request<'_>, name: &str, sentence: String) -> ConfigError {
    ConfigError::message(if request.is_resolved(name) { super::hidden_complaint(name) } else { sentence })
}
