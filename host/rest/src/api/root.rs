//! `/` and `/health` (`RootResource`), and `/metrics`.

use axum::http::StatusCode;
use ferry_runtime::herder::HerderError;
use ferry_runtime::metrics::text::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Call, HEALTH_TIMEOUT};
use crate::answer::{self, ErrorBody, Reply};

/// How the worker is (`WorkerStatus`).
#[derive(Serialize, JsonSchema)]
pub(crate) struct WorkerStatus {
    /// `healthy`, `starting` or `unhealthy`.
    status: &'static str,
    /// The same as a sentence, with what the worker is busy with.
    message: String,
}

/// A worker that is not well, or could not even find that out.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) enum Unhealthy {
    Worker(WorkerStatus),
    Check(ErrorBody<'static>),
}

fn reply(code: StatusCode, status: &'static str, message: &str, stage: Option<String>) -> Reply {
    let message = match stage {
        Some(stage) => format!("{message} {stage}"),
        None => message.to_owned(),
    };
    answer::json(code, &WorkerStatus { status, message })
}

/// A worker that still starts; `stage` is what it does.
pub(crate) fn starting(stage: Option<String>) -> Reply {
    reply(StatusCode::SERVICE_UNAVAILABLE, "starting", "Worker is still starting up.", stage)
}

pub(crate) async fn info(call: Call) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &call.herder.server_info()))
}

pub(crate) async fn health(call: Call) -> Result<Reply, HerderError> {
    if !call.herder.ready() {
        return Ok(starting(call.herder.stage()));
    }
    match tokio::time::timeout(HEALTH_TIMEOUT, call.herder.health()).await {
        Ok(done) => done.map(|()| {
            let message = "Worker has completed startup and is ready to handle requests.";
            reply(StatusCode::OK, "healthy", message, None)
        }),
        Err(_) => Ok(reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unhealthy",
            "Worker was unable to handle this request and may be unable to handle other requests.",
            call.herder.stage(),
        )),
    }
}

pub(crate) async fn metrics(call: Call) -> Result<Reply, HerderError> {
    let text = call.wait(call.herder.metrics()).await?;
    Ok(answer::typed(StatusCode::OK, CONTENT_TYPE, text.into_bytes()))
}
