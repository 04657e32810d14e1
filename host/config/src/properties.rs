//! Reads and writes Java `.properties` text as `java.util.Properties` does (JDK 17).

use std::path::Path;

use crate::error::{ConfigError, Result};

/// Reads a file. Its bytes are UTF-8 or, where they are not, ISO-8859-1 (which is all that the JVM
/// worker understands).
///
/// # Errors
/// The file cannot be read, or holds a malformed `\uxxxx`.
pub fn read(path: &Path) -> Result<Vec<(String, String)>> {
    let bytes = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&decode(bytes)).map_err(|e| e.in_file(path))
}

/// The JDK's sentence about a `\uxxxx` that is none.
pub const MALFORMED: &str = "Malformed \\uxxxx encoding.";

/// Bytes of a properties file as text: UTF-8 if they are, else ISO-8859-1.
pub fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect())
}

/// A place in a text. Both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// Text on one line: where it begins and how many characters it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first character.
    pub at: Place,
    /// Its length up to the end of the line it begins on.
    pub length: usize,
}

/// One setting as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The value before its escapes were resolved; continued lines are joined.
    pub written: String,
    /// Where the name stands.
    pub key_at: Span,
    /// Where the value stands.
    pub value_at: Span,
}

/// All that a properties text says, in its order; a key may be there more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The settings.
    pub entries: Vec<Entry>,
    /// The comments without their `#` or `!`, each with the line it is on.
    pub comments: Vec<(usize, String)>,
}

/// A `\uxxxx` that is none, in the logical line that begins here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub Place);

/// Parses text. Keys come in the order of their first mention, a later value replaces an earlier one.
///
/// # Errors
/// `Malformed \uxxxx encoding.`, with the line it is on.
pub fn parse(text: &str) -> Result<Vec<(String, String)>> {
    let document = document(text)
        .map_err(|Malformed(at)| ConfigError::message(format!("{MALFORMED} (line {})", at.line)))?;
    let mut entries: Vec<(String, String)> = Vec::new();
    for Entry { key, value, .. } in document.entries {
        match entries.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }
    Ok(entries)
}

/// The same with everything in its place.
///
/// # Errors
/// The first malformed `\uxxxx`.
pub fn document(text: &str) -> Result<Document, Malformed> {
    let mut document = Document::default();
    let mut lines = LogicalLines {
        rest: text.chars().peekable(),
        here: Place { line: 1, column: 1 },
        comments: Vec::new(),
    };
    while let Some((line, start)) = lines.next_line() {
        let (key, value) = split(&line);
        let unescaped = |part: &[Char]| unescape(part).ok_or(Malformed(start));
        // Where there is no value, it would stand right behind.
        let end = line.last().map_or(start, |last| Place { column: last.at.column + 1, ..last.at });
        document.entries.push(Entry {
            key: unescaped(key)?,
            value: unescaped(value)?,
            written: value.iter().map(|one| one.c).collect(),
            key_at: span(key, start),
            value_at: span(value, end),
        });
    }
    document.comments = lines.comments;
    Ok(document)
}

/// A character and where it stands.
#[derive(Clone, Copy)]
struct Char {
    c: char,
    at: Place,
}

fn span(text: &[Char], or: Place) -> Span {
    let at = text.first().map_or(or, |first| first.at);
    let length = text.iter().take_while(|one| one.at.line == at.line).count();
    Span { at, length }
}

/// Mirrors `Properties.LineReader`: joins continued lines, drops comments and blank lines.
struct LogicalLines<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    here: Place,
    comments: Vec<(usize, String)>,
}

