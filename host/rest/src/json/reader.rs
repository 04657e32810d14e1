//! From bytes to tokens, one at a time (`UTF8StreamJsonParser`).

use super::chars::Chars;
use super::fault::{Fault, Place};
use super::token::Token;

const ANY_VALUE: &str =
    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
/// Jackson refuses deeper nesting (`StreamReadConstraints`).
const DEPTH: usize = 1000;

struct Level {
    object: bool,
    start: Place,
    /// Entries or items so far.
    count: usize,
}

/// Reads tokens.
pub(crate) struct Reader<'a> {
    chars: Chars<'a>,
    levels: Vec<Level>,
    /// A field name was read, its value was not.
    in_field: bool,
    last: &'static str,
    start: Place,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            chars: Chars::new(bytes),
            levels: Vec::new(),
            in_field: false,
            last: "null",
            start: Place { line: 1, column: 1 },
        }
    }

    /// Where the last token begins.
    pub(crate) fn token_place(&self) -> Place {
        self.start
    }

    /// What was read so far ends here.
    pub(crate) fn place(&self) -> Place {
        self.chars.here()
    }

    /// What Jackson has read once it knows of `token`, the last one: of a string only the first quote.
    pub(crate) fn place_after(&self, token: &Token) -> Place {
        match token {
            Token::Text(_) => Place { column: self.start.column + 1, ..self.start },
            _ => self.place(),
        }
    }

    /// The next token; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Token>, Box<Fault>> {
        let token = self.advance()?;
        if let Some(token) = &token {
            self.last = token.name();
        }
        Ok(token)
    }

    /// The next token, which the caller knows to be there or faulty: only within an object or an array.
    pub(crate) fn inner(&mut self) -> Result<Token, Box<Fault>> {
        match self.next()? {
            Some(token) => Ok(token),
            None => Err(Fault::syntax("Unexpected end-of-input", self.place())),
        }
    }

    fn advance(&mut self) -> Result<Option<Token>, Box<Fault>> {
        let Some(byte) = self.chars.space()? else {
            return match self.levels.last() {
                None => Ok(None),
                Some(_) if self.in_field => Err(self.ends_between()),
                Some(level) => Err(Fault::syntax(
                    format!(
                        "Unexpected end-of-input: expected close marker for {} (start marker at {})",
                        name(level.object),
                        level.start
                    ),
                    self.place(),
                )),
            };
        };
        self.start = self.place();
        if byte == b'}' || byte == b']' {
            return self.close(byte).map(Some);
        }
        if std::mem::take(&mut self.in_field) {
            return self.value(byte).map(Some);
        }
        let Some(level) = self.levels.last_mut() else { return self.value(byte).map(Some) };
        level.count += 1;
        let (object, first) = (level.object, level.count == 1);
        let byte = if first { byte } else { self.comma(byte, object)? };
        if object { self.field(byte).map(Some) } else { self.value(byte).map(Some) }
    }

    fn comma(&mut self, byte: u8, object: bool) -> Result<u8, Box<Fault>> {
        if byte != b',' {
            return Err(self
                .chars
                .unexpected(&format!("was expecting comma to separate {} entries", name(object))));
        }
        self.chars.at += 1;
        let next = self.chars.space()?.ok_or_else(|| self.ends_between())?;
        self.start = self.place();
        Ok(next)
    }

    fn ends_between(&self) -> Box<Fault> {
        let object = self.levels.last().is_some_and(|level| level.object);
        Fault::syntax(
            format!("Unexpected end-of-input within/between {} entries", name(object)),
            self.place(),
        )
    }

    fn close(&mut self, byte: u8) -> Result<Token, Box<Fault>> {
        let object = byte == b'}';
        let shown = char::from(byte);
        match self.levels.last() {
            Some(_) if self.in_field => Err(self.no_value(byte)),
            Some(level) if level.object == object => {
                self.levels.pop();
                self.chars.at += 1;
                Ok(if object { Token::EndObject } else { Token::EndArray })
            }
            Some(level) => Err(Fault::syntax(
                format!(
                    "Unexpected close marker '{shown}': expected '{}' (for {} starting at {})",
                    if level.object { '}' } else { ']' },
                    name(level.object),
                    level.start
                ),
                self.place(),
            )),
            None => Err(Fault::syntax(
                format!("Unexpected close marker '{shown}': no open {} to close", name(object)),
                self.place(),
            )),
        }
    }

    fn field(&mut self, byte: u8) -> Result<Token, Box<Fault>> {
        if byte != b'"' {
            return Err(self.chars.unexpected("was expecting double-quote to start field name"));
        }
        self.chars.at += 1;
        let field = self.chars.string("name", "field name")?;
        match self.chars.space()? {
            Some(b':') => self.chars.at += 1,
            Some(_) => {
                return Err(self.chars.unexpected("was expecting a colon to separate field name and value"));
            }
            None => return Err(self.ends_between()),
        }
        self.in_field = true;
        Ok(Token::Field(field))
    }

    fn value(&mut self, byte: u8) -> Result<Token, Box<Fault>> {
        match byte {
            b'{' | b'[' => {
                if self.levels.len() == DEPTH {
                    return Err(Fault::syntax(
                        "Document nesting depth (1001) exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNestingDepth()`)",
                        self.place(),
                    ));
                }
                self.levels.push(Level { object: byte == b'{', start: self.start, count: 0 });
                self.chars.at += 1;
                Ok(if byte == b'{' { Token::StartObject } else { Token::StartArray })
            }
            b'"' => {
                self.chars.at += 1;
                Ok(Token::Text(self.chars.string("string value", "VALUE_STRING")))
            }
            b'-' | b'0'..=b'9' => self.number(),
            b'+' => {
                self.chars.at += 1;
                let fault = Fault::syntax(
                    "Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow",
                    self.place(),
                );
                Err(fault)
            }
            b',' | b'}' | b']' => Err(self.no_value(byte)),
            _ if byte.is_ascii_alphabetic() => self.constant(),
            _ => Err(self.chars.unexpected(ANY_VALUE)),
        }
    }

    /// The complaint about a comma or a bracket in place of a value.
    fn no_value(&self, byte: u8) -> Box<Fault> {
        let in_object = self.levels.last().is_some_and(|level| level.object);
        self.chars.unexpected(if byte == b']' && in_object { ANY_VALUE } else { "expected a value" })
    }

    fn unknown(&mut self) -> Box<Fault> {
        let place = self.place();
        let word = self.chars.word();
        Fault::syntax(
            format!(
                "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            ),
            place,
        )
    }

    fn constant(&mut self) -> Result<Token, Box<Fault>> {
        let begin = self.chars.at;
        let word = self.chars.word();
        match word.as_str() {
            "true" => Ok(Token::True),
            "false" => Ok(Token::False),
            "null" => Ok(Token::Null),
            "NaN" | "Infinity" => Err(self.non_standard(&word)),
            _ => {
                self.chars.at = begin;
                Err(self.unknown())
            }
        }
    }

    fn non_standard(&self, word: &str) -> Box<Fault> {
        Fault::syntax(
            format!(
                "Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
            ),
            self.place(),
        )
    }

    fn digits(&mut self) -> usize {
        let begin = self.chars.at;
        while self.chars.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.chars.at += 1;
        }
        self.chars.at - begin
    }

    fn number(&mut self) -> Result<Token, Box<Fault>> {
        let begin = self.chars.at;
        let ends = |reader: &Self| {
            Fault::syntax(format!("Unexpected end-of-input in {}", reader.last), reader.place())
        };
        let minus = self.chars.peek() == Some(b'-');
        if minus {
            self.chars.at += 1;
        }
        match self.chars.peek() {
            None => return Err(ends(self)),
            Some(b'I') if minus => {
                let word = self.chars.word();
                return Err(self.non_standard(&format!("-{word}")));
            }
            Some(byte) if !byte.is_ascii_digit() => {
                return Err(self
                    .chars
                    .bad_number("expected digit (0-9) to follow minus sign, for valid numeric value"));
            }
            Some(b'0') => {
                self.chars.at += 1;
                if self.chars.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                    return Err(Fault::syntax(
                        "Invalid numeric value: Leading zeroes not allowed",
                        self.place(),
                    ));
                }
            }
            Some(_) => {
                self.digits();
            }
        }
        let mut float = false;
        if self.chars.peek() == Some(b'.') {
            float = true;
            self.chars.at += 1;
            if self.digits() == 0 {
                if self.chars.peek().is_none() {
                    // Jackson shows the last character it saw.
                    self.chars.at -= 1;
                }
                return Err(self.chars.bad_number("Decimal point not followed by a digit"));
            }
        }
        if matches!(self.chars.peek(), Some(b'e' | b'E')) {
            float = true;
            self.chars.at += 1;
            if matches!(self.chars.peek(), Some(b'+' | b'-')) {
                self.chars.at += 1;
            }
            if self.digits() == 0 {
                return Err(match self.chars.peek() {
                    None => ends(self),
                    Some(_) => self.chars.bad_number("Exponent indicator not followed by a digit"),
                });
            }
        }
        // At the root a number needs white space after it.
        if self.levels.is_empty() && self.chars.peek().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return Err(self.chars.unexpected("Expected space separating root-level values"));
        }
        let text = self.chars.since(begin);
        Ok(if float { Token::Float(text) } else { Token::Integer(text) })
    }

    /// Skips the rest of the value that begins with `token`.
    pub(crate) fn skip(&mut self, token: Token) -> Result<(), Box<Fault>> {
        let mut depth = 0usize;
        let mut token = token;
        loop {
            match token {
                Token::StartObject | Token::StartArray => depth += 1,
                Token::EndObject | Token::EndArray => depth -= 1,
                Token::Text(Err(fault)) => return Err(fault),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
            token = self.inner()?;
        }
    }
}

fn name(object: bool) -> &'static str {
    if object { "Object" } else { "Array" }
}
