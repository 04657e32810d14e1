//! The characters of a body: strings, escapes and UTF-8, as `UTF8StreamJsonParser` sees them.

use super::fault::{Fault, Place};

/// The bytes of a body and a position in them.
pub(crate) struct Chars<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    line: usize,
    line_start: usize,
}

impl<'a> Chars<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        // Jackson skips a byte order mark, and counts it.
        let at = if bytes.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        Self { bytes, at, line: 1, line_start: 0 }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The place of the next byte.
    pub(crate) fn here(&self) -> Place {
        Place { line: self.line, column: self.at - self.line_start + 1 }
    }

    fn after(&self) -> Place {
        Place { line: self.line, column: self.at - self.line_start + 2 }
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.line_start = self.at;
    }

    /// Goes to the next byte that is not white space. Returns and passes it; none at the end.
    pub(crate) fn space(&mut self) -> Result<Option<u8>, Box<Fault>> {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.new_line();
                }
                b'\r' => {
                    self.at += 1;
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    self.new_line();
                }
                0..0x20 => {
                    return Err(Fault::syntax(
                        format!(
                            "Illegal character ((CTRL-CHAR, code {byte})): only regular white space (\\r, \\n, \\t) is allowed between tokens"
                        ),
                        self.after(),
                    ));
                }
                b'/' => return Err(self.unexpected(
                    "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
                )),
                _ => return Ok(Some(byte)),
            }
        }
        Ok(None)
    }

    /// The complaint about the next character.
    pub(crate) fn unexpected(&self, comment: &str) -> Box<Fault> {
        self.complain("", comment)
    }

    /// The complaint about the next character of a number.
    pub(crate) fn bad_number(&self, comment: &str) -> Box<Fault> {
        self.complain(" in numeric value", comment)
    }

    fn complain(&self, place: &str, comment: &str) -> Box<Fault> {
        let shown = match self.next_char("UTF-8 character") {
            Ok(shown) => shown,
            Err(fault) => return fault,
        };
        let code = u32::from(shown);
        let shown = match code {
            0..32 => format!("(CTRL-CHAR, code {code})"),
            _ => format!("'{shown}' (code {code})"),
        };
        Fault::syntax(format!("Unexpected character ({shown}){place}: {comment}"), self.here())
    }

    /// The next character, decoded. `token` is what Jackson says it was in when the input ends.
    fn next_char(&self, token: &str) -> Result<char, Box<Fault>> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let length = match rest.first() {
            Some(0..0x80) => 1,
            Some(0xc0..0xe0) => 2,
            Some(0xe0..0xf0) => 3,
            Some(0xf0..0xf8) => 4,
            Some(byte) => {
                return Err(Fault::syntax(format!("Invalid UTF-8 start byte 0x{byte:x}"), self.after()));
            }
            None => return Ok('\0'),
        };
        for step in 1..length {
            match rest.get(step) {
                Some(0x80..0xc0) => {}
                Some(byte) => {
                    let Place { line, column } = self.after();
                    let place = Place { line, column: column + step };
                    return Err(Fault::syntax(format!("Invalid UTF-8 middle byte 0x{byte:x}"), place));
                }
                None => {
                    let Place { line, column } = self.here();
                    let place = Place { line, column: column + rest.len() };
                    return Err(Fault::syntax(format!("Unexpected end-of-input in {token}"), place));
                }
            }
        }
        match std::str::from_utf8(&rest[..length]) {
            Ok(text) => Ok(text.chars().next().unwrap_or_default()),
            // Surrogates and overlong forms pass Jackson and are then no text.
            Err(_) => Ok(char::REPLACEMENT_CHARACTER),
        }
    }

    /// A string whose opening quote was passed. `what` is "string value" or "name", `token` what
    /// Jackson says it was in when the input ends. The position is then after its end, or at the fault.
    pub(crate) fn string(&mut self, what: &str, token: &str) -> Result<String, Box<Fault>> {
        let mut out = String::new();
        loop {
            let start = self.at;
            while let Some(byte) = self.peek() {
                if !(0x20..0x80).contains(&byte) || byte == b'"' || byte == b'\\' {
                    break;
                }
                self.at += 1;
            }
            out.push_str(std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default());
            match self.peek() {
                None => {
                    return Err(Fault::syntax(format!("Unexpected end-of-input in {token}"), self.here()));
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out)?,
                Some(byte @ 0..0x20) => {
                    return Err(Fault::syntax(
                        format!(
                            "Illegal unquoted character ((CTRL-CHAR, code {byte})): has to be escaped using backslash to be included in {what}"
                        ),
                        self.here(),
                    ));
                }
                Some(_) => {
                    let shown = self.next_char(token)?;
                    out.push(shown);
                    self.at += match self.bytes[self.at] {
                        0xf0.. => 4,
                        0xe0.. => 3,
                        _ => 2,
                    };
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Box<Fault>> {
        let end = |place| Fault::syntax("Unexpected end-of-input in character escape sequence", place);
        self.at += 1;
        let Some(byte) = self.peek() else { return Err(end(self.here())) };
        let plain = match byte {
            b'b' => '\u{8}',
            b't' => '\t',
            b'n' => '\n',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'"' | b'/' | b'\\' => char::from(byte),
            b'u' => {
                self.at += 1;
                let high = self.hex()?;
                out.push(self.surrogate(high)?);
                return Ok(());
            }
            _ => {
                let shown = self.next_char("character escape sequence")?;
                return Err(Fault::syntax(
                    format!("Unrecognized character escape '{shown}' (code {})", u32::from(shown)),
                    self.here(),
                ));
            }
        };
        self.at += 1;
        out.push(plain);
        Ok(())
    }

    /// The character of a `\u` escape; a pair of surrogates is one, a lone one is replaced, as Java does
    /// when it writes it.
    fn surrogate(&mut self, high: u32) -> Result<char, Box<Fault>> {
        if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('?'));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or('?'))
    }

    fn hex(&mut self) -> Result<u32, Box<Fault>> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek() else {
                return Err(Fault::syntax(
                    "Unexpected end-of-input in character escape sequence",
                    self.here(),
                ));
            };
            let digit = char::from(byte)
                .to_digit(16)
                .ok_or_else(|| self.unexpected("expected a hex-digit for character escape sequence"))?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// The text from `start` to here.
    pub(crate) fn since(&self, start: usize) -> String {
        String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()
    }

    /// The letters, digits and such from here on, which are not a token: for the complaint about them.
    pub(crate) fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(byte) = self.peek() {
            let shown = match byte {
                0x80.. => self.next_char("").unwrap_or(char::from(byte)),
                _ => char::from(byte),
            };
            if !shown.is_alphanumeric() && shown != '_' && shown != '$' {
                break;
            }
            word.push(shown);
            self.at += if byte < 0x80 { 1 } else { shown.len_utf8() };
        }
        word
    }
}
