//! curl: the client of those who operate Connect, which speaks TLS and HTTP/2.

use std::process::Command;

use crate::rest::Answer;

/// Runs curl and returns its answer; an error is what it says where none came.
///
/// # Errors
/// No connection, no handshake, or no answer within two minutes.
///
/// # Panics
/// When there is no curl.
pub fn curl<S: AsRef<str>>(arguments: &[S]) -> Result<Answer, String> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "120"])
        .args(arguments.iter().map(AsRef::as_ref))
        .output()
        .expect("curl runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let parsed = text.split_once("\r\n\r\n").and_then(|(head, body)| {
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Some(Answer { status, headers: lines.filter_map(header).collect(), body: body.to_owned() })
    });
    // What a server says before it has read all of a request is an answer, whatever became of the rest.
    parsed.ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}
