//! A client of Server-Sent Events.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::rest::Rest;
use crate::wait::LONG;

/// Events as they come.
#[derive(Debug)]
pub struct EventStream {
    lines: BufReader<TcpStream>,
}

impl EventStream {
    /// Asks for a stream and returns once the worker has begun to answer.
    ///
    /// # Panics
    /// On any answer but a stream.
    pub fn open(rest: &Rest, path: &str) -> Self {
        let mut stream = TcpStream::connect(&rest.address).expect("a connection");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n",
            rest.address
        )
        .expect("the request goes out");
        let mut opened = Self { lines: BufReader::new(stream) };
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = opened.lines.read_line(&mut head).expect("an answer");
            assert!(read > 0, "the answer ended within its head: {head}");
        }
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
        assert!(head.to_ascii_lowercase().contains("content-type: text/event-stream\r\n"), "{path}: {head}");
        opened
    }

    /// The data of the next event; None when the stream has ended.
    ///
    /// # Panics
    /// When nothing comes for a long time, or something that is no JSON.
    pub fn next_event(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            // Sizes of chunks, comments and names of events are between them.
            match self.lines.read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no event came: {error}"),
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap_or_else(|e| panic!("{e}: {data}")));
            }
        }
    }
}
