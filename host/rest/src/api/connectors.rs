//! `/connectors` (`ConnectorsResource`).

use std::collections::BTreeMap;

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use ferry_config::json::JsonConfig;
use ferry_runtime::herder::{
    self, ActiveTopics, ConnectorInfo, ConnectorStateInfo, Created, HerderError, Topics,
};
use serde::Serialize;

use super::{Call, done};
use crate::answer::{self, Reply};
use crate::{body, path};

/// What `expand` adds to a name.
#[derive(Default, Serialize)]
struct Expanded {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ConnectorStateInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<ConnectorInfo>,
}

pub(super) fn list(call: &Call<'_>) -> Reply {
    let names = call.herder.connectors();
    if call.all("expand").next().is_none() {
        return answer::json(StatusCode::OK, &names);
    }
    let wants = |what: &str| call.all("expand").any(|expand| expand == what);
    let expand = |name: &String| {
        let mut expanded = Expanded::default();
        // A connector that is deleted meanwhile is left out.
        if wants("status") {
            expanded.status = Some(call.herder.status(name).ok()?);
        }
        if wants("info") {
            expanded.info = Some(call.herder.snapshot(name)?);
        }
        Some((name.clone(), expanded))
    };
    let expanded: BTreeMap<String, Expanded> = names.iter().filter_map(expand).collect();
    answer::json(StatusCode::OK, &expanded)
}

/// Puts the name into the configuration, or finds that another one is there.
fn name_config(name: &str, config: &mut JsonConfig) -> Result<(), HerderError> {
    match config.config.get("name") {
        Some(other) if other != name => Err(HerderError::bad_request(format!(
            "Connector name configuration ({other}) doesn't match connector name in the URL ({name})"
        ))),
        Some(_) => Ok(()),
        None => {
            config.nulls.retain(|null| null != "name");
            config.config.insert("name", name);
            Ok(())
        }
    }
}

fn created(call: &Call<'_>, name: &str, created: &Created) -> Reply {
    if !created.created {
        return answer::json(StatusCode::OK, &created.info);
    }
    let mut reply = answer::json(StatusCode::CREATED, &created.info);
    let location = format!("{}/connectors/{}", call.base, path::encode(name));
    if let Ok(location) = HeaderValue::from_str(&location) {
        reply.headers_mut().insert(LOCATION, location);
    }
    reply
}

pub(super) async fn create(call: &Call<'_>) -> Result<Reply, HerderError> {
    let request = body::create(&call.body)?;
    let name = request.name.unwrap_or_default();
    // `String.trim` takes away all up to the blank.
    let name = name.trim_matches(|c| c <= ' ');
    let mut config = request.config.ok_or_else(no_config)?;
    name_config(name, &mut config)?;
    let made = call.herder.put_config(name, config, request.initial_state, false);
    Ok(created(call, name, &call.wait(made).await?))
}

fn no_config() -> HerderError {
    body::null("java.util.Map.get(Object)", "connectorConfig")
}

pub(super) async fn get(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &call.wait(call.herder.connector(name)).await?))
}

pub(super) async fn config(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    let config = call.wait(call.herder.config(name)).await?;
    Ok(answer::json(StatusCode::OK, &herder::AsObject(&config)))
}

pub(super) async fn put_config(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    let mut config = body::config(&call.body)?.ok_or_else(no_config)?;
    name_config(name, &mut config)?;
    let made = call.herder.put_config(name, config, None, true);
    Ok(created(call, name, &call.wait(made).await?))
}

pub(super) async fn patch_config(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    let Some(patch) = body::config(&call.body)? else {
        call.wait(call.herder.config(name)).await?;
        return Err(body::null("java.util.Map.forEach(java.util.function.BiConsumer)", "patch"));
    };
    let made = call.wait(call.herder.patch_config(name, patch)).await?;
    Ok(answer::json(StatusCode::OK, &made.info))
}

pub(super) async fn delete(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    done(call, call.herder.delete(name)).await
}

pub(super) async fn tasks(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &call.wait(call.herder.tasks(name)).await?))
}

pub(super) async fn put_tasks(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    let configs = body::task_configs(&call.body)?;
    done(call, call.herder.put_task_configs(name, configs)).await
}

pub(super) async fn restart_task(call: &Call<'_>, name: &str, task: i32) -> Result<Reply, HerderError> {
    done(call, call.herder.restart_task(name, task)).await
}

pub(super) async fn restart(call: &Call<'_>, name: &str) -> Result<Reply, HerderError> {
    let (tasks, failed) = (call.flag("includeTasks", false), call.flag("onlyFailed", false));
    if !tasks && !failed {
        return done(call, call.herder.restart(name)).await;
    }
    let state = call.wait(call.herder.restart_all(name, tasks, failed)).await?;
    Ok(answer::json(StatusCode::ACCEPTED, &state))
}

pub(super) fn topics(call: &Call<'_>, name: String) -> Result<Reply, HerderError> {
    let topics = Topics { topics: call.herder.topics(&name)? };
    Ok(answer::json(StatusCode::OK, &ActiveTopics::from([(name, topics)])))
}
