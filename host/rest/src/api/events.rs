//! `/events`: changes of states as they happen. Connect has no such thing.

use ferry_runtime::herder::{HerderError, StatusWatch};

use super::Call;
use crate::answer::Reply;
use crate::sse::{self, Feed};

impl Feed for StatusWatch {
    const EVENT: &'static str = "status";
    async fn next(&mut self) -> Option<String> {
        let event = StatusWatch::next(self).await?;
        // It has no keys that are not strings, and nothing else can fail.
        serde_json::to_string(&*event).ok()
    }
}

pub(crate) async fn watch(call: Call) -> Result<Reply, HerderError> {
    Ok(sse::reply(call.herder.watch(call.all("connector").next())))
}
