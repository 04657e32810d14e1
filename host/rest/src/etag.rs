//! Entity tags: reading again only what has changed, and changing only what was read (RFC 9110).

use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use ferry_runtime::herder::{Condition, ConnectorInfo, tag};

use crate::answer::{self, Reply};

/// The tag of a connector: that of its configuration, and what else is shown of it.
pub(crate) fn connector(info: &ConnectorInfo) -> String {
    format!("{}-{}-{:?}", tag(&info.config), info.tasks.len(), info.kind).to_lowercase()
}

/// What a header lists.
enum Listed {
    Nothing,
    Any,
    Tags(Vec<String>),
}

fn listed(headers: &HeaderMap, name: HeaderName, weak: bool) -> Listed {
    let mut tags = Vec::new();
    let mut there = false;
    for value in headers.get_all(name) {
        there = true;
        for one in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            if one == "*" {
                return Listed::Any;
            }
            let one = if weak { one.strip_prefix("W/").unwrap_or(one) } else { one };
            // What is no tag fits none.
            tags.extend(one.strip_prefix('"').and_then(|one| one.strip_suffix('"')).map(str::to_owned));
        }
    }
    if there { Listed::Tags(tags) } else { Listed::Nothing }
}

/// What a client asks of a connector that it changes. A tag of the connector means its configuration.
pub(crate) fn condition(headers: &HeaderMap) -> Condition {
    match (listed(headers, IF_MATCH, false), listed(headers, IF_NONE_MATCH, true)) {
        (Listed::Any, _) => Condition::Exists,
        (Listed::Tags(tags), _) => {
            let config = |tag: String| tag.split('-').next().unwrap_or_default().to_owned();
            Condition::Is(tags.into_iter().map(config).collect())
        }
        (Listed::Nothing, Listed::Any) => Condition::Absent,
        (Listed::Nothing, _) => Condition::Always,
    }
}

/// The answer with its tag; or 304 to a client that says it has it.
pub(crate) fn unless_seen(headers: &HeaderMap, tag: &str, reply: impl FnOnce() -> Reply) -> Reply {
    let seen = match listed(headers, IF_NONE_MATCH, true) {
        Listed::Nothing => false,
        Listed::Any => true,
        Listed::Tags(tags) => tags.iter().any(|one| one == tag),
    };
    tagged(if seen { answer::empty(StatusCode::NOT_MODIFIED) } else { reply() }, tag)
}

/// An answer with its tag.
pub(crate) fn tagged(mut reply: Reply, tag: &str) -> Reply {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        reply.headers_mut().insert(ETAG, value);
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn conditions_are_read() {
        let is = |tags: &[&str]| Condition::Is(tags.iter().map(|tag| (*tag).to_owned()).collect());
        let cases: [(HeaderMap, Condition); 7] = [
            (HeaderMap::new(), Condition::Always),
            (with(IF_MATCH, &["*"]), Condition::Exists),
            (with(IF_MATCH, &["\"a\", \"b-2-source\"", "\"c\""]), is(&["a", "b", "c"])),
            // A weak tag does not say that nothing changed; what is no tag says nothing.
            (with(IF_MATCH, &["W/\"a\""]), is(&[])),
            (with(IF_MATCH, &["a"]), is(&[])),
            (with(IF_NONE_MATCH, &["*"]), Condition::Absent),
            (with(IF_NONE_MATCH, &["\"a\""]), Condition::Always),
        ];
        for (headers, expected) in cases {
            assert_eq!(condition(&headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn what_was_seen_is_not_sent_again() {
        let status = |headers: &HeaderMap| {
            let reply = unless_seen(headers, "a", || answer::empty(StatusCode::OK));
            assert_eq!(reply.headers()[ETAG], "\"a\"");
            reply.status()
        };
        for seen in [&["*"][..], &["\"a\""], &["\"b\", W/\"a\""], &["\"b\"", "\"a\""]] {
            assert_eq!(status(&with(IF_NONE_MATCH, seen)), StatusCode::NOT_MODIFIED, "{seen:?}");
        }
        for other in [&[][..], &["a"], &["\"b\""]] {
            assert_eq!(status(&with(IF_NONE_MATCH, other)), StatusCode::OK, "{other:?}");
        }
    }
}
