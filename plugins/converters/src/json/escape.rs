//! JSON string literals as Jackson writes them.

/// Appends `text` in quotes: control characters, `"` and `\` escaped, characters beyond the basic
/// plane as two `\uXXXX`, all others as they are.
#[inline]
pub fn quote(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let clean = plain_prefix(text.as_bytes());
    out.extend_from_slice(&text.as_bytes()[..clean]);
    if clean < text.len() {
        // `plain_prefix` stops at ASCII or at the first byte of a character.
        escape(&text[clean..], out);
    }
    out.push(b'"');
}

/// Without branches, so that sixteen at a time become vector comparisons.
const fn special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\') | (byte >= 0xF0)
}

/// How many bytes at the start need no escape.
#[inline]
fn plain_prefix(bytes: &[u8]) -> usize {
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

#[cold]
fn escape(text: &str, out: &mut Vec<u8>) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => Some(b'"'),
            '\\' => Some(b'\\'),
            '\u{8}' => Some(b'b'),
            '\t' => Some(b't'),
            '\n' => Some(b'n'),
            '\u{C}' => Some(b'f'),
            '\r' => Some(b'r'),
            ' '..='\u{FFFF}' => continue,
            _ => None,
        };
        out.extend_from_slice(&text.as_bytes()[plain..at]);
        plain = at + c.len_utf8();
        match short {
            Some(letter) => out.extend_from_slice(&[b'\\', letter]),
            None => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let hex = |shift: u16| b"0123456789ABCDEF"[usize::from(unit >> shift & 15)];
                out.extend_from_slice(&[b'\\', b'u', hex(12), hex(8), hex(4), hex(0)]);
            }),
        }
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_as_jackson() {
        for (text, json) in [
            ("", r#""""#),
            ("plain / text of more than sixteen bytes", r#""plain / text of more than sixteen bytes""#),
            ("0123456789abcdef\"0123456789abcdef\\", r#""0123456789abcdef\"0123456789abcdef\\""#),
            ("\u{8}\t\n\u{C}\r\u{1}\u{1F}", r#""\b\t\n\f\r\u0001\u001F""#),
            ("h\u{e9}\u{20AC}\u{2028}\u{7F}\u{FFFD}", "\"h\u{e9}\u{20AC}\u{2028}\u{7F}\u{FFFD}\""),
            ("a\u{1F600}b\u{10FFFF}", r#""a\uD83D\uDE00b\uDBFF\uDFFF""#),
        ] {
            let mut out = Vec::new();
            super::quote(text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), json);
        }
    }
}
