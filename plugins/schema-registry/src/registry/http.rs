//! HTTP with the registries of the list: one after the other where one fails, again where that may help.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferry_sdk::config::Config;
use ferry_sdk::{Error, Result};
use serde_json::Value as Json;
use ureq::Agent;

use super::error::{Failure, Refusal};
use crate::metrics::Metrics;

/// Larger answers are refused.
const LARGEST: u64 = 32 << 20;

/// One registry of the list.
struct Base {
    /// Without user and password.
    url: String,
    /// The user and password that the URL has.
    user: Option<String>,
}

pub struct Http {
    agent: Agent,
    bases: Vec<Base>,
    /// The one that answered last.
    current: usize,
    headers: Vec<(String, String)>,
    retries: u32,
    wait: Duration,
    longest_wait: Duration,
    pub metrics: Metrics,
}

impl Http {
    pub fn new(config: &Config) -> Result<Self> {
        let mut bases = Vec::new();
        for url in config.list("schema.registry.url").unwrap_or_default() {
            bases.push(base(&url)?);
        }
        if bases.is_empty() {
            return Err(Error::config(
                "Missing required configuration \"schema.registry.url\": name the URL of a schema registry",
            ));
        }
        let millis = |key: &str| {
            let millis = config.int(key).and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
            Duration::from_millis(millis)
        };
        let (connect, read) = (millis("http.connect.timeout.ms"), millis("http.read.timeout.ms"));
        let some = |time: Duration| (!time.is_zero()).then_some(time);
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("ferry/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy(config)?)
            .timeout_resolve(some(connect))
            .timeout_connect(some(connect))
            .timeout_send_request(some(read))
            .timeout_send_body(some(read))
            .timeout_recv_response(some(read))
            .timeout_recv_body(some(read))
            .tls_config(super::tls::config(config)?)
            .build()
            .into();
        let current = match config.boolean("schema.registry.url.randomize") {
            Some(true) => random(bases.len()),
            _ => 0,
        };
        Ok(Self {
            agent,
            bases,
            current,
            headers: headers(config)?,
            retries: config.int("max.retries").and_then(|n| u32::try_from(n).ok()).unwrap_or_default(),
            wait: millis("retries.wait.ms"),
            longest_wait: millis("retries.max.wait.ms"),
            metrics: Metrics::default(),
        })
    }

    /// The JSON that answers a GET of `path`, or a POST of `body`.
    pub fn call(&mut self, body: Option<&str>, path: &str) -> std::result::Result<Json, Failure> {
        let mut failure = None;
        for _ in 0..self.bases.len() {
            match self.patiently(body, path) {
                Ok(answer) => return Ok(answer),
                Err(error) if !passes(&error) => return Err(error),
                Err(error) => {
                    failure = Some(error);
                    self.current = (self.current + 1) % self.bases.len();
                }
            }
        }
        Err(failure.unwrap_or_else(|| Failure::Unusable("there is no schema registry to ask".to_owned())))
    }

    /// As often as `max.retries` says, with a growing wait before each time.
    fn patiently(&self, body: Option<&str>, path: &str) -> std::result::Result<Json, Failure> {
        let mut attempt = 0;
        loop {
            match self.measured(body, path) {
                Err(error) if attempt < self.retries && passes(&error) => {
                    let most = self.wait.saturating_mul(1 << attempt.min(20)).min(self.longest_wait);
                    // Anywhere up to the longest, so that many tasks do not come back at once.
                    std::thread::sleep(most.mul_f64(random(1000) as f64 / 1000.0));
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn measured(&self, body: Option<&str>, path: &str) -> std::result::Result<Json, Failure> {
        let began = Instant::now();
        let answer = self.once(body, path);
        self.metrics.requests.record(began.elapsed().as_secs_f64() * 1000.0);
        if answer.is_err() {
            self.metrics.failures.increment();
        }
        answer
    }

    fn once(&self, body: Option<&str>, path: &str) -> std::result::Result<Json, Failure> {
        let base = &self.bases[self.current];
        let url = format!("{}{path}", base.url);
        const CONTENT: (&str, &str) = ("Content-Type", "application/vnd.schemaregistry.v1+json");
        let response = match body {
            Some(body) => {
                let request = self.agent.post(&url).header(CONTENT.0, CONTENT.1);
                self.headers(base).fold(request, |r, (name, value)| r.header(name, value)).send(body)
            }
            None => {
                let request = self.agent.get(&url).header(CONTENT.0, CONTENT.1);
                self.headers(base).fold(request, |r, (name, value)| r.header(name, value)).call()
            }
        };
        let mut response = response.map_err(|error| failure(&base.url, error))?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(LARGEST).read_to_string();
        let text = text.map_err(|error| failure(&base.url, error))?;
        let json = serde_json::from_str::<Json>(&text);
        match json {
            Ok(json) if (200..300).contains(&status) => Ok(json),
            Ok(json) if json["message"].is_string() => Err(Failure::Refused(Refusal {
                status,
                code: json["error_code"].as_i64().unwrap_or(i64::from(status)),
                message: json["message"].as_str().unwrap_or_default().to_owned(),
            })),
            _ => Err(Failure::Refused(Refusal {
                status,
                code: 50005,
                message: format!(
                    "Unable to parse error message from schema registry: '({})'",
                    crate::avro::shorten(&text)
                ),
            })),
        }
    }

    fn headers<'a>(&'a self, base: &'a Base) -> impl Iterator<Item = (&'a str, &'a str)> {
        let user = base.user.as_deref().map(|user| ("Authorization", user));
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // Credentials of the configuration go before those of the URL.
        let user = user.filter(|_| !self.headers.iter().any(|(name, _)| name == "Authorization"));
        user.into_iter().chain(own)
    }
}

fn passes(failure: &Failure) -> bool {
    match failure {
        Failure::Network { .. } | Failure::Timeout(_) => true,
        Failure::Refused(refusal) => refusal.is_passing(),
        Failure::Unusable(_) => false,
    }
}

fn failure(url: &str, error: ureq::Error) -> Failure {
    let hint = "check schema.registry.url and that the schema registry runs";
    match error {
        ureq::Error::Timeout(what) => {
            Failure::Timeout(format!("No answer from the schema registry {url} in time ({what}): {hint}"))
        }
        ureq::Error::HostNotFound => Failure::Network {
            class: "java.net.UnknownHostException",
            message: format!("The host of the schema registry {url} is not known: {hint}"),
        },
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => unsafe_connection(url, &error),
        // What rustls does not like about the other side comes as this.
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => unsafe_connection(url, &io),
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => {
            Failure::Timeout(format!("No answer from the schema registry {url} in time: {hint}"))
        }
        ureq::Error::Io(io) => Failure::Network {
            class: "java.net.ConnectException",
            message: format!("The schema registry {url} cannot be reached: {io}; {hint}"),
        },
        ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => Failure::Network {
            class: "java.net.SocketException",
            message: format!("The connection to the schema registry {url} broke: {error}; {hint}"),
        },
        other => Failure::Unusable(format!("The schema registry {url} did not answer: {other}; {hint}")),
    }
}

fn unsafe_connection(url: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Network {
        class: "javax.net.ssl.SSLException",
        message: format!(
            "No secure connection to the schema registry {url}: {error}. \
             Check its certificate and schema.registry.ssl.truststore.location"
        ),
    }
}

fn base(url: &str) -> Result<Base> {
    let wrong = || {
        Error::config(format!(
            "Invalid value {} for configuration schema.registry.url: a URL such as http://localhost:8081 is needed",
            shown(url)
        ))
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    if scheme == "mock" {
        return Err(Error::config(
            "schema.registry.url names a mock:// registry, which lives inside of one JVM: name a real one",
        ));
    }
    if !matches!(scheme, "http" | "https") || rest.is_empty() {
        return Err(wrong());
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = match host.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, host),
    };
    let user = user.map(|user| {
        let plain = percent_encoding::percent_decode_str(user).decode_utf8_lossy();
        basic(&plain)
    });
    Ok(Base { url: format!("{scheme}://{host}{}", path.trim_end_matches('/')), user })
}

/// A URL without its user and password.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

fn basic(user: &str) -> String {
    format!("Basic {}", STANDARD.encode(user))
}

/// `Authorization` and the headers that the configuration names.
fn headers(config: &Config) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    let secret = |key: &str| config.password(key).map(|s| s.reveal().to_owned()).filter(|s| !s.is_empty());
    match config.string("basic.auth.credentials.source").unwrap_or_default().to_uppercase().as_str() {
        "USER_INFO" => {
            let key = "basic.auth.user.info";
            let user = secret(key).or_else(|| secret("schema.registry.basic.auth.user.info"));
            let user = user.ok_or_else(|| {
                Error::config(format!(
                    "basic.auth.credentials.source is USER_INFO, but {key} is missing: set it to user:password"
                ))
            })?;
            headers.push(("Authorization".to_owned(), basic(&user)));
        }
        "URL" | "" => {}
        other => {
            return Err(Error::config(format!(
                "Invalid value {other} for configuration basic.auth.credentials.source: Ferry knows URL and USER_INFO"
            )));
        }
    }
    match config.string("bearer.auth.credentials.source").unwrap_or_default().to_uppercase().as_str() {
        "" => {}
        "STATIC_TOKEN" => {
            let token = secret("bearer.auth.token").ok_or_else(|| {
                Error::config(
                    "bearer.auth.credentials.source is STATIC_TOKEN, but bearer.auth.token is missing",
                )
            })?;
            headers.retain(|(name, _)| name != "Authorization");
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
            for (key, header) in [
                ("bearer.auth.logical.cluster", "target-sr-cluster"),
                ("bearer.auth.identity.pool.id", "Confluent-Identity-Pool-Id"),
            ] {
                headers.extend(config.string(key).map(|value| (header.to_owned(), value)));
            }
        }
        other => {
            return Err(Error::config(format!(
                "Invalid value {other} for configuration bearer.auth.credentials.source: Ferry fetches no tokens and knows STATIC_TOKEN"
            )));
        }
    }
    let own = config.originals().with_prefix("request.header.");
    headers.extend(own.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(headers)
}

fn proxy(config: &Config) -> Result<Option<ureq::Proxy>> {
    let host = config.string("proxy.host").filter(|host| !host.is_empty());
    let (Some(host), Some(port @ 1..)) = (host, config.int("proxy.port")) else { return Ok(None) };
    let proxy = ureq::Proxy::new(&format!("http://{host}:{port}"));
    proxy
        .map(Some)
        .map_err(|error| Error::config(format!("proxy.host and proxy.port name no proxy: {error}")))
}

/// A number below `below`.
fn random(below: usize) -> usize {
    use std::hash::{BuildHasher, Hasher};
    let hash = std::collections::hash_map::RandomState::new().build_hasher().finish();
    hash as usize % below.max(1)
}
