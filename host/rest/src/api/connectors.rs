//! `/connectors` (`ConnectorsResource`).

use std::collections::BTreeMap;

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use ferry_config::json::JsonConfig;
use ferry_runtime::herder::{
    self, ActiveTopics, ConnectorInfo, ConnectorStateInfo, Created, HerderError, Topics, Write, tag,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::Call;
use crate::answer::{self, Reply};
use crate::{body, etag, path};

type Result = std::result::Result<Reply, HerderError>;

/// The names of all connectors, or what was asked for of each.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Listing {
    /// Without `expand`.
    Names(Vec<String>),
    /// With it.
    Expanded(BTreeMap<String, Expanded>),
}

/// What `expand` adds to a name.
#[derive(Default, Serialize, JsonSchema)]
pub(crate) struct Expanded {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ConnectorStateInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<ConnectorInfo>,
}

pub(crate) async fn list(call: Call) -> Result {
    let names = call.herder.connectors();
    if call.all("expand").next().is_none() {
        return Ok(answer::json(StatusCode::OK, &Listing::Names(names)));
    }
    let wants = |what: &str| call.all("expand").any(|expand| expand == what);
    let expand = |name: String| {
        let mut expanded = Expanded::default();
        // A connector that is deleted meanwhile is left out.
        if wants("status") {
            expanded.status = Some(call.herder.status(&name).ok()?);
        }
        if wants("info") {
            expanded.info = Some(call.herder.snapshot(&name)?);
        }
        Some((name, expanded))
    };
    let expanded = names.into_iter().filter_map(expand).collect();
    Ok(answer::json(StatusCode::OK, &Listing::Expanded(expanded)))
}

/// Puts the name into the configuration, or finds that another one is there.
fn name_config(name: &str, config: &mut JsonConfig) -> std::result::Result<(), HerderError> {
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

fn created(call: &Call, name: &str, created: &Created) -> Reply {
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

pub(crate) async fn create(call: Call) -> Result {
    let request = body::create(&call.body)?;
    let name = request.name.unwrap_or_default();
    // `String.trim` takes away all up to the blank.
    let name = name.trim_matches(|c| c <= ' ');
    let mut config = request.config.ok_or_else(no_config)?;
    name_config(name, &mut config)?;
    let made = call.herder.put_config(name, config, Write::Create(request.initial_state));
    Ok(created(&call, name, &call.wait(made).await?))
}

fn no_config() -> HerderError {
    body::null("java.util.Map.get(Object)", "connectorConfig")
}

pub(crate) async fn get(call: Call) -> Result {
    let info = call.wait(call.herder.connector(call.connector())).await?;
    Ok(etag::unless_seen(&call.headers, &etag::connector(&info), || answer::json(StatusCode::OK, &info)))
}

pub(crate) async fn delete(call: Call) -> Result {
    call.done(call.herder.delete(call.connector(), etag::condition(&call.headers))).await
}

pub(crate) async fn config(call: Call) -> Result {
    let config = call.wait(call.herder.config(call.connector())).await?;
    let reply = || answer::json(StatusCode::OK, &herder::AsObject(&config));
    Ok(etag::unless_seen(&call.headers, &tag(&config), reply))
}

pub(crate) async fn put_config(call: Call) -> Result {
    let name = call.connector();
    let mut config = body::config(&call.body)?.ok_or_else(no_config)?;
    name_config(name, &mut config)?;
    let write = Write::Put(etag::condition(&call.headers));
    let made = call.wait(call.herder.put_config(name, config, write)).await?;
    Ok(etag::tagged(created(&call, name, &made), &tag(&made.info.config)))
}

pub(crate) async fn patch_config(call: Call) -> Result {
    let name = call.connector();
    let Some(patch) = body::config(&call.body)? else {
        call.wait(call.herder.config(name)).await?;
        return Err(body::null("java.util.Map.forEach(java.util.function.BiConsumer)", "patch"));
    };
    let condition = etag::condition(&call.headers);
    let made = call.wait(call.herder.patch_config(name, patch, condition)).await?;
    Ok(etag::tagged(answer::json(StatusCode::OK, &made.info), &tag(&made.info.config)))
}

pub(crate) async fn status(call: Call) -> Result {
    Ok(answer::json(StatusCode::OK, &call.herder.status(call.connector())?))
}

pub(crate) async fn tasks(call: Call) -> Result {
    Ok(answer::json(StatusCode::OK, &call.wait(call.herder.tasks(call.connector())).await?))
}

pub(crate) async fn put_tasks(call: Call) -> Result {
    let configs = body::task_configs(&call.body)?;
    call.done(call.herder.put_task_configs(call.connector(), configs)).await
}

pub(crate) async fn task_status(call: Call) -> Result {
    Ok(answer::json(StatusCode::OK, &call.herder.task_status(call.connector(), call.task()?)?))
}

pub(crate) async fn restart_task(call: Call) -> Result {
    call.done(call.herder.restart_task(call.connector(), call.task()?)).await
}

pub(crate) async fn restart(call: Call) -> Result {
    let name = call.connector();
    let (tasks, failed) = (call.flag("includeTasks", false), call.flag("onlyFailed", false));
    if !tasks && !failed {
        return call.done(call.herder.restart(name)).await;
    }
    let state = call.wait(call.herder.restart_all(name, tasks, failed)).await?;
    Ok(answer::json(StatusCode::ACCEPTED, &state))
}

pub(crate) async fn pause(call: Call) -> Result {
    call.herder.pause(call.connector()).map(|()| answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn resume(call: Call) -> Result {
    call.herder.resume(call.connector()).map(|()| answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn stop(call: Call) -> Result {
    call.done(call.herder.stop(call.connector())).await
}

pub(crate) async fn topics(call: Call) -> Result {
    let name = call.connector();
    let topics = Topics { topics: call.herder.topics(name)? };
    Ok(answer::json(StatusCode::OK, &ActiveTopics::from([(name.to_owned(), topics)])))
}

pub(crate) async fn reset_topics(call: Call) -> Result {
    call.herder.reset_topics(call.connector()).map(|()| answer::empty(StatusCode::ACCEPTED))
}

pub(crate) async fn fence(call: Call) -> Result {
    call.done(call.herder.fence(call.connector())).await
}
