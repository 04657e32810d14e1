//! Answers requests: which resource, which method, and then Connect's own rules.

mod connectors;
mod offsets;
mod plugins;
mod root;

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode};
use ferry_runtime::herder::{Answer, Herder, HerderError};

use crate::answer::{self, Reply};
use crate::media::{self, Sent};
use crate::path::{BadPath, Resource};

/// How long a request may take (`DEFAULT_REST_REQUEST_TIMEOUT_MS`).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(90);
/// How long a health check may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 64 << 20;

/// A request that found its resource.
struct Call<'a> {
    herder: &'a dyn Herder,
    method: &'a str,
    query: Vec<(String, String)>,
    /// `scheme://host` as the client sees it.
    base: String,
    body: Bytes,
}

impl Call<'_> {
    /// All values of a query parameter.
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
    /// A boolean as Java reads it: true in any case, all else is false.
    fn flag(&self, name: &str, default: bool) -> bool {
        self.all(name).next().map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }
    /// Waits for the herder, but not for ever.
    async fn wait<T>(&self, answer: Answer<T>) -> Result<T, HerderError> {
        match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(done) => done,
            Err(_) => Err(timed_out(self.herder)),
        }
    }
}

fn timed_out(herder: &dyn Herder) -> HerderError {
    let stage = herder.stage().map(|stage| format!(". {stage}")).unwrap_or_default();
    HerderError::internal(format!("Request timed out{stage}"))
}

/// The answer of a worker that has no herder yet.
pub(crate) fn starting() -> Reply {
    root::starting(None)
}

fn header(parts: &Parts, name: HeaderName) -> Option<&str> {
    parts.headers.get(name)?.to_str().ok()
}

/// Answers one request.
pub(crate) async fn answer(herder: &dyn Herder, request: Request<Body>) -> Reply {
    let (parts, body) = request.into_parts();
    let resource = match Resource::find(parts.uri.path()) {
        Ok(resource) => resource,
        Err(BadPath::Unknown) => return answer::unmatched(StatusCode::NOT_FOUND),
        Err(BadPath::Refused(reason)) => return answer::bad_path(reason),
    };
    let method = parts.method.as_str();
    if !resource.methods().contains(&method) {
        return answer::unmatched(StatusCode::METHOD_NOT_ALLOWED);
    }
    if method == "OPTIONS" {
        return options(&resource, header(&parts, ACCEPT));
    }
    let sent = media::sent(header(&parts, CONTENT_TYPE));
    if resource.consumes_json() {
        match sent {
            Sent::Other => return answer::unmatched(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Sent::Broken => return answer::not_cached(answer::empty(StatusCode::BAD_REQUEST)),
            _ => {}
        }
    }
    if !media::takes_json(header(&parts, ACCEPT)) {
        return answer::unmatched(StatusCode::NOT_ACCEPTABLE);
    }
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return answer::refusal(&HerderError::new(
            413,
            "The body is longer than 64 MiB, or it ended too early.",
        ));
    };
    let reads_body = matches!(method, "POST" | "PUT" | "PATCH") && resource.reads_body();
    if reads_body && !body.is_empty() && sent != Sent::Json {
        return answer::refusal(&HerderError::new(415, "HTTP 415 Unsupported Media Type"));
    }
    let call = Call {
        herder,
        method,
        query: query(parts.uri.query().unwrap_or_default()),
        base: format!("http://{}", header(&parts, HOST).unwrap_or_default()),
        body,
    };
    route(&call, resource).await.unwrap_or_else(|error| {
        if error.status >= 500 {
            tracing::warn!(method = call.method, path = parts.uri.path(), status = error.status, %error, "request failed");
        }
        answer::refusal(&error)
    })
}

async fn route(call: &Call<'_>, resource: Resource) -> Result<Reply, HerderError> {
    use Resource as R;
    match resource {
        R::Root => Ok(answer::json(StatusCode::OK, &call.herder.server_info())),
        R::Health => Ok(root::health(call).await),
        R::Connectors if call.method == "POST" => connectors::create(call).await,
        R::Connectors => Ok(connectors::list(call)),
        R::Connector(name) if call.method == "DELETE" => connectors::delete(call, &name).await,
        R::Connector(name) => connectors::get(call, &name).await,
        R::Config(name) => match call.method {
            "PUT" => connectors::put_config(call, &name).await,
            "PATCH" => connectors::patch_config(call, &name).await,
            _ => connectors::config(call, &name).await,
        },
        R::Status(name) => Ok(answer::json(StatusCode::OK, &call.herder.status(&name)?)),
        R::Tasks(name) if call.method == "POST" => connectors::put_tasks(call, &name).await,
        R::Tasks(name) => connectors::tasks(call, &name).await,
        R::TaskStatus(name, task) => match number(&task) {
            Some(task) => Ok(answer::json(StatusCode::OK, &call.herder.task_status(&name, task)?)),
            None => Err(no_number()),
        },
        R::TaskRestart(name, task) => match number(&task) {
            Some(task) => connectors::restart_task(call, &name, task).await,
            None => Err(no_number()),
        },
        R::Restart(name) => connectors::restart(call, &name).await,
        R::Pause(name) => call.herder.pause(&name).map(|()| answer::empty(StatusCode::ACCEPTED)),
        R::Resume(name) => call.herder.resume(&name).map(|()| answer::empty(StatusCode::ACCEPTED)),
        R::Stop(name) => done(call, call.herder.stop(&name)).await,
        R::Topics(name) => connectors::topics(call, name),
        R::ResetTopics(name) => call.herder.reset_topics(&name).map(|()| answer::empty(StatusCode::ACCEPTED)),
        R::Offsets(name) => offsets::answer(call, &name).await,
        R::Fence(name) => done(call, call.herder.fence(&name)).await,
        R::Plugins => plugins::list(call).await,
        R::PluginConfig(plugin) => plugins::config(call, &plugin).await,
        R::Validate(plugin) => plugins::validate(call, &plugin).await,
    }
}

/// 204 once it has happened.
async fn done(call: &Call<'_>, answer: Answer<()>) -> Result<Reply, HerderError> {
    call.wait(answer).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

fn options(resource: &Resource, accept: Option<&str>) -> Reply {
    let methods = resource.methods();
    // Jersey has a body only for those who take plain text.
    let mut reply = match media::liked(accept) {
        Some(liked) if liked != "text/plain" => answer::typed(StatusCode::OK, liked, Vec::new()),
        _ => answer::typed(StatusCode::OK, "text/plain", methods.join(", ").into_bytes()),
    };
    if let Ok(allow) = HeaderValue::from_str(&methods.join(",")) {
        reply.headers_mut().insert(ALLOW, allow);
    }
    reply
}

/// `Integer.valueOf`; a task number in a path.
fn number(text: &str) -> Option<i32> {
    text.parse().ok()
}

fn no_number() -> HerderError {
    HerderError::not_found("HTTP 404 Not Found")
}

/// Names and values, decoded as forms are.
fn query(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let part = part.replace('+', " ");
        percent_encoding::percent_decode_str(&part).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (decode(k), decode(v)))
        .collect()
}
