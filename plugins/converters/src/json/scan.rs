//! A cursor over JSON text, with the leniencies of Connect's Jackson: leading zeros are fine, what
//! follows the first value is not looked at.

use std::borrow::Cow;

use ferry_sdk::{Error, ErrorKind};

/// Stands for bytes that are no UTF-8: JSON has it nowhere.
pub const MALFORMED: &str = "\u{1}\u{ffff}";

/// Jackson's `StreamReadConstraints` default.
const DEEPEST: u32 = 1000;

/// Why a message could not be read.
#[derive(Debug)]
pub enum Fail {
    /// It is not JSON.
    Syntax(String),
    /// It is JSON, but not of the schema. Boxed: results travel through deep recursion.
    Data(Box<Error>),
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self::Data(Box::new(error))
    }
}

impl From<Fail> for Error {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Data(error) => *error,
            Fail::Syntax(why) => serialization(why, "Converting byte[] to Kafka Connect data failed"),
        }
    }
}

/// Text that is no JSON: what did not go on, and why.
pub fn serialization(why: String, what: &str) -> Error {
    Error::data(why)
        .class("org.apache.kafka.common.errors.SerializationException")
        .context(ErrorKind::Data, format!("{what} due to serialization error: "))
}

pub type Scan<T> = Result<T, Fail>;

/// What a value is, by its first byte (`JsonNodeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
    /// There is no value at all.
    Missing,
}

impl Kind {
    /// Jackson's constant name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "OBJECT",
            Self::Array => "ARRAY",
            Self::String => "STRING",
            Self::Number => "NUMBER",
            Self::Boolean => "BOOLEAN",
            Self::Null => "NULL",
            Self::Missing => "MISSING",
        }
    }
}

/// A number as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number<'a> {
    pub text: &'a str,
    /// Whether it has neither fraction nor exponent.
    pub integral: bool,
}

