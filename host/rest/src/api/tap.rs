//! `/connectors/{connector}/tap`: samples of records on their way. Connect has no such thing.

use std::str::FromStr;

use ferry_runtime::herder::{HerderError, TapRequest, TapStream};

use super::Call;
use crate::answer::Reply;
use crate::sse::{self, Feed};

impl Feed for TapStream {
    const EVENT: &'static str = "record";
    async fn next(&mut self) -> Option<String> {
        Some(TapStream::next(self).await?.as_ref().to_owned())
    }
}

pub(crate) async fn tap(call: Call) -> Result<Reply, HerderError> {
    let request = TapRequest {
        stage: call.all("stage").next().map(str::to_owned),
        task: number(&call, "task", "the number of a task, from 0")?,
        rate: number(&call, "rate", "how many samples a second are wanted, from 1 to 100")?,
        limit: number(&call, "limit", "after how many samples it shall end")?,
    };
    Ok(sse::reply(call.herder.tap(call.connector(), request)?))
}

fn number<T: FromStr>(call: &Call, name: &str, about: &str) -> Result<Option<T>, HerderError> {
    let Some(text) = call.all(name).next() else { return Ok(None) };
    let wrong = |_| HerderError::bad_request(format!("Invalid value {text} for {name}: it says {about}"));
    text.parse().map(Some).map_err(wrong)
}
