//! Base64 as `java.util.Base64.getDecoder()` takes it, with its words for what it does not take.

/// The bytes that a text stands for.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    if text.len() == 1 {
        return Err("Input byte[] should at least have 2 bytes for base64 bytes".to_owned());
    }
    let (mut bytes, mut bits, mut shift, mut at) = (Vec::with_capacity(text.len() / 4 * 3), 0u32, 18i32, 0);
    while let Some(letter) = text.get(at) {
        at += 1;
        if *letter == b'=' {
            // Padding ends a group of two or three letters, and is whole.
            let second = shift == 6 && text.get(at) != Some(&b'=');
            if second || shift == 18 {
                return Err("Input byte array has wrong 4-byte ending unit".to_owned());
            }
            at += usize::from(shift == 6);
            break;
        }
        let value = value(*letter).ok_or_else(|| format!("Illegal base64 character {letter:x}"))?;
        bits |= value << shift;
        shift -= 6;
        if shift < 0 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, shift) = (0, 18);
        }
    }
    match shift {
        6 => bytes.push(bits.to_be_bytes()[1]),
        0 => bytes.extend_from_slice(&bits.to_be_bytes()[1..3]),
        12 => return Err("Last unit does not have enough valid bits".to_owned()),
        _ => {}
    }
    if at < text.len() {
        return Err(format!("Input byte array has incorrect ending byte at {at}"));
    }
    Ok(bytes)
}

fn value(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_java_does() {
        let found =
            ["", "YQ==", "YQ", "YWI=", "YWI", "YWJj", "YWJjZA==", "YR=="].map(|text| decode(text.as_bytes()));
        let expected = ["", "a", "a", "ab", "ab", "abc", "abcd", "a"];
        assert_eq!(found, expected.map(|text| Ok(text.as_bytes().to_vec())));
    }

    /// Each of these was asked of the JVM worker.
    #[test]
    fn refuses_in_javas_words() {
        let found = ["!", "Y", "YQ=", "YW5uYTpnZWhlaW0=x", " YW5u", "YW5u=", "YQ===", "YW5uY"]
            .map(|text| decode(text.as_bytes()).unwrap_err());
        let expected = [
            "Input byte[] should at least have 2 bytes for base64 bytes",
            "Input byte[] should at least have 2 bytes for base64 bytes",
            "Input byte array has wrong 4-byte ending unit",
            "Input byte array has incorrect ending byte at 16",
            "Illegal base64 character 20",
            "Input byte array has wrong 4-byte ending unit",
            "Input byte array has incorrect ending byte at 4",
            "Last unit does not have enough valid bits",
        ];
        assert_eq!(found, expected);
    }
}
