//! Positions: how far a source has read, in UTF-16 code units.
//!
//! Connect's FileStreamSource counts Java `char`s, line ends included, of the text as Java decodes it:
//! a character beyond the BMP counts 2, bytes that are no UTF-8 count 1 per replacement character.

use ferry_sdk::data::java;

/// UTF-16 code units of `text`.
#[inline]
pub fn utf16_len(text: &str) -> usize {
    // One per byte that begins a character, one more for those of four bytes. So few at once that their
    // count fits into a byte: the compiler makes vector code of it.
    let few = |bytes: &[u8]| {
        bytes.iter().fold(0u8, |count, byte| count + u8::from(*byte as i8 >= -0x40) + u8::from(*byte >= 0xF0))
    };
    text.as_bytes().chunks(96).map(|bytes| usize::from(few(bytes))).sum()
}

/// UTF-16 code units of what Java's decoder makes of `bytes`, which must begin and end between characters.
pub fn units(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => utf16_len(text),
        Err(_) => utf16_len(&java::decode(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_java_does() {
        for (bytes, count) in [
            (&b""[..], 0),
            (b"abc\r\n", 5),
            ("gr\u{fc}\u{df}e".as_bytes(), 5),
            ("\u{20ac}\u{ffff}".as_bytes(), 2),
            ("\u{1f600}\u{10000}\u{10ffff}".as_bytes(), 6),
            (b"a\x80b", 3),
            (b"\xed\xa0\x80", 1),
            (b"\xf0\x80\x80\xaf", 4),
            (b"\xe2\x82x", 2),
        ] {
            assert_eq!(units(bytes), count, "{bytes:02x?}");
        }
        let text: String = (0..0x11_0000).step_by(7).filter_map(char::from_u32).collect();
        assert_eq!(units(text.as_bytes()), text.encode_utf16().count());
    }
}
