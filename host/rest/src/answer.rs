//! The shapes of answers: entities, errors, and Jetty's page for what it does not even pass on.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use ferry_runtime::herder::HerderError;
use schemars::JsonSchema;
use serde::Serialize;

/// An answer.
pub(crate) type Reply = Response<Body>;

/// Why a request was refused (`ErrorMessage`).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ErrorMessage")]
pub(crate) struct ErrorBody<'a> {
    /// The status of the answer.
    error_code: u16,
    /// What is wrong.
    message: &'a str,
}

/// The page that Jetty shows, for those who take JSON only.
#[derive(Serialize, JsonSchema)]
pub(crate) struct JettyError<'a> {
    /// The reason of the status.
    message: &'a str,
    /// What was asked for.
    url: &'a str,
    /// The status of the answer, as a text.
    status: String,
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    // Nothing here has keys that are not strings, and nothing else can fail.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Only a status.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = status;
    reply
}

/// A body of a type.
pub(crate) fn typed(status: StatusCode, media: &str, body: Vec<u8>) -> Reply {
    let mut reply = Response::new(Body::from(body));
    *reply.status_mut() = status;
    if let Ok(media) = HeaderValue::from_str(media) {
        reply.headers_mut().insert(CONTENT_TYPE, media);
    }
    reply
}

/// An entity.
pub(crate) fn json(status: StatusCode, entity: &impl Serialize) -> Reply {
    typed(status, "application/json", bytes(entity))
}

/// A refusal by a resource.
pub(crate) fn refusal(error: &HerderError) -> Reply {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, &ErrorBody { error_code: status.as_u16(), message: &error.message })
}

/// A refusal before a resource was found: it has no type, as Jersey's have none.
pub(crate) fn unmatched(status: StatusCode) -> Reply {
    let message = format!("HTTP {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = ErrorBody { error_code: status.as_u16(), message: &message };
    let mut reply = Response::new(Body::from(bytes(&body)));
    *reply.status_mut() = status;
    reply
}

/// Marks an answer that Jetty gives before anything else sees the request: it has no headers of others, and the
/// connection ends with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BadMessage;

/// A request that Jetty refuses by itself, of a method and a path it may not even have read.
pub(crate) fn bad_path(method: &str, reason: &str) -> Reply {
    let url = if reason == "Bad Request" { "/badMessage" } else { "/badURI" };
    bad_message(StatusCode::BAD_REQUEST, method, url, reason)
}

/// The same for any reason.
pub(crate) fn bad_message(status: StatusCode, method: &str, url: &str, reason: &str) -> Reply {
    let mut reply = page(status, method, Some("text/html"), url, reason);
    reply.extensions_mut().insert(BadMessage);
    reply
}

/// 400 with the page that Jetty shows in place of what Jersey does not say, in a type the client takes.
pub(crate) fn bad_request(method: &str, media: Option<&'static str>, url: &str, reason: &str) -> Reply {
    page(StatusCode::BAD_REQUEST, method, media, url, reason)
}

fn page(status: StatusCode, method: &str, media: Option<&'static str>, url: &str, reason: &str) -> Reply {
    let code = status.as_u16();
    let media = media.filter(|_| matches!(method, "GET" | "HEAD" | "POST"));
    let escaped = url.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let reply = match media {
        Some("text/html") => {
            let body = format!(
                "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=ISO-8859-1\"/>\n\
                 <title>Error {code} {reason}</title>\n</head>\n<body>\n<h2>HTTP ERROR {code} {reason}</h2>\n<table>\n\
                 <tr><th>URI:</th><td>{escaped}</td></tr>\n<tr><th>STATUS:</th><td>{code}</td></tr>\n\
                 <tr><th>MESSAGE:</th><td>{reason}</td></tr>\n</table>\n</body>\n</html>\n"
            );
            typed(status, "text/html;charset=iso-8859-1", body.into_bytes())
        }
        Some("application/json") => {
            json(status, &JettyError { message: reason, url, status: code.to_string() })
        }
        Some(_) => {
            let body = format!("HTTP ERROR {code} {reason}\nURI: {url}\nSTATUS: {code}\nMESSAGE: {reason}\n");
            typed(status, "text/plain;charset=iso-8859-1", body.into_bytes())
        }
        None => empty(status),
    };
    not_cached(reply)
}

/// A refusal of somebody who is not known (`JaasBasicAuthFilter`), as if it were what the resource produces.
pub(crate) fn stranger(media: &str) -> Reply {
    typed(StatusCode::UNAUTHORIZED, media, b"User cannot access the resource.".to_vec())
}

/// As Jetty marks what it refuses by itself.
fn not_cached(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("must-revalidate,no-cache,no-store"));
    reply
}
