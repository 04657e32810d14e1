//! `/connectors/{c}/offsets` (KIP-875).

use axum::http::StatusCode;
use ferry_runtime::herder::HerderError;

use super::Call;
use crate::answer::{self, Reply};
use crate::body;

pub(super) async fn answer(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    let message = match call.method {
        "PATCH" => {
            let offsets = body::offsets(&call.body)?;
            if offsets.offsets.is_empty() {
                return Err(HerderError::bad_request(
                    "Partitions / offsets need to be provided for an alter offsets request",
                ));
            }
            call.wait(call.herder.alter_offsets(name, offsets)).await?
        }
        "DELETE" => call.wait(call.herder.reset_offsets(name)).await?,
        _ => return Ok(answer::json(StatusCode::OK, &call.wait(call.herder.offsets(name)).await?)),
    };
    Ok(answer::json(StatusCode::OK, &message))
}
