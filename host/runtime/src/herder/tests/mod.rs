//! The standalone herder with made-up plugins and tasks.

mod fakes;
mod life;
mod offsets;
mod restarts;
mod trouble;

use std::time::Duration;

use serde::Serialize;

use super::{Herder, Result, StandaloneHerder, State};

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

/// Waits until a connector has done all it was told before: it answers in order, but starts beside that.
async fn settle(herder: &StandaloneHerder, name: &str) {
    let _ = herder.restart_task(name, 4711).await;
    let starts = || herder.status(name).is_ok_and(|status| status.connector.state == State::Restarting);
    let started = async {
        while starts() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), started).await.expect("the connector starts");
}
