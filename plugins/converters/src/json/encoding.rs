//! From bytes to text: UTF-8, or what else Jackson tells by the first bytes (RFC 4627, section 3).

use ferry_sdk::data::Arena;

use super::scan::MALFORMED;

/// The text without its byte order mark, or as much of it as is text and then what JSON has nowhere.
pub fn text<'a>(bytes: &'a [u8], arena: &'a Arena) -> &'a str {
    // Only in another encoding does a text begin so, or have a zero as its second byte.
    if matches!(bytes, [0 | 0xEF | 0xFE | 0xFF, ..] | [_, 0, ..])
        && let Some(text) = wide(bytes)
    {
        return arena.str(&text);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    simdutf8::basic::from_utf8(bytes).unwrap_or_else(|_| {
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        arena.str(&format!("{valid}{MALFORMED}"))
    })
}

/// UTF-16 and UTF-32; `None` if it is neither.
fn wide(bytes: &[u8]) -> Option<String> {
    Some(match bytes {
        [0, 0, 0xFE, 0xFF, rest @ ..] => utf32(rest, u32::from_be_bytes),
        [0xFF, 0xFE, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0, 0, 0, _, ..] => utf32(bytes, u32::from_be_bytes),
        [_, 0, 0, 0, ..] => utf32(bytes, u32::from_le_bytes),
        [0, _, ..] => utf16(bytes, u16::from_be_bytes),
        [_, 0, ..] => utf16(bytes, u16::from_le_bytes),
        _ => return None,
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    collect(char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(Result::ok), rest)
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> String {
    let (fours, rest) = bytes.as_chunks::<4>();
    collect(fours.iter().map(|four| char::from_u32(unit(*four))), rest)
}

fn collect(chars: impl Iterator<Item = Option<char>>, rest: &[u8]) -> String {
    let mut text = String::new();
    for c in chars {
        match c {
            Some(c) => text.push(c),
            None => return text + MALFORMED,
        }
    }
    if rest.is_empty() { text } else { text + MALFORMED }
}
