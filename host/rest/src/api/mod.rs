//! Answers requests: which route, which method, and then Connect's own rules.

pub(crate) mod connectors;
pub(crate) mod events;
pub(crate) mod loggers;
pub(crate) mod offsets;
pub(crate) mod plugins;
pub(crate) mod root;
pub(crate) mod tap;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, request};
use ferry_runtime::herder::{Answer, Herder, HerderError};

use crate::answer::{self, Reply};
use crate::media::{self, Broken, Sent};
use crate::path::BadPath;
use crate::routes::{self, Operation, Parts, Route, Serves};
use crate::transport::{Door, TooSlow};

/// How long a request may take (`DEFAULT_REST_REQUEST_TIMEOUT_MS`).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(90);
/// How long a health check may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 64 << 20;

/// A request that found its route.
pub(crate) struct Call {
    pub(crate) herder: Arc<dyn Herder>,
    /// What the listener serves.
    pub(crate) serves: Serves,
    /// Whether it asks for passwords.
    pub(crate) asks: bool,
    /// `scheme://host` as the client sees it.
    pub(crate) base: String,
    pub(crate) headers: HeaderMap,
    /// What the route's template leaves open, by its name.
    parts: Parts,
    query: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Call {
    /// A part of the path that the route's template leaves open.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.parts.iter().find(|(part, _)| *part == name).map_or("", |(_, value)| value.as_str())
    }
    /// The connector in the path.
    pub(crate) fn connector(&self) -> &str {
        self.part("connector")
    }
    /// The number of the task in the path, as `Integer.valueOf` reads it; Jersey finds nothing for others.
    pub(crate) fn task(&self) -> Result<i32, HerderError> {
        self.part("task").parse().map_err(|_| HerderError::not_found("HTTP 404 Not Found"))
    }
    /// All values of a query parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
    /// A boolean as Java reads it: true in any case, all else is false. Nothing is the default.
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.all(name)
            .next()
            .filter(|value| !value.is_empty())
            .map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }
    /// Waits for the herder, but not for ever.
    pub(crate) async fn wait<T>(&self, answer: Answer<T>) -> Result<T, HerderError> {
        match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(done) => done,
            Err(_) => {
                let stage = self.herder.stage().map(|stage| format!(". {stage}")).unwrap_or_default();
                Err(HerderError::internal(format!("Request timed out{stage}")))
            }
        }
    }
    /// 204 once it has happened.
    pub(crate) async fn done(&self, answer: Answer<()>) -> Result<Reply, HerderError> {
        self.wait(answer).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}

