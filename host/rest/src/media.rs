//! Which types a client sends and takes (`Content-Type`, `Accept`), read as Jersey reads them.

/// A media type as a header writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Media {
    kind: String,
    sub: String,
    /// Names and values as written, quotes included.
    parameters: Vec<(String, String)>,
}

/// A header that is no list of media types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&b))
}

/// Splits at a character that is not inside of quotes.
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let here = c == at && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        here
    })
}

impl Media {
    /// Reads one; a type alone, which `Accept` may hold, means all of that type.
    fn read(text: &str, alone: bool) -> Result<Self, Broken> {
        let mut parts = split(text, ';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let (kind, sub) = match name.split_once('/') {
            Some(pair) => pair,
            None if alone => (name, "*"),
            None => return Err(Broken),
        };
        if !is_token(kind) || !is_token(sub) {
            return Err(Broken);
        }
        let parameter = |part: &str| {
            let (name, value) = part.split_once('=').ok_or(Broken)?;
            let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
            let good = is_token(name) && (quoted || is_token(value));
            good.then(|| (name.to_ascii_lowercase(), value.to_owned())).ok_or(Broken)
        };
        let parameters = parts.filter(|part| !part.is_empty()).map(parameter).collect::<Result<_, _>>()?;
        Ok(Self { kind: kind.to_ascii_lowercase(), sub: sub.to_ascii_lowercase(), parameters })
    }

    /// How much a client likes it, in thousandths.
    fn quality(&self) -> Result<u16, Broken> {
        let Some((_, text)) = self.parameters.iter().find(|(name, _)| name == "q") else { return Ok(1000) };
        let short = text.split_once('.').is_none_or(|(_, digits)| digits.len() <= 3);
        let quality = text.parse::<f32>().ok().filter(|quality| short && (0.0..=1.0).contains(quality));
        quality.map(|quality| (quality * 1000.0).round() as u16).ok_or(Broken)
    }

    fn fits(&self, kind: &str, sub: &str) -> bool {
        (self.kind == "*" || self.kind == kind) && (self.sub == "*" || self.sub == sub)
    }
}

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
}

/// Reads `Content-Type`.
pub(crate) fn sent(header: Option<&str>) -> Result<Sent, Broken> {
    let Some(header) = header else { return Ok(Sent::Nothing) };
    let media = Media::read(header, false)?;
    Ok(match media.fits("application", "json") {
        false => Sent::Other,
        true if media.sub == "*" => Sent::Pattern,
        true => Sent::Json,
    })
}

/// The media types of `Accept`; none means that all are welcome.
fn accepted(header: Option<&str>) -> Result<Vec<Media>, Broken> {
    let header = header.unwrap_or_default().trim();
    if header.is_empty() {
        return Ok(Vec::new());
    }
    let list = header.strip_suffix(',').unwrap_or(header);
    split(list, ',').map(|one| Media::read(one, true)).collect()
}

/// The type that a client which says `Accept` gets where `produced` is what there is: with the
/// parameters it asks for. `None` if it does not take that. Jersey does not look at `q=0`.
pub(crate) fn wanted(header: Option<&str>, produced: &str) -> Result<Option<String>, Broken> {
    let list = accepted(header)?;
    let (kind, sub) = produced.split_once('/').unwrap_or((produced, ""));
    let bare = sub.split(';').next().unwrap_or_default();
    let mut best: Option<((bool, u16), &Media)> = None;
    for media in &list {
        let quality = media.quality()?;
        // Who names it in full is listened to before patterns.
        let rank = (media.kind == kind && media.sub == bare, quality);
        if media.fits(kind, bare) && best.is_none_or(|(other, _)| rank > other) {
            best = Some((rank, media));
        }
    }
    let Some(((named, _), media)) = best else {
        return Ok(list.is_empty().then(|| produced.to_owned()));
    };
    let parameters = media.parameters.iter().filter(|(name, _)| named && name != "q");
    let asked: String = parameters.map(|(name, value)| format!(";{name}={value}")).collect();
    // What has parameters of its own keeps them.
    Ok(Some(if bare == sub { format!("{produced}{asked}") } else { produced.to_owned() }))
}

/// The type that the answer to OPTIONS says it has: whatever the client names first, plain text if it
/// takes all.
pub(crate) fn liked(header: Option<&str>) -> Result<Option<String>, Broken> {
    let list = accepted(header)?;
    for media in &list {
        media.quality()?;
    }
    let first = list.first().filter(|media| !media.fits("text", "plain"));
    Ok(first.map(|media| {
        let parameters = media.parameters.iter().map(|(name, value)| format!(";{name}={value}"));
        format!("{}/{}{}", media.kind, media.sub, parameters.collect::<String>())
    }))
}

/// The type of the page that Jetty shows with an error that Jersey only gives a status: the first that
/// both know.
pub(crate) fn page(header: Option<&str>) -> Option<&'static str> {
    let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Some("text/html") };
    let mut list: Vec<(f32, &str)> = Vec::new();
    for one in header.split(',') {
        let (media, rest) = one.split_once(';').unwrap_or((one, ""));
        match rest.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse) {
            Ok(quality) if quality > 0.0 => list.push((quality, media.trim())),
            _ => {}
        }
    }
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    list.into_iter().find_map(|(_, media)| match media {
        "text/html" | "*/*" | "text/*" => Some("text/html"),
        "application/json" | "text/json" => Some("application/json"),
        "text/plain" => Some("text/plain"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_json_from_the_rest() {
        let found = [
            None,
            Some("application/json; charset=utf-8"),
            Some("Application/JSON;"),
            Some("*/*"),
            Some("text/plain"),
            Some("application/vnd.api+json"),
        ]
        .map(sent);
        let expected = [Sent::Nothing, Sent::Json, Sent::Json, Sent::Pattern, Sent::Other, Sent::Other];
        assert_eq!(found, expected.map(Ok));
        for broken in ["foo", "", "application/", "/json", "a/b/c", "a/b, a/b", "a /b", "a/b;c", "a/b;c=\"d"]
        {
            assert_eq!(sent(Some(broken)), Err(Broken), "{broken}");
        }
    }

    #[test]
    fn gives_clients_the_type_they_ask_for() {
        let json = |header| wanted(Some(header), "application/json");
        for plain in
            ["", "application/*;a=b", "text/html, *; q=.2, */*; q=.2", "application/json;q=0", "*/json,"]
        {
            assert_eq!(json(plain), Ok(Some("application/json".to_owned())), "{plain}");
        }
        let with = "application/json;charset=utf-8";
        for asked in
            [with, "*/*, application/json; charset=utf-8;q=0.3", "a/b,application/json;Charset=utf-8"]
        {
            assert_eq!(json(asked), Ok(Some(with.to_owned())), "{asked}");
        }
        for other in ["text/plain", "garbage", "application/vnd.api+json", "*/xml"] {
            assert_eq!(json(other), Ok(None), "{other}");
        }
        for broken in
            [",", ";", "application/", "application/json;q=x", "application/json;q=2", "*/*;q=0.1234"]
        {
            assert_eq!(json(broken), Err(Broken), "{broken}");
        }
        let metrics = wanted(Some("text/plain;version=1, */*"), "text/plain; version=0.0.4");
        assert_eq!(metrics, Ok(Some("text/plain; version=0.0.4".to_owned())));
    }
}
