//! Reads all answers of a connection, and takes none that is not well-formed.

/// One answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Why bytes are no answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// They end too early.
    Cut,
    /// They are something else.
    Wrong(String),
}

fn wrong(what: &str, found: &str) -> Fault {
    Fault::Wrong(format!("{what}: {found:?}"))
}

fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Fault> {
    let end = rest.windows(2).position(|two| two == b"\r\n").ok_or(Fault::Cut)?;
    let line = std::str::from_utf8(&rest[..end]).map_err(|_| wrong("a line is no text", ""))?;
    *rest = &rest[end + 2..];
    Ok(line)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Fault> {
    let part = rest.get(..length).ok_or(Fault::Cut)?;
    *rest = &rest[length..];
    Ok(part)
}

/// All answers in these bytes, and what is wrong with what comes after them. Those to HEAD cannot be told from
/// here, so a body may be missing where the next answer or the end comes in its place.
pub fn replies(mut rest: &[u8]) -> (Vec<Reply>, Option<Fault>) {
    let mut found = Vec::new();
    while !rest.is_empty() {
        match reply(&mut rest) {
            Ok(reply) => found.push(reply),
            Err(fault) => return (found, Some(fault)),
        }
    }
    (found, None)
}

fn reply(rest: &mut &[u8]) -> Result<Reply, Fault> {
    let status = line(rest)?;
    let code = status.strip_prefix("HTTP/1.1 ").or_else(|| status.strip_prefix("HTTP/1.0 "));
    let code = code.and_then(|code| code.get(..3)?.parse().ok());
    let code: u16 =
        code.filter(|code| (100..600).contains(code)).ok_or_else(|| wrong("no status line", status))?;
    let mut headers = Vec::new();
    loop {
        let header = line(rest)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(|| wrong("no header", header))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut reply = Reply { status: code, headers, body: Vec::new() };
    let none = code < 200 || code == 204 || code == 304 || rest.is_empty() || rest.starts_with(b"HTTP/1.");
    if !none {
        reply.body = body(&reply, rest)?;
    }
    Ok(reply)
}

fn body(reply: &Reply, rest: &mut &[u8]) -> Result<Vec<u8>, Fault> {
    if reply.header("transfer-encoding") == Some("chunked") {
        let mut body = Vec::new();
        loop {
            let size = line(rest)?;
            let size = usize::from_str_radix(size, 16).map_err(|_| wrong("no size of a chunk", size))?;
            body.extend(take(rest, size)?);
            if !line(rest)?.is_empty() {
                return Err(wrong("a chunk is longer than it says", ""));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = reply.header("content-length").ok_or_else(|| wrong("a body of no length", ""))?;
    let length: usize = length.parse().map_err(|_| wrong("no length", length))?;
    Ok(take(rest, length)?.to_vec())
}

#[test]
fn answers_are_told_apart() {
    let good = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let (found, fault) = replies(good);
    let found: Vec<_> =
        found.into_iter().map(|reply| (reply.status, String::from_utf8(reply.body).unwrap())).collect();
    let text = |text: &str| text.to_owned();
    assert_eq!(found, [(100, text("")), (200, text("ok")), (204, text("")), (200, text("ok"))]);
    assert_eq!(fault, None);
    for cut in ["x", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"] {
        assert_eq!(replies(cut.as_bytes()).1, Some(Fault::Cut), "{cut}");
    }
    for bad in ["HTTP/1.1 20\r\n\r\n", "HTTP/1.1 200 OK\r\nx\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nok"] {
        assert!(matches!(replies(bad.as_bytes()).1, Some(Fault::Wrong(_))), "{bad}");
    }
}
