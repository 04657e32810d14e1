//! Reads JSON (RFC 8259) with the place of every name and value.

use ferry_config::properties::{Place, Span};

use super::{Fault, Key, Kind, Node};

/// Deeper than any configuration and any record of a test.
const DEEPEST: usize = 200;

/// The first value of a text, and the place of what follows it, if something does.
///
/// # Errors
/// What is no JSON, and where.
pub fn first(text: &str) -> Result<(Node, Option<Place>), Fault> {
    let mut reader = Reader { text, at: 0, place: Place { line: 1, column: 1 }, depth: 0 };
    let node = reader.value()?;
    reader.space();
    let rest = (!reader.rest().is_empty()).then_some(reader.place);
    Ok((node, rest))
}

/// A text that is one value.
///
/// # Errors
/// What is no JSON, and where.
pub fn whole(text: &str) -> Result<Node, Fault> {
    match first(text)? {
        (node, None) => Ok(node),
        (_, Some(at)) => Err(Fault { at, why: "there is text after the end of the JSON value".to_owned() }),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    place: Place,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        let ends = c == '\n' || (c == '\r' && self.peek() != Some('\n'));
        self.place = match ends {
            true => Place { line: self.place.line + 1, column: 1 },
            false => Place { column: self.place.column + 1, ..self.place },
        };
        Some(c)
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn fault<T>(&self, why: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at: self.place, why: why.into() })
    }

    /// What is here instead of what was wanted.
    fn unexpected<T>(&self, wanted: &str) -> Result<T, Fault> {
        match self.peek() {
            Some(c) => self.fault(format!("{wanted} was expected, not {c:?}")),
            None => self.fault(format!("{wanted} was expected, but the text ends here")),
        }
    }

    /// A node that began at `at`; its length counts to the end of that line.
    fn node(&self, at: Place, start: usize, kind: Kind) -> Node {
        let first = self.text[start..self.at].lines().next().unwrap_or_default();
        Node { at: Span { at, length: first.chars().count() }, kind }
    }

    fn value(&mut self) -> Result<Node, Fault> {
        self.space();
        let (at, start) = (self.place, self.at);
        let kind = match self.peek() {
            Some('{') => self.nested(Self::map)?,
            Some('[') => self.nested(Self::list)?,
            Some('"') => Kind::Text(self.string()?),
            Some(c) if c == '-' || c.is_ascii_digit() => Kind::Number(self.number()?),
            Some(c) if c.is_ascii_alphabetic() => self.word()?,
            Some('\'') => return self.fault("strings stand in double quotes in JSON"),
            _ => return self.unexpected("a value"),
        };
        Ok(self.node(at, start, kind))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Kind, Fault>) -> Result<Kind, Fault> {
        if self.depth == DEEPEST {
            return self.fault(format!("more than {DEEPEST} values in one another"));
        }
        self.depth += 1;
        self.next();
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn map(&mut self) -> Result<Kind, Fault> {
        let mut entries = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some('}') if entries.is_empty() => break,
                Some('"') => {}
                Some('}') => return self.fault("there is a comma before the closing brace"),
                _ => return self.unexpected("a name in double quotes"),
            }
            let (at, start) = (self.place, self.at);
            let text = self.string()?;
            let length = self.text[start..self.at].chars().count();
            self.space();
            if self.peek() != Some(':') {
                return self.unexpected("a colon");
            }
            self.next();
            entries.push((Key { at: Span { at, length }, text }, self.value()?));
            self.space();
            match self.peek() {
                Some(',') => drop(self.next()),
                Some('}') => break,
                _ => return self.unexpected("a comma or a closing brace"),
            }
        }
        self.next();
        Ok(Kind::Map(entries))
    }

    fn list(&mut self) -> Result<Kind, Fault> {
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(']') if items.is_empty() => break,
                Some(']') => return self.fault("there is a comma before the closing bracket"),
                _ => items.push(self.value()?),
            }
            self.space();
            match self.peek() {
                Some(',') => drop(self.next()),
                Some(']') => break,
                _ => return self.unexpected("a comma or a closing bracket"),
            }
        }
        self.next();
        Ok(Kind::List(items))
    }

    /// The library reads what is between the quotes; this finds the second one.
    fn string(&mut self) -> Result<String, Fault> {
        let (at, start) = (self.place, self.at);
        self.next();
        loop {
            match self.peek() {
                Some('"') => break,
                Some('\\') => {
                    self.next();
                }
                Some(c) if c < ' ' => {
                    return self
                        .fault("a string ends on its line; write \\n for a line break, \\t for a tab");
                }
                Some(_) => {}
                None => return Err(Fault { at, why: "this string has no end".to_owned() }),
            }
            self.next();
        }
        self.next();
        serde_json::from_str(&self.text[start..self.at]).map_err(|error| {
            // It knows its place within the string only.
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            Fault { at, why: format!("{why} in this string") }
        })
    }

    fn number(&mut self) -> Result<String, Fault> {
        let (at, start) = (self.place, self.at);
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) {
            self.next();
        }
        let text = &self.text[start..self.at];
        let valid = serde_json::from_str::<serde_json::Number>(text).is_ok() || is_long_number(text);
        match valid {
            true => Ok(text.to_owned()),
            false => Err(Fault { at, why: format!("{text} is no number of JSON") }),
        }
    }

    fn word(&mut self) -> Result<Kind, Fault> {
        let (at, start) = (self.place, self.at);
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.next();
        }
        match &self.text[start..self.at] {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            word => Err(Fault {
                at,
                why: format!("{word} is no value of JSON; a string stands in double quotes"),
            }),
        }
    }
}

