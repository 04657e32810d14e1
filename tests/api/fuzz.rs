//! Anything at all, sent to the REST API of a live worker.
//!
//! The same 5,000 connections every time; with `FERRY_FUZZ_SECONDS` others for as long as that, of a seed that
//! is printed. `FERRY_SEED` repeats a run.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use ferry_tests::{Dice, LONG, Worker, process};
use serde_json::{Value, json};

use super::Served;
use super::http::{Fault, Reply, replies};

/// What Connect itself answers with a status of 500 and above begins like this.
const OWN: &[&str] = &[
    "Cannot ",
    "Could not begin changing connector state",
    "Document nesting depth",
    "Duplicate field",
    "Failed to ",
    "Illegal ",
    "Input mismatch",
    "Invalid ",
    "JsonEOFException",
    "Kafka Connect in standalone mode does not support",
    "Leading ",
    "Name of an object property",
    "No connector `",
    "No content to map",
    "Non-standard ",
    "Number value length",
    "Offsets may only contain primitive types",
    "Partition ",
    "String value length",
    "The partition ",
    "The value for the ",
    "The values for the ",
    "Trailing token",
    "Unexpected ",
    "Unrecognized ",
    "org.apache.kafka.",
];

const METHODS: &[&str] = &[
    "GET", "GET", "PUT", "PUT", "POST", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get",
    "G\u{e9}T",
];
const NAMES: &[&str] =
    &["a", "b", "a%20b", "gr%C3%BCn", "x", "%2F", "..", "%00", "%zz", "", "a;b=c", "%F0%9F%98%80", "\u{e9}"];
const TEMPLATES: &[&str] = &[
    "/",
    "/health",
    "/connectors",
    "/connectors/{n}",
    "/connectors/{n}/config",
    "/connectors/{n}/status",
    "/connectors/{n}/tasks",
    "/connectors/{n}/tasks/0/status",
    "/connectors/{n}/tasks/{n}/restart",
    "/connectors/{n}/restart",
    "/connectors/{n}/pause",
    "/connectors/{n}/resume",
    "/connectors/{n}/stop",
    "/connectors/{n}/topics",
    "/connectors/{n}/topics/reset",
    "/connectors/{n}/offsets",
    "/connectors/{n}/fence",
    "/connector-plugins",
    "/connector-plugins/{n}/config",
    "/connector-plugins/FileStreamSource/config/validate",
    "/connector-plugins/{n}/config/validate",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/{n}/{n}",
    "*",
    "http://x/connectors",
];
const QUERIES: &[&str] = &[
    "",
    "",
    "",
    "?expand=status",
    "?expand=info&expand=status",
    "?includeTasks=true",
    "?onlyFailed=true&includeTasks=true",
    "?connectorsOnly=false",
    "?version=%5B1",
    "?forward=false",
    "?%zz=%80",
    "?&&==&",
    "?a=b?c=d#e",
];
const HEADERS: &[&str] = &[
    "Content-Type: application/json",
    "Content-Type: application/json",
    "Content-Type: text/plain",
    "Content-Type: ;;",
    "Accept: application/json",
    "Accept: text/html",
    "Accept: ,,;q=9",
    "If-Match: \"x\"",
    "If-Match: *",
    "If-None-Match: W/\"",
    "Expect: 100-continue",
    "Origin: http://x",
    "Authorization: Basic %%%",
    "X-\u{e9}: \u{e9}",
    "Host:",
    "Cookie: a=b; a=b",
    "Transfer-Encoding: identity",
    "Content-Encoding: gzip",
    "Range: bytes=0-1",
    "no colon at all",
    ": no name",
    " folded: line",
];
const FRAGMENTS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"name\"",
    "\"config\"",
    "\"a\"",
    "null",
    "true",
    "1e999",
    "-0",
    "01",
    "1",
    "\\u0000",
    "\\ud800",
    "\"offsets\"",
    "\"partition\"",
    "\"initial_state\"",
    " ",
    "\n",
    "/*",
    "'",
    "\u{feff}",
    "NaN",
    "99999999999999999999999999",
];

