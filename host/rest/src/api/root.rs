//! `/health` (`RootResource`).

use axum::http::StatusCode;
use serde::Serialize;

use super::{Call, HEALTH_TIMEOUT};
use crate::answer::{self, Reply};

/// `WorkerStatus`.
#[derive(Serialize)]
struct WorkerStatus {
    status: &'static str,
    message: String,
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

/// Whether the worker works.
pub(super) async fn health(call: &Call<'_>) -> Reply {
    if !call.herder.ready() {
        return starting(call.herder.stage());
    }
    match tokio::time::timeout(HEALTH_TIMEOUT, call.herder.health()).await {
        Ok(Ok(())) => reply(
            StatusCode::OK,
            "healthy",
            "Worker has completed startup and is ready to handle requests.",
            None,
        ),
        Ok(Err(error)) => answer::refusal(&error),
        Err(_) => reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unhealthy",
            "Worker was unable to handle this request and may be unable to handle other requests.",
            call.herder.stage(),
        ),
    }
}
