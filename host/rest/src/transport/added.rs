//! Headers that each answer gets (`response.http.headers.config`, Jetty's `HeaderFilter`).

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ferry_config::worker::{self as config, HeaderRule};

/// A rule, ready for use.
#[derive(Clone, Debug)]
pub(super) struct Added {
    name: HeaderName,
    value: Value,
    add: bool,
}

#[derive(Clone, Debug)]
enum Value {
    Text(HeaderValue),
    /// So many milliseconds from now.
    Date(i64),
}

impl Added {
    /// The error is a sentence.
    pub(super) fn new(rule: &HeaderRule) -> Result<Self, String> {
        let HeaderRule { name, value, add } = rule;
        let refused = |what: &str| format!("response.http.headers.config: {what} cannot be in a header");
        Ok(Self {
            name: name.parse().map_err(|_| refused(name))?,
            value: match value {
                config::HeaderValue::Text(text) => Value::Text(text.parse().map_err(|_| refused(text))?),
                config::HeaderValue::Date(offset) => Value::Date(*offset),
            },
            add: *add,
        })
    }

    /// Puts it among what an answer has before its resource adds to it.
    pub(super) fn apply(&self, headers: &mut HeaderMap, now: SystemTime) {
        let value = match &self.value {
            Value::Text(text) => text.clone(),
            Value::Date(offset) => date(now, *offset),
        };
        if self.add {
            headers.append(&self.name, value);
        } else {
            headers.insert(&self.name, value);
        }
    }
}

/// A time as HTTP has it; one before 1970 or after 9999 is cut to these.
fn date(now: SystemTime, offset: i64) -> HeaderValue {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let millis = i128::try_from(since).unwrap_or(i128::MAX).saturating_add(i128::from(offset));
    let last = 253_402_300_799_000;
    let at =
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis.clamp(0, last).try_into().unwrap_or_default());
    HeaderValue::from_str(&httpdate::fmt_http_date(at)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_from_now() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_500);
        let shown = [500, -2_000_000, i64::MAX, -1_500].map(|offset| date(now, offset));
        assert_eq!(
            shown,
            [
                "Thu, 01 Jan 1970 00:16:41 GMT",
                "Thu, 01 Jan 1970 00:00:00 GMT",
                "Fri, 31 Dec 9999 23:59:59 GMT",
                "Thu, 01 Jan 1970 00:16:39 GMT"
            ]
        );
    }

    #[test]
    fn sets_and_adds() {
        let rule = |name: &str, text: &str, add| {
            let value = config::HeaderValue::Text(text.to_owned());
            Added::new(&HeaderRule { name: name.to_owned(), value, add })
        };
        let mut headers = HeaderMap::new();
        for (text, add) in [("a", false), ("b", true), ("c", true)] {
            rule("x", text, add).unwrap().apply(&mut headers, SystemTime::UNIX_EPOCH);
        }
        assert_eq!(headers.get_all("x").iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        rule("X", "d", false).unwrap().apply(&mut headers, SystemTime::UNIX_EPOCH);
        assert_eq!(headers.get_all("x").iter().collect::<Vec<_>>(), ["d"]);
        assert_eq!(
            rule("a(b", "x", true).unwrap_err(),
            "response.http.headers.config: a(b cannot be in a header"
        );
    }
}
