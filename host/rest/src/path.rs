//! From the path of a request to what it is about: Jersey's matching, Jetty's refusals.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Root,
    Health,
    Connectors,
    Connector(String),
    Config(String),
    Status(String),
    Tasks(String),
    /// The number as it stands in the path.
    TaskStatus(String, String),
    TaskRestart(String, String),
    Restart(String),
    Pause(String),
    Resume(String),
    Stop(String),
    Topics(String),
    ResetTopics(String),
    Offsets(String),
    Fence(String),
    Plugins,
    PluginConfig(String),
    Validate(String),
}

/// Why a path names nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadPath {
    /// There is no such resource.
    Unknown,
    /// Jetty does not even look for it, for this reason.
    Refused(&'static str),
}

impl Resource {
    /// What `path`, as sent, names.
    pub(crate) fn find(path: &str) -> Result<Self, BadPath> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        if path.is_empty() {
            return Ok(Self::Root);
        }
        let segments = path.split('/').map(segment).collect::<Result<Vec<String>, BadPath>>()?;
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let own = |name: &str| name.to_owned();
        Ok(match parts[..] {
            ["health"] => Self::Health,
            ["connectors"] => Self::Connectors,
            ["connectors", c] => Self::Connector(own(c)),
            ["connectors", c, "config"] => Self::Config(own(c)),
            ["connectors", c, "status"] => Self::Status(own(c)),
            ["connectors", c, "tasks"] => Self::Tasks(own(c)),
            ["connectors", c, "tasks", t, "status"] => Self::TaskStatus(own(c), own(t)),
            ["connectors", c, "tasks", t, "restart"] => Self::TaskRestart(own(c), own(t)),
            ["connectors", c, "restart"] => Self::Restart(own(c)),
            ["connectors", c, "pause"] => Self::Pause(own(c)),
            ["connectors", c, "resume"] => Self::Resume(own(c)),
            ["connectors", c, "stop"] => Self::Stop(own(c)),
            ["connectors", c, "topics"] => Self::Topics(own(c)),
            ["connectors", c, "topics", "reset"] => Self::ResetTopics(own(c)),
            ["connectors", c, "offsets"] => Self::Offsets(own(c)),
            ["connectors", c, "fence"] => Self::Fence(own(c)),
            ["connector-plugins"] => Self::Plugins,
            ["connector-plugins", p, "config"] => Self::PluginConfig(own(p)),
            ["connector-plugins", p, "config", "validate"] => Self::Validate(own(p)),
            _ => return Err(BadPath::Unknown),
        })
    }

    /// The methods it answers, in the order in which Jersey lists them.
    pub(crate) fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Connectors | Self::Tasks(_) => &["HEAD", "POST", "GET", "OPTIONS"],
            Self::Connector(_) => &["HEAD", "DELETE", "GET", "OPTIONS"],
            Self::Config(_) => &["HEAD", "GET", "OPTIONS", "PUT", "PATCH"],
            Self::Offsets(_) => &["HEAD", "DELETE", "GET", "OPTIONS", "PATCH"],
            Self::TaskRestart(..) | Self::Restart(_) => &["POST", "OPTIONS"],
            Self::Pause(_)
            | Self::Resume(_)
            | Self::Stop(_)
            | Self::ResetTopics(_)
            | Self::Fence(_)
            | Self::Validate(_) => &["OPTIONS", "PUT"],
            _ => &["HEAD", "GET", "OPTIONS"],
        }
    }

    /// Whether its POST, PUT or PATCH has a body that counts.
    pub(crate) fn reads_body(&self) -> bool {
        matches!(
            self,
            Self::Connectors | Self::Config(_) | Self::Tasks(_) | Self::Offsets(_) | Self::Validate(_)
        )
    }

    /// Whether it cares for the type of what it is sent.
    pub(crate) fn consumes_json(&self) -> bool {
        !matches!(self, Self::Root | Self::Health | Self::Fence(_))
    }
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
    fn finds_what_a_path_names() {
        let own = str::to_owned;
        let found = [
            "",
            "/",
            "/connectors/",
            "/connectors/a;x=1/status",
            "/connectors/a%2Fb%20c",
            "/connectors/a+b/tasks/07/status",
            "/connectors/gr%C3%BCn/topics/reset",
        ]
        .map(Resource::find);
        let expected = [
            Resource::Root,
            Resource::Root,
            Resource::Connectors,
            Resource::Status(own("a")),
            Resource::Connector(own("a/b c")),
            Resource::TaskStatus(own("a+b"), own("07")),
            Resource::ResetTopics(own("grün")),
        ];
        assert_eq!(found, expected.map(Ok));
    }

    #[test]
    fn refuses_what_jetty_refuses() {
        let found = [
            "//connectors",
            "/connectors/a//status",
            "/connectors/%2e%2e/status",
            "/connectors/a%zz",
            "/connectors/a%00b",
            "/connectors/a%c3",
            "/nope",
            "/connectors/a/nope",
        ]
        .map(|path| Resource::find(path).unwrap_err());
        let empty = BadPath::Refused("Ambiguous URI empty segment");
        let bad = BadPath::Refused("Bad Request");
        let expected = [
            empty.clone(),
            empty,
            BadPath::Refused("Ambiguous URI path segment"),
            bad.clone(),
            bad,
            BadPath::Refused("Bad UTF-8 encoding"),
            BadPath::Unknown,
            BadPath::Unknown,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_location_leads_back() {
        for name in ["a", "a/b;c?d#e%f%20g[é]+&=:@$,\"", "sp ace", "😀"] {
            assert_eq!(
                Resource::find(&format!("/connectors/{}", encode(name))),
                Ok(Resource::Connector(name.to_owned()))
            );
        }
        assert_eq!(encode("sp ace:@é"), "sp%20ace:@%C3%A9");
    }
}
