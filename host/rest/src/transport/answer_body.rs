//! The body of an answer on its way out: counted, and ended when the server stops if it would never end by itself.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::watch;

use super::access_log::Entry;
use super::room::InWork;

/// The body of an answer.
pub(super) struct AnswerBody {
    body: Body,
    /// Where the body is a stream of events: completes when the server stops.
    stopping: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    ending: Ending,
}

/// What happens when an answer has been sent, or nobody is left to take it.
struct Ending {
    entry: Entry,
    status: StatusCode,
    sent: u64,
    _work: InWork,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.entry.write(self.status, self.sent);
    }
}

impl AnswerBody {
    pub(super) fn new(
        body: Body,
        status: StatusCode,
        entry: Entry,
        work: InWork,
        events_until: Option<watch::Receiver<()>>,
    ) -> Self {
        let stopping = events_until.map(|mut stopping| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            // An error means that the server was dropped: it stops as well.
            Box::pin(async move { drop(stopping.changed().await) })
        });
        Self { body, stopping, ending: Ending { entry, status, sent: 0, _work: work } }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(stopping) = &mut self.stopping
            && stopping.as_mut().poll(cx).is_ready()
        {
            self.stopping = None;
            self.body = Body::empty();
        }
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.ending.sent += data.len() as u64;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
