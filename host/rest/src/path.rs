//! The parts of a path, decoded, and Jetty's refusals.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Why a path names nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadPath {
    /// There is no such resource.
    Unknown,
    /// Jetty does not even look for it, for this reason.
    Refused(&'static str),
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// As sent, without matrix parameters. Jersey matches its own words by this.
    pub(crate) raw: String,
    /// What it means.
    pub(crate) decoded: String,
}

/// The segments of a path as sent; none for the root.
pub(crate) fn segments(path: &str) -> Result<Vec<Segment>, BadPath> {
    // hyper passes on what is no URI but for these.
    if path.chars().any(|c| !c.is_ascii_graphic() || "\"<>[]\\^`{|}".contains(c)) {
        return Err(BadPath::Refused("Illegal Path Character"));
    }
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.strip_suffix('/').unwrap_or(path).split('/').map(segment).collect()
}

/// One segment, without matrix parameters and decoded. Unlike Jetty, which then cannot reach some
/// connectors at all, it takes `%2F`, `%25` and `%5C`.
fn segment(raw: &str) -> Result<Segment, BadPath> {
    let raw = raw.split(';').next().unwrap_or_default();
    if raw.is_empty() {
        return Err(BadPath::Refused("Ambiguous URI empty segment"));
    }
    let bytes = raw.as_bytes();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%') {
        let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
        if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) || digits == b"00" {
            return Err(BadPath::Refused("Bad Request"));
        }
    }
    let decoded = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| BadPath::Refused("Bad UTF-8 encoding"))?
        .into_owned();
    if decoded.contains(|c: char| c.is_ascii_control()) {
        return Err(BadPath::Refused("Suspicious Path Character"));
    }
    if raw.contains('%') && (decoded == "." || decoded == "..") {
        return Err(BadPath::Refused("Ambiguous URI path segment"));
    }
    Ok(Segment { raw: raw.to_owned(), decoded })
}

/// What a path may hold as it is, besides letters and digits.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// A connector's name as a segment of a path. A slash is encoded, so that the way back leads to it.
pub(crate) fn encode(name: &str) -> String {
    utf8_percent_encode(name, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_jetty_refuses() {
        let found = [
            "//",
            "//connectors",
            "/connectors/a//status",
            "/connectors/%2e%2e/status",
            "/connectors/a%zz",
            "/connectors/a%00b",
            "/connectors/a%c3",
            "/connectors/a%0Ab",
            "/connectors/a{b}",
        ]
        .map(|path| segments(path).unwrap_err());
        let empty = BadPath::Refused("Ambiguous URI empty segment");
        let bad = BadPath::Refused("Bad Request");
        let expected = [
            empty.clone(),
            empty.clone(),
            empty,
            BadPath::Refused("Ambiguous URI path segment"),
            bad.clone(),
            bad,
            BadPath::Refused("Bad UTF-8 encoding"),
            BadPath::Refused("Suspicious Path Character"),
            BadPath::Refused("Illegal Path Character"),
        ];
        assert_eq!(found, expected);
    }
}
