//! `/connector-plugins` (`ConnectorPluginsResource`).

use std::time::Duration;

use axum::http::StatusCode;
use ferry_config::json::JsonConfig;
use ferry_runtime::herder::HerderError;

use super::Call;
use crate::answer::{self, Reply};
use crate::body;

pub(crate) async fn list(call: Call) -> Result<Reply, HerderError> {
    let plugins = call.wait(call.herder.plugins(call.flag("connectorsOnly", true))).await?;
    Ok(answer::json(StatusCode::OK, &plugins))
}

pub(crate) async fn config(call: Call) -> Result<Reply, HerderError> {
    let version = call.all("version").next();
    Ok(answer::json(
        StatusCode::OK,
        &call.wait(call.herder.plugin_config(call.part("plugin"), version)).await?,
    ))
}

pub(crate) async fn validate(call: Call) -> Result<Reply, HerderError> {
    let config = body::config(&call.body)?
        .ok_or_else(|| body::null("java.util.Map.get(Object)", "connectorConfig"))?;
    check_type(call.part("plugin"), &config)?;
    let infos = call.wait(call.herder.validate(config)).await.map_err(wrapped)?;
    Ok(answer::json(StatusCode::OK, &infos))
}

pub(crate) async fn dry_run(call: Call) -> Result<Reply, HerderError> {
    let config = body::config(&call.body)?
        .ok_or_else(|| body::null("java.util.Map.get(Object)", "connectorConfig"))?;
    check_type(call.part("plugin"), &config)?;
    let limit = match call.all("timeout").next() {
        None => DRY_RUN,
        Some(text) => text.parse().ok().filter(|millis| (1..=LONGEST_DRY_RUN).contains(millis)).ok_or_else(|| {
            HerderError::bad_request(format!(
                "Invalid value {text} for timeout: it says how many milliseconds a dry run may take, from 1 to {LONGEST_DRY_RUN}"
            ))
        })?,
    };
    let tried = call.herder.dry_run(config, Duration::from_millis(limit)).await.map_err(wrapped)?;
    Ok(answer::json(StatusCode::OK, &tried))
}

/// Milliseconds that a dry run may take where nobody says how long.
const DRY_RUN: u64 = 30_000;
/// The most that may be said.
const LONGEST_DRY_RUN: u64 = 90_000;

/// Connect does not unwrap what the validation throws.
fn wrapped(error: HerderError) -> HerderError {
    match error.exception {
        Some(class) => HerderError::internal(format!("{class}: {}", error.message)),
        None => error,
    }
}

/// The class in the body must be the one in the path, or end like it.
fn check_type(plugin: &str, config: &JsonConfig) -> Result<(), HerderError> {
    let short = |class: &str| class.strip_suffix("Connector").unwrap_or(class).to_owned();
    match config.config.get("connector.class") {
        Some(class) if !short(class).ends_with(&short(plugin)) => Err(HerderError::bad_request(format!(
            "Included connector type {class} does not match request type {plugin}"
        ))),
        _ => Ok(()),
    }
}
