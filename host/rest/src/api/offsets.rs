//! `/connectors/{c}/offsets` (KIP-875).

use axum::http::StatusCode;
use ferry_runtime::herder::HerderError;

use super::Call;
use crate::answer::{self, Reply};
use crate::body;

pub(crate) async fn get(call: Call) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &call.wait(call.herder.offsets(call.connector())).await?))
}

pub(crate) async fn alter(call: Call) -> Result<Reply, HerderError> {
    let offsets = body::offsets(&call.body)?;
    if offsets.offsets.is_empty() {
        return Err(HerderError::bad_request(
            "Partitions / offsets need to be provided for an alter offsets request",
        ));
    }
    let message = call.wait(call.herder.alter_offsets(call.connector(), offsets)).await?;
    Ok(answer::json(StatusCode::OK, &message))
}

pub(crate) async fn reset(call: Call) -> Result<Reply, HerderError> {
    let message = call.wait(call.herder.reset_offsets(call.connector())).await?;
    Ok(answer::json(StatusCode::OK, &message))
}
