//! One line of the log per request: Jetty's `CustomRequestLog` in the extended NCSA format and the time it took.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use axum::http::header::{REFERER, USER_AGENT};
use axum::http::{HeaderName, Request, StatusCode};

/// What the line says of the request, from when it came.
#[derive(Debug)]
pub(super) struct Entry {
    client: IpAddr,
    began: Instant,
    at: SystemTime,
    first_line: String,
    referer: String,
    agent: String,
}

impl Entry {
    pub(super) fn new<B>(client: IpAddr, request: &Request<B>) -> Self {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let header = |name: HeaderName| {
            let value = request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
            value.map_or_else(String::new, |value| quoted(&value))
        };
        Self {
            client: client.to_canonical(),
            began: Instant::now(),
            at: SystemTime::now(),
            first_line: quoted(&format!("{} {path} {:?}", request.method(), request.version())),
            referer: header(REFERER),
            agent: header(USER_AGENT),
        }
    }

    /// Writes the line, once the answer has been sent or the client is gone; `sent` counts bytes of its body.
    pub(super) fn write(&self, status: StatusCode, sent: u64) {
        let line = self.line(status, sent, self.began.elapsed().as_millis());
        tracing::info!(target: "org.apache.kafka.connect.runtime.rest.RestServer", "{line}");
    }

    /// `%{client}a - %u %t "%r" %s %O "%{Referer}i" "%{User-Agent}i" %{ms}T`. Users are Connect's and not Jetty's,
    /// so there is none.
    fn line(&self, status: StatusCode, sent: u64, millis: u128) -> String {
        let Self { client, first_line, referer, agent, .. } = self;
        let at = ncsa_date(self.at);
        let status = status.as_u16();
        format!("{client} - - [{at}] \"{first_line}\" {status} {sent} \"{referer}\" \"{agent}\" {millis}")
    }
}

/// `dd/MMM/yyyy:HH:mm:ss ZZZ` in GMT.
fn ncsa_date(at: SystemTime) -> String {
    let http = httpdate::fmt_http_date(at);
    let mut words = http.split(' ').skip(1);
    let mut word = || words.next().unwrap_or_default();
    format!("{}/{}/{}:{} +0000", word(), word(), word(), word())
}

/// Without what would end the quotes or the line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                // Writing into a string never fails.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_is_as_jettys() {
        let request = Request::builder()
            .method("POST")
            .uri("/connectors?expand=info")
            .header("user-agent", "a \"b\"\\ \t")
            .body(())
            .unwrap();
        let mut entry = Entry::new("::ffff:10.0.0.1".parse().unwrap(), &request);
        entry.at = SystemTime::UNIX_EPOCH + Duration::from_secs(951_827_696);
        assert_eq!(
            entry.line(StatusCode::CREATED, 7, 12),
            r#"10.0.0.1 - - [29/Feb/2000:12:34:56 +0000] "POST /connectors?expand=info HTTP/1.1" 201 7 "" "a \"b\"\\ \u0009" 12"#
        );
    }
}
