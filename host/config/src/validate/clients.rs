//! Validation of client settings that a connector overrides (`producer.override.` and so on).

use ferry_plugin_abi::config::ConfigValue;

use super::{Parts, Request, forbids, shown};
use crate::connector::ConnectorKind;
use crate::secret;

pub(super) fn overrides(request: &Request<'_>, parts: &mut Parts) {
    let queue =
        request.config.get("errors.deadletterqueue.topic.name").is_some_and(|name| !name.trim().is_empty());
    let (producer, consumer, admin) = match request.kind {
        ConnectorKind::Source => {
            (true, false, request.config.iter().any(|(key, _)| key.starts_with("topic.creation.")))
        }
        ConnectorKind::Sink => (queue, true, queue),
    };
    for (used, prefix) in
        [(producer, "producer.override."), (admin, "admin.override."), (consumer, "consumer.override.")]
    {
        if used {
            one(request, prefix, parts);
        }
    }
}

fn one(request: &Request<'_>, prefix: &str, parts: &mut Parts) {
    for (setting, value) in request.config.with_prefix(prefix).iter() {
        let error = forbids(&request.worker.override_policy, setting).map(|policy| {
            format!("The '{policy}' policy does not allow '{setting}' to be overridden in the connector configuration.")
        });
        let value = ConfigValue::String(secret::shown(setting, value.trim()).to_owned());
        let info = shown(&format!("{prefix}{setting}"), &value, error.into_iter().collect());
        parts.push(None, info);
    }
}
