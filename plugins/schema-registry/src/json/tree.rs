//! JSON text as a tree that borrows from it, numbers as they were written.

use std::borrow::Cow;

use ferry_sdk::data::java;
use ferry_sdk::{Error, Result};

/// A value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "they are JSON's own words")]
pub enum Tree<'a> {
    Null,
    Bool(bool),
    /// Its text.
    Number(&'a str),
    Text(Cow<'a, str>),
    Array(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

/// No value is nested deeper.
const DEEPEST: usize = 300;

impl<'a> Tree<'a> {
    /// The value that `bytes` begin with; what follows it is not looked at, as by Jackson.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let text = simdutf8::compat::from_utf8(bytes)
            .map_err(|error| bad(&format!("Invalid UTF-8 at byte {}", error.valid_up_to())))?;
        Parser { text, at: 0 }.value(0)
    }
    /// Jackson's name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "BOOLEAN",
            Self::Number(_) => "NUMBER",
            Self::Text(_) => "STRING",
            Self::Array(_) => "ARRAY",
            Self::Object(_) => "OBJECT",
        }
    }
    /// Whether it is a number without fraction and exponent.
    pub fn is_integral(&self) -> bool {
        matches!(self, Self::Number(text) if integral(text))
    }
    /// `longValue`: the lowest 64 bits of a number, 0 for everything else.
    pub fn long(&self) -> i64 {
        let Self::Number(text) = self else { return 0 };
        if !integral(text) {
            let exact = java::parse_decimal(text).map(|decimal| decimal.to_i64_wrapping());
            return exact.unwrap_or_default();
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, *text),
        };
        let value = digits
            .bytes()
            .fold(0_i64, |value, digit| value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')));
        if negative { value.wrapping_neg() } else { value }
    }
    /// `doubleValue`
    pub fn double(&self) -> f64 {
        match self {
            Self::Number(text) => text.parse().unwrap_or_default(),
            _ => 0.0,
        }
    }
    /// `floatValue`
    pub fn float(&self) -> f32 {
        match self {
            Self::Number(text) => text.parse().unwrap_or_default(),
            _ => 0.0,
        }
    }
    /// The member `name` of an object, the last of that name.
    pub fn get(&self, name: &str) -> Option<&Tree<'a>> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

fn integral(text: &str) -> bool {
    !text.contains(['.', 'e', 'E', 'N', 'I'])
}

fn bad(message: &str) -> Error {
    Error::data(message).class("com.fasterxml.jackson.core.JsonParseException")
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn error<T>(&self) -> Result<T> {
        match self.text[self.at..].chars().next() {
            None => {
                Err(bad("Unexpected end-of-input").class("com.fasterxml.jackson.core.io.JsonEOFException"))
            }
            Some(c) => Err(bad(&format!("Unexpected character ('{c}') at byte {}", self.at))),
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.eat(byte) { Ok(()) } else { self.error() }
    }

    fn value(&mut self, depth: usize) -> Result<Tree<'a>> {
        if depth > DEEPEST {
            return Err(bad(&format!("The document is nested deeper than {DEEPEST} levels")));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Tree::Text(self.string()?)),
            Some(b't') => self.word("true", Tree::Bool(true)),
            Some(b'f') => self.word("false", Tree::Bool(false)),
            Some(b'n') => self.word("null", Tree::Null),
            Some(b'N') => self.word("NaN", Tree::Number("NaN")),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.error(),
        }
    }

    fn word(&mut self, word: &str, value: Tree<'a>) -> Result<Tree<'a>> {
        if !self.text[self.at..].starts_with(word) {
            return self.error();
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Tree<'a>> {
        self.expect(b'{')?;
        let mut members = Vec::new();
        if self.eat(b'}') {
            return Ok(Tree::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.error();
            }
            let name = self.string()?;
            self.expect(b':')?;
            members.push((name, self.value(depth + 1)?));
            if self.eat(b'}') {
                return Ok(Tree::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Tree<'a>> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(Tree::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.eat(b']') {
                return Ok(Tree::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        let mut plain = true;
        loop {
            at += bytes.get(at..).map_or(0, crate::text::plain);
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    plain = false;
                    at += 2;
                }
                Some(0..0x20) | None => {
                    self.at = at.min(bytes.len());
                    return self.error();
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        if plain {
            return Ok(Cow::Borrowed(&self.text[start + 1..at]));
        }
        let unescaped = serde_json::from_str(&self.text[start..=at]);
        unescaped.map(Cow::Owned).map_err(|error| bad(&format!("{error} in a string at byte {start}")))
    }

    fn number(&mut self) -> Result<Tree<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut at = start + usize::from(bytes[start] == b'-');
        let whole = digits(at);
        let leading_zero = whole > 1 && bytes[at] == b'0';
        at += whole;
        let mut fine = whole > 0 && !leading_zero;
        if bytes.get(at) == Some(&b'.') {
            let fraction = digits(at + 1);
            fine &= fraction > 0;
            at += 1 + fraction;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at.min(bytes.len()));
            fine &= exponent > 0;
            at += exponent;
        }
        if !fine {
            return self.error();
        }
        self.at = at;
        Ok(Tree::Number(&self.text[start..at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_values_and_never_panics() {
        let tree = Tree::parse(br#" {"a":[1,-2.5e3,true,null,"x\n\u00e9"],"b":{}} rest"#).expect("JSON");
        assert_eq!(tree.get("b"), Some(&Tree::Object(Vec::new())));
        let Some(Tree::Array(items)) = tree.get("a") else { panic!("an array") };
        assert_eq!((items[0].long(), items[1].long(), items[1].double()), (1, -2500, -2500.0));
        assert_eq!(items[4], Tree::Text("x\né".into()));
        for text in [
            "",
            "{",
            "[1,",
            "\"x",
            "\"\\",
            "01",
            "-",
            "1.",
            "1e",
            "{\"a\"}",
            "nul",
            "[1 2]",
            "{1:2}",
            "\"\\u12\"",
        ] {
            assert!(Tree::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Tree::parse(b"\"\xff\"").is_err());
        assert!(Tree::parse("[".repeat(100_000).as_bytes()).is_err());
        assert_eq!(Tree::parse(b"9223372036854775808").expect("a number").long(), i64::MIN);
    }
}
