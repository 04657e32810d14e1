//! One request and its answer: what holds for all of them, whatever they ask for.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use ferry_config::worker::{Cors, RestConfig};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::sync::watch;

use super::access_log::Entry;
use super::added::Added;
use super::answer_body::AnswerBody;
use super::request_body::RequestBody;
use super::room::Counter;
use super::tls::Names;
use super::{Door, Slot, cors};
use crate::answer::{self, BadMessage, Reply};
use crate::routes::Serves;
use crate::{api, media};

/// The longest head of a request, in bytes (Jetty's `requestHeaderSize`).
const LONGEST_HEAD: usize = 8 << 10;

/// Who asks, and through which connection.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) counter: Counter,
    /// Whom the certificate is for that it was shown.
    pub(super) served_as: Option<Arc<Names>>,
}

/// What holds for all requests.
pub(super) struct Manner {
    cors: Option<Cors>,
    added: Vec<Added>,
    /// Time for the body of a request, and for a connection without one.
    pub(super) idle: Duration,
}

impl Manner {
    /// The error is a sentence.
    pub(super) fn new(config: &RestConfig) -> Result<Self, String> {
        let added = config.response_headers.iter().map(Added::new).collect::<Result<_, _>>()?;
        Ok(Self { cors: config.cors.clone(), added, idle: config.limits.idle })
    }

    /// Answers a request.
    pub(super) async fn exchange(
        self: Arc<Self>,
        door: Door,
        slot: Slot,
        stopping: watch::Receiver<()>,
        peer: Peer,
        request: Request<Incoming>,
    ) -> Response<AnswerBody> {
        let work = peer.counter.request();
        let entry = Entry::new(peer.address, &request);
        let head = request.method() == Method::HEAD;
        let refusal = misshapen(&request).or_else(|| misled(&request, peer.served_as.as_deref()));
        let mut reply = match refusal {
            Some(refusal) => refusal,
            None => {
                // Jetty's handlers are those of the regular endpoints.
                let before =
                    if door.serves == Serves::Admin { HeaderMap::new() } else { self.before(&request) };
                let request = request.map(|body| Body::new(RequestBody::new(body, self.idle)));
                with_before(before, handle(door, slot, addressed(request)).await)
            }
        };
        if reply.extensions().get::<BadMessage>().is_some() {
            reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if head {
            without_body(&mut reply);
        }
        let status = reply.status();
        let events = reply
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        reply.map(|body| AnswerBody::new(body, status, entry, work, events.then_some(stopping)))
    }

    /// The headers that an answer has before its resource adds to them.
    fn before<B>(&self, request: &Request<B>) -> HeaderMap {
        let mut headers = match &self.cors {
            Some(cors) => cors::headers(cors, request.method(), request.headers()),
            None => HeaderMap::new(),
        };
        let now = SystemTime::now();
        self.added.iter().for_each(|added| added.apply(&mut headers, now));
        headers
    }
}

/// What a resource says of a header wins over what was there before.
fn with_before(mut headers: HeaderMap, mut reply: Reply) -> Reply {
    if reply.extensions().get::<BadMessage>().is_some() {
        return reply;
    }
    headers.extend(std::mem::take(reply.headers_mut()));
    *reply.headers_mut() = headers;
    reply
}

/// Jetty's refusal of a request that it does not even look at.
fn misshapen<B>(request: &Request<B>) -> Option<Reply> {
    let (method, version) = (request.method().as_str(), request.version());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // Bytes of the first line, and of the headers with the empty line after them, as HTTP/1.1 writes them.
    let first = method.len() + path.len() + "  HTTP/1.1\r\n".len();
    let headers =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    if first > LONGEST_HEAD {
        let reason = "URI Too Long";
        return Some(answer::bad_message(StatusCode::URI_TOO_LONG, method, "/badMessage", reason));
    }
    if first + headers.sum::<usize>() + "\r\n".len() > LONGEST_HEAD {
        let (status, reason) =
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
        return Some(answer::bad_message(status, method, request.uri().path(), reason));
    }
    let hostless = version == Version::HTTP_11 && !request.headers().contains_key(HOST);
    hostless.then(|| answer::bad_message(StatusCode::BAD_REQUEST, method, request.uri().path(), "No Host"))
}

/// Jetty's refusal of a request to a host that the certificate of the connection is not for
/// (`SecureRequestCustomizer.checkSni`).
fn misled<B>(request: &Request<B>, served_as: Option<&Names>) -> Option<Reply> {
    let names = served_as?;
    let given = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let given: Authority = request.uri().authority().cloned().or_else(|| given.parse().ok())?;
    if names.fit(given.host()) {
        return None;
    }
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let url = format!("https://{given}{}", request.uri().path());
    Some(answer::bad_request(request.method().as_str(), media::page(accept), &url, "Invalid SNI"))
}

/// With a `Host`: HTTP/2 has it elsewhere.
fn addressed(mut request: Request<Body>) -> Request<Body> {
    if request.version() == Version::HTTP_2
        && let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().entry(HOST).or_insert(host);
    }
    request
}

/// The answer to HEAD: what GET has before its body.
fn without_body(reply: &mut Reply) {
    let length = reply.body().size_hint().exact().filter(|length| *length > 0);
    if let Some(length) = length
        && !reply.headers().contains_key(CONTENT_LENGTH)
    {
        reply.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    *reply.body_mut() = Body::empty();
}

async fn handle(door: Door, mut slot: Slot, request: Request<Body>) -> Reply {
    if slot.borrow().is_none() && request.uri().path().trim_end_matches('/') == "/health" {
        return api::starting();
    }
    let herder = match tokio::time::timeout(api::TIMEOUT, slot.wait_for(Option::is_some)).await {
        Ok(Ok(herder)) => herder.clone(),
        _ => None,
    };
    match herder {
        Some(herder) => api::answer(herder, door, request).await,
        None => api::starting(),
    }
}
