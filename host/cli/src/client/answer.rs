//! What a worker, or something that is none, answered.

use serde_json::Value;
use ureq::http::Response;

use super::LARGEST;
use crate::failure::{Exit, Failure, Result};

/// An answer in Connect's own form.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Value,
    /// Of the configuration, from workers that have it.
    pub etag: Option<String>,
    /// Method and URL.
    place: String,
}

/// What a worker says while it cannot answer yet, with status 409.
const PASSING: [&str; 3] =
    ["conflicting operation (e.g. worker rebalance)", "no known leader URL", "due to stale configuration"];

impl Answer {
    /// Reads a response.
    ///
    /// # Errors
    /// It broke off, or is not from a worker of Connect.
    pub(super) fn read(response: Response<ureq::Body>, place: String) -> Result<Self> {
        let status = response.status().as_u16();
        let header =
            |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (etag, kind, location) = (header("etag"), header("content-type"), header("location"));
        let mut body = response.into_body();
        let text = body.with_config().limit(LARGEST).read_to_string().map_err(|error| {
            Failure::new(Exit::Unreachable, format!("{place}: the answer broke off: {error}"))
        })?;
        if let (300..=399, Some(location)) = (status, location) {
            return Err(stranger(&place, status, &format!("sends to {location}")));
        }
        let body = match text.trim() {
            "" => Value::Null,
            text => match serde_json::from_str(text) {
                Ok(body) => body,
                // The basic authentication of Connect answers in words.
                Err(_) if status >= 400 && !is_html(kind.as_deref(), text) => Value::String(text.to_owned()),
                Err(_) => return Err(not_json(&place, status, kind.as_deref(), text)),
            },
        };
        Ok(Self { status, body, etag, place })
    }

    /// Whether the same request may be answered in a moment.
    pub(super) fn passes(&self) -> bool {
        self.status == 409 && PASSING.iter().any(|text| self.message().contains(text))
    }

    /// Whether the worker does not know such a request at all.
    pub fn is_no_endpoint(&self) -> bool {
        matches!(
            (self.status, self.message()),
            (404, "HTTP 404 Not Found") | (405, "HTTP 405 Method Not Allowed")
        )
    }

    /// The worker's own words about an error.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().or_else(|| self.body.as_str()).unwrap_or_default()
    }

    /// Itself, if it is no error.
    ///
    /// # Errors
    /// [`Answer::refusal`]
    pub fn good(self) -> Result<Self> {
        if self.status < 400 { Ok(self) } else { Err(self.refusal()) }
    }

    /// The error that it is.
    pub fn refusal(&self) -> Failure {
        let words = match self.message() {
            "" => "without a word".to_owned(),
            words => readable(words),
        };
        let exit = match self.status {
            404 => Exit::NotFound,
            _ => Exit::Refused,
        };
        let mut failure = Failure::new(exit, format!("{}: {}: {words}", self.place, self.status));
        failure.status = Some(self.status);
        match self.status {
            401 | 403 if !self.message().contains("racking") && !self.message().contains("tap") => {
                failure.mend("give --user USER:PASSWORD, or user and password in the profile")
            }
            404 | 405 if self.is_no_endpoint() => {
                failure.mend("this worker does not have it: is it an older one, or is the URL right?")
            }
            409 if self.passes() => failure.mend("the workers are still rebalancing: try again later"),
            412 => failure.mend("somebody changed the configuration meanwhile: look at it and do it again"),
            _ => failure,
        }
    }
}

/// Lists of errors one below the other, and no dump of a whole configuration.
fn readable(words: &str) -> String {
    let words = words.trim_end();
    // Jackson and the herder wrap one exception in the name of another.
    let words = words
        .trim_start_matches("org.apache.kafka.connect.runtime.rest.errors.BadRequestException: ")
        .trim_start_matches("org.apache.kafka.connect.errors.ConnectException: ");
    let lines = words.lines().filter(|line| !line.starts_with("You can also find the above list of errors"));
    lines.collect::<Vec<_>>().join("\n  ")
}

fn is_html(kind: Option<&str>, text: &str) -> bool {
    kind.is_some_and(|kind| kind.contains("html")) || text.starts_with('<')
}

fn not_json(place: &str, status: u16, kind: Option<&str>, text: &str) -> Failure {
    if !is_html(kind, text) {
        let start: String = text.chars().take(80).collect();
        return stranger(place, status, &format!("answers with what is not JSON: {start}"));
    }
    let failure = match title(text) {
        Some(title) => stranger(place, status, &format!("answers with a page of HTML, \"{title}\"")),
        None => stranger(place, status, "answers with a page of HTML"),
    };
    match status {
        404 => failure.mend("a JVM worker does so while it starts: try again in a moment. Else a proxy or another program answers: check the URL"),
        502..=504 => failure.mend("a proxy answers, and the worker behind it does not: is it running?"),
        _ => failure,
    }
}

fn stranger(place: &str, status: u16, what: &str) -> Failure {
    let mut failure = Failure::new(Exit::Unreachable, format!("{place}: {status}: {what}"));
    failure.status = Some(status);
    failure.mend("no worker of Connect answers here, but perhaps a proxy or a login page: check the URL and HTTP_PROXY, HTTPS_PROXY, NO_PROXY")
}

fn title(html: &str) -> Option<&str> {
    let start = html.find("<title>")? + "<title>".len();
    let end = start + html[start..].find("</title>")?;
    Some(html[start..end].trim()).filter(|title| !title.is_empty() && title.len() < 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_readable() {
        let text = "Connector configuration is invalid and contains the following 2 error(s):\nA\nB\n\
                    You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`";
        assert_eq!(
            readable(text),
            "Connector configuration is invalid and contains the following 2 error(s):\n  A\n  B"
        );
        let text = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: org.apache.kafka.connect.errors.ConnectException: no";
        assert_eq!(readable(text), "no");
    }
}
