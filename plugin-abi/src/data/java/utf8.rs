//! UTF-8 to text as the JDK decodes it: malformed input becomes U+FFFD, as often as there.

use std::borrow::Cow;

/// Decodes `bytes` as `new String(bytes, UTF_8)` does.
///
/// It differs from the usual replacement (one U+FFFD per maximal subpart) for encoded surrogates:
/// the JDK replaces all three bytes by one U+FFFD.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let Err(error) = std::str::from_utf8(bytes) else {
        // Checked above; this second look is what safe code costs on the rare path only.
        return String::from_utf8_lossy(bytes);
    };
    let mut out = String::with_capacity(bytes.len() + 16);
    let (mut rest, mut valid) = (bytes, error.valid_up_to());
    loop {
        out.push_str(&String::from_utf8_lossy(&rest[..valid]));
        rest = &rest[valid..];
        if rest.is_empty() {
            return Cow::Owned(out);
        }
        out.push('\u{FFFD}');
        rest = &rest[malformed(rest)..];
        valid = match std::str::from_utf8(rest) {
            Ok(_) => rest.len(),
            Err(error) => error.valid_up_to(),
        };
    }
}

fn continues(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|b| b & 0xC0 == 0x80)
}

/// How many of the bytes at the start, which are malformed, one U+FFFD stands for.
fn malformed(bytes: &[u8]) -> usize {
    let second = bytes.get(1).copied().unwrap_or(0);
    match bytes[0] {
        0xE0..=0xEF => {
            if !continues(bytes, 1) || (bytes[0] == 0xE0 && second & 0xE0 == 0x80) {
                1
            } else if !continues(bytes, 2) {
                2
            } else {
                3
            }
        }
        0xF0..=0xF4 => {
            let bad = (bytes[0] == 0xF0 && !(0x90..=0xBF).contains(&second))
                || (bytes[0] == 0xF4 && second & 0xF0 != 0x80)
                || !continues(bytes, 1);
            if bad {
                1
            } else if !continues(bytes, 2) {
                2
            } else {
                3
            }
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    /// Shown by `new String(bytes, UTF_8)` on JDK 17.
    #[test]
    fn equals_the_jdk() {
        let r = '\u{FFFD}';
        for (bytes, text) in [
            (&b"abc"[..], "abc".to_owned()),
            (b"a\xC3\xA9\xF0\x9F\x98\x80", "a\u{e9}\u{1F600}".to_owned()),
            (b"a\xFFb", format!("a{r}b")),
            (b"\xC0\x80", format!("{r}{r}")),
            (b"\xC3", format!("{r}")),
            (b"\xC3(", format!("{r}(")),
            (b"\xE2\x82", format!("{r}")),
            (b"\xE2\x82x", format!("{r}x")),
            (b"\xE2x", format!("{r}x")),
            (b"\xE0\x80\x80", format!("{r}{r}{r}")),
            (b"\xED\xA0\x80", format!("{r}")),
            (b"\xED\xA0\x80\xED\xB0\x80z", format!("{r}{r}z")),
            (b"\xED\xA0", format!("{r}")),
            (b"\xF0\x9F\x98", format!("{r}")),
            (b"\xF0\x9F\x98x", format!("{r}x")),
            (b"\xF0\x9Fx", format!("{r}x")),
            (b"\xF0\x80\x80\x80", format!("{r}{r}{r}{r}")),
            (b"\xF4\x90\x80\x80", format!("{r}{r}{r}{r}")),
            (b"\xF8\x88\x80\x80\x80", format!("{r}{r}{r}{r}{r}")),
            (b"\x80\x80", format!("{r}{r}")),
        ] {
            assert_eq!(decode(bytes), text, "{bytes:02x?}");
        }
    }
}