/// A number that is only too large for the library.
fn is_long_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = whole.split_once('.').unwrap_or((whole, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    [whole, fraction, exponent].into_iter().all(all_digits) && (whole == "0" || !whole.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_place_of_everything() {
        let text = "{\n  \"ä\": [1e999, true],\r\n  \"b\": {\"c\": \"x\\u00e9\"}, \"b\": null} x";
        let (node, rest) = first(text).expect("JSON");
        let places: Vec<(String, usize, usize, usize)> = node
            .entries()
            .expect("a map")
            .iter()
            .map(|(key, node)| (key.text.clone(), key.at.at.line, key.at.at.column, node.at.at.column))
            .collect();
        let place = |name: &str, line, key, value| (name.to_owned(), line, key, value);
        assert_eq!(places, [place("ä", 2, 3, 8), place("b", 3, 3, 8), place("b", 3, 26, 31)]);
        assert_eq!(rest, Some(Place { line: 3, column: 37 }));
        assert_eq!(node.get("b").map(|node| &node.kind), Some(&Kind::Null));
    }

    #[test]
    fn says_what_is_no_json_and_where() {
        let found = [
            "",
            "{",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "[1,]",
            "[1 2]",
            "{'a':1}",
            "nul",
            "[01]",
            "\"a\nb\"",
            "\"a",
            "\"\\x\"",
            "{\"a\":tru}",
            "[1]x",
        ]
        .map(|text| whole(text).expect_err(text).to_string());
        let expected = [
            "a value was expected, but the text ends here (line 1, column 1)",
            "a name in double quotes was expected, but the text ends here (line 1, column 2)",
            "a colon was expected, not '1' (line 1, column 6)",
            "there is a comma before the closing brace (line 1, column 8)",
            "there is a comma before the closing bracket (line 1, column 4)",
            "a comma or a closing bracket was expected, not '2' (line 1, column 4)",
            "a name in double quotes was expected, not '\\'' (line 1, column 2)",
            "nul is no value of JSON; a string stands in double quotes (line 1, column 1)",
            "01 is no number of JSON (line 1, column 2)",
            "a string ends on its line; write \\n for a line break, \\t for a tab (line 1, column 3)",
            "this string has no end (line 1, column 1)",
            "invalid escape in this string (line 1, column 1)",
            "tru is no value of JSON; a string stands in double quotes (line 1, column 6)",
            "there is text after the end of the JSON value (line 1, column 4)",
        ];
        assert_eq!(found, expected);
        assert!(whole(&"[".repeat(5000)).is_err());
    }
}
