//! Server-sent events.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;
use ureq::http::Response;

use crate::failure::{Exit, Failure, Result};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// What it says.
    pub data: Value,
}

/// Events as they come.
pub struct Events {
    lines: BufReader<Box<dyn Read>>,
    place: String,
}

pub(super) fn is_stream(response: &Response<ureq::Body>) -> bool {
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

impl Events {
    pub(super) fn new(response: Response<ureq::Body>, place: String) -> Self {
        Self { lines: BufReader::new(Box::new(response.into_body().into_reader())), place }
    }

    /// Waits for the next event; `None`: the worker ended the answer.
    ///
    /// # Errors
    /// The connection broke, or the event is not JSON.
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        let (mut name, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).map_err(|error| self.broken(&error))?;
            let line = line.trim_end_matches(['\n', '\r']);
            if read == 0 {
                return Ok(None);
            }
            if line.is_empty() && !data.is_empty() {
                let data = serde_json::from_str(&data).map_err(|error| self.broken(&error))?;
                return Ok(Some(Event { name, data }));
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut name),
                "data" if data.is_empty() => value.clone_into(&mut data),
                "data" => data = format!("{data}\n{value}"),
                // A comment is a sign of life.
                _ => {}
            }
        }
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::new(Exit::Unreachable, format!("{}: the events broke off: {error}", self.place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_events_and_skips_comments() {
        let text = ": alive\r\n\r\nevent: status\ndata: {\"a\":\ndata: 1}\nid: 3\n\ndata:2\n\ndata: lost";
        let mut events = Events { lines: BufReader::new(Box::new(text.as_bytes())), place: String::new() };
        let mut found = Vec::new();
        while let Some(event) = events.next_event().unwrap() {
            found.push((event.name, event.data));
        }
        assert_eq!(
            found,
            [("status".to_owned(), serde_json::json!({"a": 1})), (String::new(), serde_json::json!(2))]
        );
    }
}
