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

/// The decoded segments of a path as sent; none for the root.
pub(crate) fn segments(path: &str) -> Result<Vec<String>, BadPath> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/').map(segment).collect()
}

/// One segment, without matrix parameters and decoded. Unlike Jetty, which then cannot reach some
/// connectors at all, it takes `%2F`, `%25` and `%5C`.
fn segment(raw: &str) -> Result<String, BadPath> {
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
    if raw.contains('%') && (decoded == "." || decoded == "..") {
        return Err(BadPath::Refused("Ambiguous URI path segment"));
    }
    Ok(decoded)
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
            "//connectors",
            "/connectors/a//status",
            "/connectors/%2e%2e/status",
            "/connectors/a%zz",
            "/connectors/a%00b",
            "/connectors/a%c3",
        ]
        .map(|path| segments(path).unwrap_err());
        let empty = BadPath::Refused("Ambiguous URI empty segment");
        let bad = BadPath::Refused("Bad Request");
        let expected = [
            empty.clone(),
            empty,
            BadPath::Refused("Ambiguous URI path segment"),
            bad.clone(),
            bad,
            BadPath::Refused("Bad UTF-8 encoding"),
        ];
        assert_eq!(found, expected);
    }
}
