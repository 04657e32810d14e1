//! `/admin/loggers` (`LoggingResource`).

use axum::http::StatusCode;
use ferry_log::Level;
use ferry_runtime::herder::HerderError;

use super::Call;
use crate::answer::{self, Reply};
use crate::body;

pub(crate) async fn list(call: Call) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &call.herder.logger_levels()))
}

pub(crate) async fn get(call: Call) -> Result<Reply, HerderError> {
    let name = call.part("logger");
    let found = call.herder.logger_level(name);
    let found = found.ok_or_else(|| HerderError::not_found(format!("Logger {name} not found.")))?;
    Ok(answer::json(StatusCode::OK, &found))
}

pub(crate) async fn set(call: Call) -> Result<Reply, HerderError> {
    let wanted =
        body::config(&call.body)?.ok_or_else(|| body::null("java.util.Map.get(Object)", "levelMap"))?;
    let level = level(wanted.config.get("level"))?;
    let name = call.part("logger");
    let scope = call.all("scope").next().unwrap_or("worker");
    if scope.eq_ignore_ascii_case("cluster") {
        return call.done(call.herder.set_cluster_logger_level(name, level)).await;
    }
    if !scope.eq_ignore_ascii_case("worker") {
        tracing::warn!(scope, "unknown scope in a request to adjust the level of a logger, taken for worker");
    }
    let changed = call.herder.set_worker_logger_level(name, level);
    tracing::info!(logger = name, level = level.name(), loggers = changed.len(), "level of loggers set");
    Ok(answer::json(StatusCode::OK, &changed))
}

fn level(name: Option<&str>) -> Result<Level, HerderError> {
    let missing = || HerderError::bad_request("Desired 'level' parameter was not specified in request.");
    let name = name.ok_or_else(missing)?;
    if name.is_empty() {
        // Said by log4j.
        return Err(HerderError::internal("Illegal null or empty Level name."));
    }
    Level::of(name).ok_or_else(|| HerderError::not_found(format!("invalid log level '{name}'.")))
}