/// Where we are in the text.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Cursor<'a> {
    /// At the start of the text, or somewhere inside of its outermost object.
    pub fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: u32::from(at > 0) }
    }
    /// Bytes from the start of the text.
    pub fn at(&self) -> usize {
        self.at
    }
    /// Goes back to an earlier place of the same depth.
    pub fn back_to(&mut self, earlier: &Self) {
        (self.at, self.depth) = (earlier.at, earlier.depth);
    }

    /// The next byte that is no white space.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
        None
    }

    #[cold]
    pub fn error<T>(&self, wanted: &str) -> Scan<T> {
        let rest = &self.text[self.at.min(self.text.len())..];
        Err(Fail::Syntax(match rest.chars().next() {
            Some(_) if rest.starts_with(MALFORMED) => {
                format!("no UTF-8 at byte {} where {wanted} was expected", self.at)
            }
            Some(found) => format!("found {found:?} at byte {} where {wanted} was expected", self.at),
            None => format!("the text ends at byte {} where {wanted} was expected", self.at),
        }))
    }

    /// What comes next.
    #[inline]
    pub fn kind(&mut self) -> Scan<Kind> {
        Ok(match self.peek() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            _ => return self.error("a value"),
        })
    }

    fn word(&mut self, word: &str) -> Scan<()> {
        let end = self.at + word.len();
        if self.text.as_bytes().get(self.at..end) != Some(word.as_bytes()) {
            return self.error(word);
        }
        let rest = &self.text[end..];
        // Jackson looks at the character after a word, but at none that sorts before the digits.
        let longer = |c: char| c == '_' || c.is_alphanumeric() || ('\u{7f}'..'\u{a0}').contains(&c);
        if rest.starts_with(longer) || rest.starts_with(MALFORMED) {
            return self.error(word);
        }
        self.at = end;
        Ok(())
    }

    pub fn null(&mut self) -> Scan<()> {
        self.word("null")
    }

    pub fn boolean(&mut self) -> Scan<bool> {
        if self.peek() == Some(b't') {
            self.word("true").map(|()| true)
        } else {
            self.word("false").map(|()| false)
        }
    }

    pub fn number(&mut self) -> Scan<Number<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let digits = |at: usize| bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match digits(self.at) {
            0 => return self.error("a digit"),
            n => self.at += n,
        }
        let mut integral = true;
        if bytes.get(self.at) == Some(&b'.') {
            integral = false;
            self.at += 1;
            match digits(self.at) {
                0 => return self.error("a digit"),
                n => self.at += n,
            }
        }
        if matches!(bytes.get(self.at), Some(b'e' | b'E')) {
            integral = false;
            self.at += 1;
            if matches!(bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            match digits(self.at) {
                0 => return self.error("a digit"),
                n => self.at += n,
            }
        }
        match bytes.get(self.at) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r') => {
                Ok(Number { text: &self.text[start..self.at], integral })
            }
            Some(b',' | b']' | b'}') if self.depth > 0 => {
                Ok(Number { text: &self.text[start..self.at], integral })
            }
            Some(_) => self.error("the end of the number"),
        }
    }

    /// A string; borrowed from the text unless it has escapes.
    #[inline]
    pub fn string(&mut self) -> Scan<Cow<'a, str>> {
        let start = self.at + 1;
        let end = start + plain(&self.text.as_bytes()[start..]);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        self.escaped(start, end).map(Cow::Owned)
    }

    #[cold]
    fn escaped(&mut self, start: usize, end: usize) -> Scan<String> {
        let bytes = self.text.as_bytes();
        let mut out = self.text[start..end].to_owned();
        self.at = end;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let simple = match bytes.get(self.at) {
                        Some(c @ (b'"' | b'\\' | b'/')) => char::from(*c),
                        Some(b'b') => '\u{8}',
                        Some(b'f') => '\u{C}',
                        Some(b'n') => '\n',
                        Some(b'r') => '\r',
                        Some(b't') => '\t',
                        Some(b'u') => {
                            out.push(self.unicode()?);
                            continue;
                        }
                        _ => return self.error("an escape"),
                    };
                    out.push(simple);
                    self.at += 1;
                }
                Some(0x20..) => {
                    let more = plain(&bytes[self.at..]);
                    out.push_str(&self.text[self.at..self.at + more]);
                    self.at += more;
                }
                _ => return self.error("the end of the string"),
            }
        }
    }

    /// After a backslash: `uXXXX`, with its second half if it is half of a pair. A half alone becomes
    /// `?`, which is what the JVM would write for it.
    fn unicode(&mut self) -> Scan<char> {
        let first = self.hex()?;
        if let Some(c) = char::from_u32(first.into()) {
            return Ok(c);
        }
        let rest = self.text.as_bytes();
        if first < 0xDC00 && rest.get(self.at..self.at + 2) == Some(b"\\u") {
            let before = self.at;
            self.at += 1;
            let second = self.hex()?;
            if let Some(Ok(c)) = char::decode_utf16([first, second]).next() {
                return Ok(c);
            }
            self.at = before;
        }
        Ok('?')
    }

    fn hex(&mut self) -> Scan<u16> {
        let digits =
            self.text.get(self.at + 1..self.at + 5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|d| u16::from_str_radix(d, 16).ok()) {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => self.error("four hexadecimal digits"),
        }
    }

    /// Steps into an object or array whose first byte is next.
    pub fn open(&mut self) -> Scan<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fail::Syntax(format!("nested deeper than {DEEPEST} levels at byte {}", self.at)));
        }
        self.at += 1;
        Ok(())
    }

    /// The next member's name, its colon behind us; `None`: the object has ended.
    #[inline]
    pub fn next_key(&mut self, first: &mut bool) -> Scan<Option<Cow<'a, str>>> {
        if !self.more(b'}', first)? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return self.error("a field name in quotes");
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return self.error("':'");
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Whether the array has another element, which is then next.
    #[inline]
    pub fn next_item(&mut self, first: &mut bool) -> Scan<bool> {
        self.more(b']', first)
    }

    fn more(&mut self, end: u8, first: &mut bool) -> Scan<bool> {
        match self.peek() {
            Some(byte) if byte == end => {
                // Only after a comma would this be wrong, and a comma is always followed by a value here.
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            _ if std::mem::take(first) => Ok(true),
            Some(b',') => {
                self.at += 1;
                if self.peek() == Some(end) { self.error("another element") } else { Ok(true) }
            }
            _ => self.error(if end == b'}' { "',' or '}'" } else { "',' or ']'" }),
        }
    }

    /// Passes over one value, all of its syntax checked.
    pub fn skip(&mut self) -> Scan<Kind> {
        let kind = self.kind()?;
        match kind {
            Kind::Object => {
                self.open()?;
                let mut first = true;
                while self.next_key(&mut first)?.is_some() {
                    self.skip()?;
                }
            }
            Kind::Array => {
                self.open()?;
                let mut first = true;
                while self.next_item(&mut first)? {
                    self.skip()?;
                }
            }
            Kind::String => drop(self.string()?),
            Kind::Number => drop(self.number()?),
            Kind::Boolean => drop(self.boolean()?),
            Kind::Null | Kind::Missing => self.null()?,
        }
        Ok(kind)
    }
}

/// Without branches, so that sixteen at a time become vector comparisons.
const fn special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// How many bytes at the start are neither quote, backslash nor control character.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let mut at = 0;
    for block in blocks {
        if block.iter().fold(0, |found, b| found | u8::from(special(*b))) != 0 {
            break;
        }
        at += 16;
    }
    at + bytes[at..].iter().position(|b| special(*b)).unwrap_or(bytes.len() - at)
}
