//! Which types a client sends and takes (`Content-Type`, `Accept`).

/// What the type of a request body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It says nothing.
    Nothing,
    /// JSON.
    Json,
    /// A pattern that JSON fits, but that no body can be read by.
    Pattern,
    /// Something else.
    Other,
    /// It cannot be understood.
    Broken,
}

fn parts(media: &str) -> Option<(String, String)> {
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, sub) = media.split_once('/')?;
    Some((kind.trim().to_owned(), sub.trim().to_owned()))
}

/// Reads `Content-Type`.
pub(crate) fn sent(header: Option<&str>) -> Sent {
    let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Sent::Nothing };
    match parts(header) {
        None => Sent::Broken,
        Some((kind, sub)) => match (kind.as_str(), sub.as_str()) {
            ("application", "json") => Sent::Json,
            ("application" | "*", "*") => Sent::Pattern,
            _ => Sent::Other,
        },
    }
}

/// Whether `Accept` lets a type pass. Jersey does not look at `q=0`.
pub(crate) fn takes(header: Option<&str>, produced: &str) -> bool {
    let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return true };
    let Some((kind, sub)) = parts(produced) else { return false };
    let fits = |wanted: &str, given: &str| wanted == "*" || wanted == given;
    header.split(',').any(|media| {
        // Some old clients send a lone star.
        media.split(';').next().unwrap_or_default().trim() == "*"
            || parts(media).is_some_and(|(k, s)| fits(&k, &kind) && fits(&s, &sub) && (k != "*" || s == "*"))
    })
}

/// The type that the answer to OPTIONS says it has: whatever the client likes best.
pub(crate) fn liked(header: Option<&str>) -> Option<&str> {
    let first = header?.split(',').next()?.split(';').next()?.trim();
    (first.contains('/') && !first.contains('*')).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_the_rest() {
        let found = [
            None,
            Some("application/json; charset=utf-8"),
            Some("Application/JSON"),
            Some("*/*"),
            Some("text/plain"),
            Some("foo"),
        ]
        .map(sent);
        assert_eq!(found, [Sent::Nothing, Sent::Json, Sent::Json, Sent::Pattern, Sent::Other, Sent::Broken]);
        let takes = [
            None,
            Some(""),
            Some("application/*"),
            Some("text/html, *; q=.2, */*; q=.2"),
            Some("application/json;q=0"),
        ];
        assert_eq!(takes.map(|accept| super::takes(accept, "application/json")), [true; 5]);
        let refuses = [Some("text/plain"), Some("garbage"), Some("application/vnd.api+json")];
        assert_eq!(refuses.map(|accept| super::takes(accept, "application/json")), [false; 3]);
    }
}
