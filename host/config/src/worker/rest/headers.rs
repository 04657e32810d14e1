//! `response.http.headers.config`: what is added to each answer (Jetty's `HeaderFilter`).

use crate::error::{ConfigError, Result};

const KEY: &str = "response.http.headers.config";
const ACTIONS: [&str; 4] = ["set", "add", "setDate", "addDate"];

/// What a rule writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderValue {
    /// This text.
    Text(String),
    /// The time of the answer and so many milliseconds.
    Date(i64),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRule {
    /// Name of the header.
    pub name: String,
    /// Its value.
    pub value: HeaderValue,
    /// Whether it stands beside others of its name, and does not replace them.
    pub add: bool,
}

/// Reads the rules. The texts are those of Connect's `ResponseHttpHeadersValidator`.
pub(super) fn rules(config: &str) -> Result<Vec<HeaderRule>> {
    split(config).iter().map(|rule| one(rule)).collect()
}

fn one(rule: &str) -> Result<HeaderRule> {
    let refuse = |text: String| Err(ConfigError::message(text));
    let Some((action, header)) = rule.trim().split_once(char::is_whitespace) else {
        return refuse(format!(
            "Invalid format of header config '{rule}'. Expected: '[action] [header name]:[header value]'"
        ));
    };
    if !ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action)) {
        let known = ACTIONS.join(", ");
        return refuse(format!("Invalid header config action: '{action}'. Expected one of [{known}]"));
    }
    let header = header.trim_start();
    // Java's `split` forgets empty ends: "X:" is one part, "X::" too, ":x" two.
    let parts: Vec<&str> = header.trim_end().trim_end_matches(':').split(':').collect();
    let &[name, value] = parts.as_slice() else {
        return refuse(format!(
            "Invalid format of header name and header value pair '{header}'. Expected: '[header name]:[header value]'"
        ));
    };
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || name.contains(char::is_whitespace) {
        return refuse(format!(
            "Invalid header name '{name}'. The '[header name]' cannot contain whitespace"
        ));
    }
    // Connect takes actions in any case, and Jetty then goes by these letters.
    let value = if action.ends_with("Date") {
        let offset = value.parse().map_err(|_| {
            let reason = format!("{action} {name} takes milliseconds from now, not \"{value}\"");
            ConfigError::invalid(KEY, rule, reason)
        })?;
        HeaderValue::Date(offset)
    } else {
        HeaderValue::Text(value.to_owned())
    };
    Ok(HeaderRule { name: name.to_owned(), value, add: action.starts_with("add") })
}

/// Parts between commas, those within quotes whole (Jetty's `StringUtil.csvSplit`). Blanks around parts, what
/// follows a quoted part up to the next comma, and a comma at the end do not count.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut rest) = (Vec::new(), text.chars().peekable());
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        match rest.peek() {
            None => return parts,
            Some('"') => {
                rest.next();
                parts.push(quoted(&mut rest));
                for c in rest.by_ref() {
                    if c == ',' {
                        break;
                    }
                }
            }
            Some(_) => {
                let part: String = std::iter::from_fn(|| rest.next_if(|c| *c != ',')).collect();
                rest.next();
                parts.push(part.trim_end().to_owned());
            }
        }
    }
}

/// Up to the closing quote; a backslash keeps what follows it.
fn quoted(rest: &mut impl Iterator<Item = char>) -> String {
    let mut part = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => part.extend(rest.next()),
            c => part.push(c),
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_jetty_does() {
        let found = split(r#" a b ,"x, \"y\" z" junk, ,c,"#);
        assert_eq!(found, ["a b", "x, \"y\" z", "", "c"]);
        assert_eq!(split("\"open"), ["open"]);
        assert!(split("  ").is_empty());
    }

    #[test]
    fn reads_rules() {
        let found = rules(
            "set X-Frame-Options: DENY,\"add Cache-Control: no-cache, no-store\",setDate Expires:31540000000,\
             ADD x:y, addDate\tDate: -5,setdate A:1",
        );
        let rule = |name: &str, value, add| HeaderRule { name: name.to_owned(), value, add };
        let text = |text: &str| HeaderValue::Text(text.to_owned());
        let expected = [
            rule("X-Frame-Options", text("DENY"), false),
            rule("Cache-Control", text("no-cache, no-store"), true),
            rule("Expires", HeaderValue::Date(31_540_000_000), false),
            rule("x", text("y"), false),
            rule("Date", HeaderValue::Date(-5), true),
            rule("A", text("1"), false),
        ];
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn refuses_in_connects_words() {
        let found =
            ["set", "put X:y", "set X", "set X:", "set :y", "set X:a:b", "set a b:c", "setDate X:soon"]
                .map(|rule| rules(rule).unwrap_err().to_string());
        let pair = |pair: &str| {
            format!(
                "Invalid format of header name and header value pair '{pair}'. Expected: '[header name]:[header value]'"
            )
        };
        let expected = [
            "Invalid format of header config 'set'. Expected: '[action] [header name]:[header value]'".to_owned(),
            "Invalid header config action: 'put'. Expected one of [set, add, setDate, addDate]".to_owned(),
            pair("X"),
            pair("X:"),
            "Invalid header name ''. The '[header name]' cannot contain whitespace".to_owned(),
            pair("X:a:b"),
            "Invalid header name 'a b'. The '[header name]' cannot contain whitespace".to_owned(),
            "Invalid value setDate X:soon for configuration response.http.headers.config: setDate X takes milliseconds \
             from now, not \"soon\""
                .to_owned(),
        ];
        assert_eq!(found, expected);
    }
}
