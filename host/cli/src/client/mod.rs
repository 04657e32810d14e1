//! HTTP with a worker of Connect, Ferry's or the JVM's.

mod answer;
mod insecure;
mod reach;
mod stream;
mod tls;
mod worker;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::failure::Result;
use crate::target::Target;

pub use answer::Answer;
pub use stream::Events;
pub use worker::{Part, Status, path};

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take. The worker itself gives up after 90 s.
const ANSWER: Duration = Duration::from_secs(100);
/// How long a request is sent again while the workers rebalance.
const REBALANCE: Duration = Duration::from_secs(60);
/// Pause before it is sent again.
const AGAIN: Duration = Duration::from_millis(500);
/// Larger answers are not read.
const LARGEST: u64 = 256 << 20;

/// A worker.
pub struct Client {
    agent: Agent,
    /// The same without an end to its answers.
    endless: Agent,
    base: String,
    authorization: Option<String>,
}

/// A request that was not sent yet.
pub struct Call<'a> {
    method: &'a str,
    path: String,
    body: Option<&'a Value>,
    if_match: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Asks for something.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// Any method.
    pub fn new(method: &'a str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, if_match: None }
    }

    /// The same about another path.
    #[must_use]
    pub fn to(&self, path: String) -> Self {
        Self { path, ..*self }
    }

    /// With a body of JSON.
    #[must_use]
    pub fn body(mut self, body: &'a Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Only if the configuration is still the one of this ETag.
    #[must_use]
    pub fn if_match(mut self, etag: Option<&'a str>) -> Self {
        self.if_match = etag;
        self
    }
}

impl Client {
    /// The first worker of the target that answers.
    ///
    /// # Errors
    /// A certificate cannot be used, or, where there are several URLs, none answers.
    pub fn connect(target: &Target) -> Result<Self> {
        let tls = tls::config(target)?;
        let agent = |body: Option<Duration>, base: &str| -> Agent {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                // A worker does not redirect. What does is a login page, which must not get the password.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("ferry/", env!("CARGO_PKG_VERSION")))
                // A connection of its own for each request: Jetty closes one without a word after some refusals, and a
                // request that was sent into it must not be sent twice.
                .max_idle_connections(0)
                .max_idle_connections_per_host(0)
                .timeout_resolve(Some(CONNECT))
                .timeout_connect(Some(CONNECT))
                .timeout_recv_response(Some(ANSWER))
                .timeout_recv_body(body)
                .tls_config(tls.clone());
            let config = if reach::is_here(base) { config.proxy(None) } else { config };
            config.build().into()
        };
        let authorization = target
            .user
            .as_ref()
            .map(|(user, password)| format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        let mut failures = Vec::new();
        for base in &target.urls {
            let client = Self {
                agent: agent(Some(ANSWER), base),
                endless: agent(None, base),
                base: base.clone(),
                authorization: authorization.clone(),
            };
            // With one URL the first request says whether it can be reached.
            if target.urls.len() == 1 {
                return Ok(client);
            }
            match client.once(&client.agent, &Call::get("/")) {
                Ok(_) => return Ok(client),
                Err(failure) => failures.push(failure),
            }
        }
        Err(reach::all(failures))
    }

    /// The URL that is used.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The worker's answer, whatever its status. While workers rebalance it is asked again for a while.
    ///
    /// # Errors
    /// No answer, or one that no worker of Connect gives.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer> {
        let end = Instant::now() + REBALANCE;
        loop {
            let answer = Answer::read(self.once(&self.agent, call)?, self.place(call))?;
            if !answer.passes() || Instant::now() >= end {
                return Ok(answer);
            }
            std::thread::sleep(AGAIN);
        }
    }

    /// The worker's answer, if it is a good one.
    ///
    /// # Errors
    /// As [`Client::send`], or the worker refuses.
    pub fn call(&self, call: &Call<'_>) -> Result<Answer> {
        self.send(call)?.good()
    }

    /// An answer that goes on, event by event; `None` if the worker has no such thing.
    ///
    /// # Errors
    /// No answer, or the worker refuses.
    pub fn events(&self, path: &str) -> Result<Option<Events>> {
        let call = Call::get(path);
        let response = self.once(&self.endless, &call)?;
        let place = self.place(&call);
        if response.status() == 200 && stream::is_stream(&response) {
            return Ok(Some(Events::new(response, place)));
        }
        let answer = Answer::read(response, place)?;
        if answer.is_no_endpoint() { Ok(None) } else { Err(answer.refusal()) }
    }

    fn place(&self, call: &Call<'_>) -> String {
        format!("{} {}{}", call.method, self.base, call.path)
    }

    fn once(&self, agent: &Agent, call: &Call<'_>) -> Result<Response<ureq::Body>> {
        let url = format!("{}{}", self.base, call.path);
        let mut request = Request::builder().method(call.method).uri(&url);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        if let Some(etag) = call.if_match {
            request = request.header("If-Match", etag);
        }
        let sent = match (call.body, call.method) {
            (None, "GET" | "DELETE") => agent.run(request.body(()).map_err(|e| reach::bad_url(&url, &e))?),
            (body, _) => {
                let text = body.map(ToString::to_string).unwrap_or_default();
                let request = request.header("Content-Type", "application/json");
                agent.run(request.body(text).map_err(|e| reach::bad_url(&url, &e))?)
            }
        };
        sent.map_err(|error| reach::failure(&self.base, error))
    }
}

/// What a segment of a path may hold as it is, besides letters and digits.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'$')
    .remove(b':')
    .remove(b'@');

/// A name as a segment of a path.
pub fn segment(name: &str) -> String {
    utf8_percent_encode(name, KEPT).to_string()
}
