//! Kafka Connect's REST API: answers by the [`ferry_runtime::herder::Herder`], told as Connect tells them.

mod answer;
mod api;
mod body;
mod docs;
mod etag;
mod json;
mod media;
mod openapi;
mod path;
mod routes;
mod sse;
mod transport;

pub use transport::{Server, Sockets};