struct Fuzzer<'a> {
    dice: Dice,
    served: &'a Served,
}

impl Fuzzer<'_> {
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.dice.below(of.len() as u64) as usize]
    }

    fn chance(&mut self, of: u64) -> bool {
        self.dice.below(of) == 0
    }

    fn path(&mut self) -> String {
        let mut path = self.one(TEMPLATES).to_owned();
        while path.contains("{n}") {
            let name = self.one(NAMES);
            path = path.replacen("{n}", name, 1);
        }
        if self.chance(30) {
            path.push_str(&"/x".repeat(self.dice.below(3000) as usize));
        }
        path + self.one(QUERIES)
    }

    fn body(&mut self) -> Vec<u8> {
        match self.dice.below(9) {
            0 => Vec::new(),
            1 => {
                let open = self.one(&["[", "{\"a\":", "{\"config\":", "{\"offsets\":["]);
                open.repeat(self.dice.below(20_000) as usize).into_bytes()
            }
            2 => {
                let digits = "9".repeat(self.dice.below(5000) as usize);
                format!("{{\"name\":\"a\",\"config\":{{\"x\":{digits}1e{digits}}}}}").into_bytes()
            }
            3 => (0..self.dice.below(300)).map(|_| self.dice.below(256) as u8).collect(),
            4 => {
                // Broken UTF-8 in the middle of what would be good.
                let mut body = self.good().to_string().into_bytes();
                let at = self.dice.below(body.len() as u64) as usize;
                body[at] = self.dice.below(256) as u8;
                body
            }
            5 => format!(
                "{{\"name\":\"a\",\"config\":{{\"x\":\"{}\"}}}}",
                "x".repeat(self.dice.below(1 << 20) as usize)
            )
            .into_bytes(),
            6 => (0..self.dice.below(30)).map(|_| self.one(FRAGMENTS)).collect::<String>().into_bytes(),
            _ => self.good().to_string().into_bytes(),
        }
    }

    /// A body that some endpoint takes.
    fn good(&mut self) -> Value {
        let mut config = self.served.source();
        if self.chance(3) {
            config["tasks.max"] = json!(self.one(&["1", "2", "0", "x"]));
        }
        match self.dice.below(4) {
            0 => config,
            1 => {
                json!({"offsets": [{"partition": {"filename": self.served.place.at("in.txt")}, "offset": {"position": 4}}]})
            }
            2 => json!({"offsets": [{"partition": {"filename": null}, "offset": self.one(&["", "x"])}]}),
            _ => {
                let state = self.one(&["RUNNING", "paused", "STOPPED", "?"]);
                json!({"name": self.one(&["a", "b", "a b", "gr\u{fc}n"]), "config": config, "initial_state": state})
            }
        }
    }

    /// The bytes of a request, and whether they are one that must be answered.
    fn request(&mut self) -> (Vec<u8>, bool) {
        let (method, path, body) = (self.one(METHODS), self.path(), self.body());
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: fuzz\r\n");
        let mut whole = true;
        for _ in 0..self.dice.below(4) {
            head.push_str(self.one(HEADERS));
            head.push_str("\r\n");
        }
        let mut sent = body.clone();
        match self.dice.below(8) {
            0 => head.push_str("Transfer-Encoding: chunked\r\n"),
            1 => {
                head.push_str(&format!("Content-Length: {}\r\n", body.len() + 10));
                whole = false;
            }
            2 => {
                head.push_str("Content-Length: -1\r\n");
                whole = false;
            }
            3 => {
                let size = body.len();
                head.push_str("Transfer-Encoding: chunked\r\n");
                sent = format!("{size:x}\r\n").into_bytes();
                sent.extend(&body);
                sent.extend(b"\r\n0\r\n\r\n");
            }
            _ => head.push_str(&format!("Content-Length: {}\r\n", body.len())),
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(sent);
        if self.chance(12) {
            bytes.truncate(self.dice.below(bytes.len() as u64 + 1) as usize);
            whole = false;
        }
        (bytes, whole)
    }

    /// Sends some requests at once on a connection of their own; what comes back.
    fn exchange(&mut self) -> (Vec<u8>, Vec<Reply>) {
        // Whether the first one must be answered.
        let (mut sent, first) = self.request();
        let mut whole = first;
        for _ in 0..self.dice.below(4) {
            if whole {
                let (bytes, more) = self.request();
                sent.extend(bytes);
                whole = more;
            }
        }
        let mut stream = TcpStream::connect(&self.served.worker.rest().address).expect("a connection");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        // The worker may refuse and close before it has read all; the end of its answer is then lost.
        let mut broken = stream.write_all(&sent).is_err() || stream.shutdown(Shutdown::Write).is_err();
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            let waited =
                matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
            assert!(!waited, "no end of the answer to {:?}", String::from_utf8_lossy(&sent));
            broken = true;
        }
        let (replies, fault) = replies(&answer);
        let fine = match fault {
            None => broken || !first || !replies.is_empty(),
            Some(Fault::Cut) => broken,
            Some(Fault::Wrong(_)) => false,
        };
        assert!(
            fine,
            "{fault:?}\n<- {:?}\n-> {:?}",
            String::from_utf8_lossy(&answer[..answer.len().min(2000)]),
            String::from_utf8_lossy(&sent[..sent.len().min(20_000)])
        );
        (sent, replies)
    }
}

