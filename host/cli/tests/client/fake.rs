//! A worker that answers as it is told to, and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

/// An answer of JSON.
pub fn json(status: u16, body: &str) -> Reply {
    text(status, "application/json", body)
}

/// An answer of any type.
pub fn text(status: u16, kind: &'static str, body: &str) -> Reply {
    Reply { status, headers: vec![("Content-Type", kind)], body: body.to_owned() }
}

impl Reply {
    /// With one more header.
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

type Script = BTreeMap<String, VecDeque<Reply>>;

/// The worker. Its thread ends with the process.
pub struct Fake {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Answers each `METHOD path` with its replies one after the other, then again and again with the last of them.
    /// All else is Connect's 404.
    pub fn new(script: &[(&str, &[Reply])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let script =
            script.iter().map(|(call, replies)| ((*call).to_owned(), replies.iter().cloned().collect()));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(script.collect()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Each connection takes one request and is closed without a word, as Jetty does after some refusals.
                answer(stream, &script, &heard);
            }
        });
        Self { url, asked }
    }

    /// What it was asked that changes something, in order: method, path, condition and body.
    pub fn changes(&self) -> String {
        let asked = self.asked.lock().expect("not poisoned");
        asked.iter().filter(|line| !line.starts_with("GET")).map(|line| format!("{line}\n")).collect()
    }

    /// All that it was asked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

fn answer(mut stream: TcpStream, script: &Mutex<Script>, asked: &Mutex<Vec<String>>) {
    let Some((call, line)) = request(&stream) else { return };
    asked.lock().expect("not poisoned").push(line);
    let mut script = script.lock().expect("not poisoned");
    let reply = match script.get_mut(&call) {
        Some(replies) if replies.len() > 1 => replies.pop_front().expect("one more"),
        Some(replies) => replies[0].clone(),
        None => json(404, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#),
    };
    let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    // The client may have gone.
    let _ = stream.write_all(format!("{head}\r\n{}", reply.body).as_bytes());
}

/// `METHOD path`, and the same with all that matters.
fn request(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let call = first.trim_end().strip_suffix(" HTTP/1.1")?.to_owned();
    let (mut line, mut length) = (call.clone(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "if-match" | "authorization" => line += &format!(" [{name}: {value}]"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if !body.is_empty() {
        line += &format!(" {}", String::from_utf8_lossy(&body));
    }
    Some((call, line))
}