impl LogicalLines<'_> {
    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' || (c == '\r' && self.rest.peek() != Some(&'\n')) {
            self.here = Place { line: self.here.line + 1, column: 1 };
        } else {
            self.here.column += 1;
        }
        Some(c)
    }

    /// The next line with its escapes still in it, and where it starts.
    fn next_line(&mut self) -> Option<(Vec<Char>, Place)> {
        let mut out: Vec<Char> = Vec::new();
        let mut start = self.here;
        let (mut skip_space, mut continued, mut escaped) = (true, false, false);
        loop {
            let here = self.here;
            let Some(c) = self.next_char() else {
                if escaped {
                    out.pop();
                }
                return (!out.is_empty() || escaped).then_some((out, start));
            };
            if skip_space {
                if is_space(c) || (!continued && is_end(c)) {
                    continue;
                }
                skip_space = false;
                continued = false;
            }
            if out.is_empty() {
                start = here;
                if c == '#' || c == '!' {
                    let text = std::iter::from_fn(|| self.next_char().filter(|c| !is_end(*c))).collect();
                    self.comments.push((here.line, text));
                    skip_space = true;
                    continue;
                }
            }
            if !is_end(c) {
                out.push(Char { c, at: here });
                escaped = c == '\\' && !escaped;
            } else if out.is_empty() {
                skip_space = true;
            } else if escaped {
                out.pop();
                if self.rest.peek().is_none() {
                    // The JDK takes even an empty line for one if the file ends in its continuation.
                    return Some((out, start));
                }
                if c == '\r' && self.rest.peek() == Some(&'\n') {
                    self.next_char();
                }
                (skip_space, continued, escaped) = (true, true, false);
            } else {
                return Some((out, start));
            }
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

fn is_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// Splits at the first separator that is not escaped: `=`, `:` or white space.
fn split(line: &[Char]) -> (&[Char], &[Char]) {
    let mut escaped = false;
    let key_end = line
        .iter()
        .position(|&Char { c, .. }| {
            let separates = !escaped && (c == '=' || c == ':' || is_space(c));
            escaped = c == '\\' && !escaped;
            separates
        })
        .unwrap_or(line.len());
    let mut seen_sign = false;
    let mut value_start = key_end;
    for &Char { c, .. } in &line[key_end..] {
        if is_space(c) {
        } else if !seen_sign && (c == '=' || c == ':') {
            seen_sign = true;
        } else {
            break;
        }
        value_start += 1;
    }
    (&line[..key_end], &line[value_start..])
}

/// Mirrors `Properties.loadConvert`; `None` for a malformed `\uxxxx`.
fn unescape(text: &[Char]) -> Option<String> {
    // UTF-16, because two `\uxxxx` may together be one character.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut pair = [0u16; 2];
    let mut rest = text.iter().map(|one| one.c);
    while let Some(c) = rest.next() {
        let c = match c {
            '\\' => match rest.next() {
                None => break,
                Some('u') => {
                    let mut unit = 0u16;
                    for _ in 0..4 {
                        let digit = rest.next()?.to_digit(16)?;
                        unit = unit << 4 | u16::try_from(digit).ok()?;
                    }
                    units.push(unit);
                    continue;
                }
                Some('t') => '\t',
                Some('r') => '\r',
                Some('n') => '\n',
                Some('f') => '\u{c}',
                Some(other) => other,
            },
            c => c,
        };
        units.extend_from_slice(c.encode_utf16(&mut pair));
    }
    Some(String::from_utf16_lossy(&units))
}

/// Text that [`parse`] and every JVM read as these entries: one per line, in their order.
///
/// As `java.util.Properties.store` it escapes what is not ASCII, because the JVM reads ISO-8859-1. Unlike it,
/// it leaves `=`, `:`, `#` and `!` in values as they are, which mean nothing there.
pub fn write<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (key, value) in entries {
        // What begins like JSON is taken for JSON by those who look.
        if key.starts_with(['{', '[']) {
            text.push('\\');
        }
        escape(key, |c| matches!(c, '=' | ':' | '#' | '!' | ' '), &mut text);
        text.push('=');
        let inner = value.trim_matches(' ');
        let start = value.len() - value.trim_start_matches(' ').len();
        // Blanks at either end: at the start they are skipped, at the end editors take them away.
        text.push_str(&"\\ ".repeat(start));
        escape(inner, |_| false, &mut text);
        text.push_str(&"\\ ".repeat(value.len() - start - inner.len()));
        text.push('\n');
    }
    text
}

fn escape(text: &str, also: impl Fn(char) -> bool, out: &mut String) {
    use std::fmt::Write as _;
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => {
                if also(c) {
                    out.push('\\');
                }
                out.push(c);
            }
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04X}");
            }),
        }
    }
}

#[cfg(test)]
#[path = "properties_tests.rs"]
mod tests;
