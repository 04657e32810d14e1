//! Whether a source can do what `exactly.once.support` and `transaction.boundary` ask of it
//! (`DistributedHerder.validateSourceConnectorConfig`).

use ferry_plugin_abi::api::{ExactlyOnceSupport, PluginClass, TransactionBoundarySupport};
use ferry_plugin_abi::config::{ConfigMap, ConfigValueInfo};
use ferry_plugin_abi::{Error, Result};

use super::instance::{guarded, make};
use crate::environment::Environment;
use crate::exactly_once::NOT_ENABLED;

const SUPPORT: &str = "exactly.once.support";
const BOUNDARY: &str = "transaction.boundary";

/// What is wrong, by key. May run code of the connector.
pub(super) fn complaints(env: &Environment, class: &PluginClass, config: &ConfigMap) -> Vec<ConfigValueInfo> {
    let is = |key: &str, value: &str| config.get(key).is_some_and(|v| v.trim().eq_ignore_ascii_case(value));
    let mut found = Vec::new();
    if is(SUPPORT, "required") {
        let enabled = env.worker.exactly_once.is_some();
        let errors = (!enabled).then(|| NOT_ENABLED.to_owned());
        found.push(complaint(SUPPORT, "required", errors.into_iter().chain(unsupported(class, config))));
    }
    if is(BOUNDARY, "connector") {
        found.push(complaint(BOUNDARY, "connector", undefined(class, config).into_iter()));
    }
    found
}

fn complaint(key: &str, value: &str, errors: impl Iterator<Item = String>) -> ConfigValueInfo {
    ConfigValueInfo {
        name: key.to_owned(),
        value: Some(value.to_owned()),
        recommended_values: Vec::new(),
        errors: errors.collect(),
        visible: true,
    }
}

/// Why the connector does not promise exactly-once.
fn unsupported(class: &PluginClass, config: &ConfigMap) -> Option<String> {
    match guarded(|| make(class)?.exactly_once_support(config)) {
        Ok(Some(ExactlyOnceSupport::Supported)) => None,
        Ok(Some(ExactlyOnceSupport::Unsupported)) => Some(
            "The connector does not support exactly-once semantics with the provided configuration.".to_owned(),
        ),
        Ok(None) => Some(
            "The connector does not implement the API required for preflight validation of exactly-once source \
             support. Please consult the documentation for the connector to determine whether it supports \
             exactly-once semantics, and then consider reconfiguring the connector to use the value \"requested\" \
             for this property (which will disable this preflight check and allow the connector to be created)."
                .to_owned(),
        ),
        Err(error) => Some(unexpected(&error)),
    }
}

/// Why the connector cannot say where transactions end.
fn undefined(class: &PluginClass, config: &ConfigMap) -> Option<String> {
    let support: Result<_> = guarded(|| make(class)?.transaction_boundary_support(config));
    match support {
        Ok(TransactionBoundarySupport::Supported) => None,
        Ok(TransactionBoundarySupport::Unsupported) => Some(
            "The connector does not support connector-defined transaction boundaries with the given \
             configuration. Please reconfigure it to use a different transaction boundary definition."
                .to_owned(),
        ),
        Err(error) => Some(unexpected(&error)),
    }
}

fn unexpected(error: &Error) -> String {
    tracing::error!(error = error.trace(), "failed while validating what the connector supports");
    match error.message().trim() {
        "" => "An unexpected error occurred during validation; please see the worker logs for more details."
            .to_owned(),
        message => format!("An unexpected error occurred during validation: {message}"),
    }
}