/// The answer of a worker that has no herder yet.
pub(crate) fn starting() -> Reply {
    root::starting(None)
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Answers one request, which came through a listener that serves some or all routes, and counts it.
pub(crate) async fn answer(herder: Arc<dyn Herder>, door: Door, request: Request<Body>) -> Reply {
    let began = Instant::now();
    // Only what is in the table is told apart: a client must not make up series.
    let found = routes::find(request.uri().path(), door.serves).ok();
    let (path, methods) = found.map_or((OTHER, &[][..]), |(route, _)| (route.template, route.methods));
    let method = methods.iter().find(|method| *request.method() == ***method).map_or(OTHER, |method| *method);
    let reply = uncounted(herder.clone(), door, request).await;
    herder.rest_metrics().answered(method, path, reply.status().as_u16(), began.elapsed());
    reply
}

/// In metrics, what no route knows.
const OTHER: &str = "other";

async fn uncounted(herder: Arc<dyn Herder>, door: Door, request: Request<Body>) -> Reply {
    let (head, body) = request.into_parts();
    let method = head.method.as_str();
    let found = match routes::find(head.uri.path(), door.serves) {
        Err(BadPath::Refused(reason)) => return answer::bad_path(method, reason),
        Err(BadPath::Unknown) => None,
        Ok(found) => Some(found),
    };
    let host = header(&head.headers, HOST).unwrap_or_default();
    let base = format!("{}://{host}", door.scheme.name());
    let route = found.as_ref().map(|(route, _)| *route);
    let (operation, media) = match operation(route, method, &head.headers) {
        Ok(Agreed::On(operation, media)) => (operation, media),
        Ok(Agreed::Options(reply)) => return refused(&door, "text/plain", &head).unwrap_or(reply),
        Ok(Agreed::Not(reply)) => return reply,
        Err(Broken) => {
            let page = media::page(header(&head.headers, ACCEPT));
            return answer::bad_request(method, page, &format!("{base}{}", head.uri.path()), "Bad Request");
        }
    };
    if let Some(refusal) = refused(&door, &media, &head) {
        return refusal;
    }
    let parts = found.map(|(_, parts)| parts).unwrap_or_default();
    let body = match to_bytes(body, LONGEST_BODY).await {
        Ok(body) => body,
        Err(error) => return answer::refusal(&unread(&error)),
    };
    let mut reply = if unreadable(operation, &head.headers, &body) {
        answer::refusal(&HerderError::new(415, "HTTP 415 Unsupported Media Type"))
    } else {
        let query = query(head.uri.query().unwrap_or_default());
        let (serves, asks) = (door.serves, door.auth.is_some());
        let call = Call { herder, serves, asks, base, parts, query, headers: head.headers, body };
        (operation.run)(call).await.unwrap_or_else(|error| {
            if error.status >= 500 {
                tracing::warn!(%head.method, path = head.uri.path(), status = error.status, %error, "request failed");
            }
            answer::refusal(&error)
        })
    };
    if let Some(kind) = reply.headers_mut().get_mut(CONTENT_TYPE)
        && *kind == operation.produces
        && let Ok(media) = HeaderValue::from_str(&media)
    {
        *kind = media;
    }
    reply
}

/// What client and route agree on.
enum Agreed {
    /// An operation, and the type of its answer.
    On(&'static Operation, String),
    /// OPTIONS, which needs no operation.
    Options(Reply),
    /// Nothing.
    Not(Reply),
}

/// Method and types, in the order in which Jersey looks at them.
fn operation(route: Option<&'static Route>, method: &str, headers: &HeaderMap) -> Result<Agreed, Broken> {
    let sent = media::sent(header(headers, CONTENT_TYPE))?;
    let accept = header(headers, ACCEPT);
    let Some(route) = route else { return Ok(Agreed::Not(answer::unmatched(StatusCode::NOT_FOUND))) };
    if !route.methods.contains(&method) {
        return Ok(Agreed::Not(answer::unmatched(StatusCode::METHOD_NOT_ALLOWED)));
    }
    let Some(operation) = route.operation(method) else {
        return Ok(Agreed::Options(options(route, media::liked(accept)?)));
    };
    if operation.consumes_json && sent == Sent::Other {
        return Ok(Agreed::Not(answer::unmatched(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
    }
    Ok(match media::wanted(accept, operation.produces)? {
        Some(media) => Agreed::On(operation, media),
        None => Agreed::Not(answer::unmatched(StatusCode::NOT_ACCEPTABLE)),
    })
}

/// Asks who it is, where that matters: the answer to somebody who may not pass.
fn refused(door: &Door, media: &str, head: &request::Parts) -> Option<Reply> {
    let auth = door.auth.as_ref()?;
    match auth.allows(head.method.as_str(), head.uri.path(), &head.headers) {
        Ok(true) => None,
        Ok(false) => Some(answer::stranger(media)),
        Err(error) => Some(answer::refusal(&error)),
    }
}

/// Why a body was not read.
fn unread(error: &axum::Error) -> HerderError {
    let mut cause = Some(error as &dyn std::error::Error);
    while let Some(found) = cause {
        if found.is::<TooSlow>() {
            return HerderError::new(408, "The body did not come in time (ferry.rest.idle.timeout.ms).");
        }
        cause = found.source();
    }
    HerderError::new(413, "The body is longer than 64 MiB, or it ended too early.")
}

/// Whether a body came whose type does not say how to read it.
fn unreadable(operation: &Operation, headers: &HeaderMap, body: &[u8]) -> bool {
    let sent = media::sent(header(headers, CONTENT_TYPE));
    operation.body.is_some() && operation.consumes_json && !body.is_empty() && sent != Ok(Sent::Json)
}

fn options(route: &Route, liked: Option<String>) -> Reply {
    // Jersey has a body only for those who take plain text.
    let mut reply = match liked {
        Some(liked) => answer::typed(StatusCode::OK, &liked, Vec::new()),
        None => answer::typed(StatusCode::OK, "text/plain", route.methods.join(", ").into_bytes()),
    };
    if let Ok(allow) = HeaderValue::from_str(&route.methods.join(",")) {
        reply.headers_mut().insert(ALLOW, allow);
    }
    reply
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
