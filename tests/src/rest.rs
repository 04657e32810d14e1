//! A raw HTTP client: sends exactly what a test says, and shows exactly what came back.
//!
//! Client libraries add headers, follow rules about which method may carry a body and hide error
//! bodies; the parity tests are about just these things.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Headers besides `Host`, `Connection` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body; None sends none and no length.
    pub body: Option<String>,
}

impl Request {
    /// A request without body and headers.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a body that says it is JSON (whether it is or not).
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        self.body(body).header("Content-Type", "application/json")
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body, with chunks joined.
    pub body: String,
}

impl Answer {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON, showing it.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|e| panic!("{} with a body that is not JSON ({e}): {}", self.status, self.body))
    }

    /// Itself, when the status is as expected.
    ///
    /// # Panics
    /// On another status, showing the body.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

/// A worker's REST interface.
#[derive(Clone, Debug)]
pub struct Rest {
    /// `host:port`.
    pub address: String,
}

impl Rest {
    /// The interface at a port of this machine.
    pub fn local(port: u16) -> Self {
        Self { address: format!("127.0.0.1:{port}") }
    }

    /// GET.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn get(&self, path: &str) -> Answer {
        self.send(&Request::new("GET", path))
    }

    /// PUT without a body (pause, resume, stop).
    ///
    /// # Panics
    /// When no answer comes.
    pub fn put(&self, path: &str) -> Answer {
        self.send(&Request::new("PUT", path))
    }

    /// DELETE.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn delete(&self, path: &str) -> Answer {
        self.send(&Request::new("DELETE", path))
    }

    /// POST of JSON.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(&Request::new("POST", path).json(&body.to_string()))
    }

    /// Creates a connector and expects 201.
    ///
    /// # Panics
    /// On any other answer.
    pub fn create(&self, name: &str, config: Value) -> Value {
        let body = serde_json::json!({"name": name, "config": config});
        self.post("/connectors", &body).expect(201).json()
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn send(&self, request: &Request) -> Answer {
        self.try_send(request)
            .unwrap_or_else(|e| panic!("{} {} at {}: {e}", request.method, request.path, self.address))
    }

    /// Sends a request; an error is a refused or broken connection.
    ///
    /// # Errors
    /// Any failure to connect, send or receive within two minutes.
    pub fn try_send(&self, request: &Request) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        stream.set_nodelay(true)?;
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            request.method, request.path, self.address
        );
        for (name, value) in &request.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &request.body {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(request.body.as_deref().unwrap_or_default());
        stream.write_all(text.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        parse(&bytes).ok_or_else(|| {
            std::io::Error::other(format!("not an HTTP answer: {:?}", String::from_utf8_lossy(&bytes)))
        })
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..split]).ok()?;
    let mut body = bytes[split + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = join_chunks(&body)?;
    }
    Some(Answer { status, headers, body: String::from_utf8(body).ok()? })
}

fn join_chunks(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|w| w == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        bytes = &bytes[end + 2..];
        body.extend_from_slice(bytes.get(..size)?);
        bytes = bytes.get(size + 2..)?;
    }
}