/// What is wrong with an answer.
fn fault(reply: &Reply) -> Option<String> {
    let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let kind = reply.header("content-type").unwrap_or_default();
    if kind.starts_with("application/json") && !reply.body.is_empty() && json.is_none() {
        return Some("a body that says it is JSON and is not".to_owned());
    }
    if reply.status < 500 {
        return None;
    }
    let json = json.unwrap_or_default();
    let message = json["message"].as_str().unwrap_or_default();
    let own = json["error_code"] == reply.status && OWN.iter().any(|own| message.starts_with(own));
    (!own).then(|| format!("a status of {} that is not Connect's own: {message:?}", reply.status))
}

fn memory(served: &Served) -> f64 {
    process::memory_mib(served.worker.pid(), "VmRSS").expect("the memory of the worker")
}

#[test]
fn rest_survives_anything() {
    let served = Served::start("fuzz");
    let seconds: Option<u64> = std::env::var("FERRY_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let dice = if seconds.is_some() { Dice::seeded() } else { Dice::fixed(5) };
    let before = memory(&served);
    let mut fuzzer = Fuzzer { dice, served: &served };
    let started = Instant::now();
    let (mut rounds, mut answers) = (0, 0);
    let more = |rounds| match seconds {
        Some(seconds) => started.elapsed() < Duration::from_secs(seconds),
        None => rounds < 5000,
    };
    while more(rounds) {
        let (sent, replies) = fuzzer.exchange();
        for reply in &replies {
            if let Some(fault) = fault(reply) {
                panic!(
                    "{fault}\n<- {:?}\n-> {:?}",
                    String::from_utf8_lossy(&reply.body),
                    String::from_utf8_lossy(&sent[..sent.len().min(20_000)])
                );
            }
        }
        (rounds, answers) = (rounds + 1, answers + replies.len());
        if rounds % 50 == 0 {
            assert_eq!(served.worker.rest().get("/health").json()["status"], "healthy");
        }
    }
    println!("{rounds} connections, {answers} answers");
    assert!(answers > 0, "nothing was answered");
    assert_eq!(served.worker.rest().get("/health").json()["status"], "healthy");
    let log = served.worker.log();
    let panicked: Vec<&str> = log.lines().filter(|line| line.contains("panicked")).collect();
    assert!(panicked.is_empty(), "{panicked:#?}");
    let grown = memory(&served) - before;
    assert!(grown < 256.0, "the worker has grown by {grown} MiB");
}
