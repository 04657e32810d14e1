//! The standalone herder with made-up plugins and tasks.

mod fakes;
mod life;
mod offsets;
mod restarts;
mod trouble;

use serde::Serialize;

use super::{Herder, Result, StandaloneHerder};

/// What REST would answer.
fn shown<T: Serialize>(result: Result<T>) -> String {
    match result {
        Ok(value) => serde_json::to_string(&value).unwrap(),
        Err(error) => format!("{} {}", error.status, error.message),
    }
}

fn status(herder: &StandaloneHerder, name: &str) -> String {
    shown(herder.status(name))
}

/// Waits until a connector has done all it was told before: it answers in order.
async fn settle(herder: &StandaloneHerder, name: &str) {
    let _ = herder.restart_task(name, 4711).await;
}
