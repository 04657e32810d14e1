//! Server-Sent Events: answers that go on for as long as the client stays.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue, StatusCode};

use crate::answer::{self, Reply};

/// The type of such answers.
pub(crate) const MEDIA: &str = "text/event-stream";

/// Longest silence: a comment tells proxies and clients that the worker is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where events come from.
pub(crate) trait Feed: Send + 'static {
    /// What they are called.
    const EVENT: &'static str;
    /// The next one as JSON in one line; `None` ends the answer. May be dropped while it waits, and loses nothing then.
    fn next(&mut self) -> impl Future<Output = Option<String>> + Send;
}

/// An answer with all events of a feed.
pub(crate) fn reply<F: Feed>(feed: F) -> Reply {
    let lines = futures_util::stream::unfold((feed, false), |(mut feed, begun)| async move {
        // The head of the answer goes out with its first bytes.
        let text = if begun { line(&mut feed).await? } else { ":\n\n".to_owned() };
        Some((Ok::<_, Infallible>(Bytes::from(text)), (feed, true)))
    });
    let mut reply = answer::typed(StatusCode::OK, MEDIA, Vec::new());
    let headers = reply.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    *reply.body_mut() = Body::from_stream(lines);
    reply
}

async fn line<F: Feed>(feed: &mut F) -> Option<String> {
    match tokio::time::timeout(HEARTBEAT, feed.next()).await {
        Err(_) => Some(":\n\n".to_owned()),
        Ok(data) => Some(format!("event: {}\ndata: {}\n\n", F::EVENT, data?)),
    }
}
