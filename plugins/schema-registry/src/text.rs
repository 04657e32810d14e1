//! JSON text as Jackson writes it.

use ferry_sdk::data::java;
use serde_json::Value as Json;

/// Whether `word` may have a byte that a JSON string writes otherwise: a control, a quote, a backslash.
fn is_special(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let found = control | zero(word ^ (ONES * b'"' as u64)) | zero(word ^ (ONES * b'\\' as u64));
    found & HIGH != 0
}

/// How many bytes at the start of `bytes` a JSON string has as they are.
pub fn plain(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let whole = 8 * words.iter().take_while(|word| !is_special(u64::from_le_bytes(**word))).count();
    let rest = bytes[whole..].iter().take_while(|b| **b >= 0x20 && **b != b'"' && **b != b'\\').count();
    whole + rest
}

/// Appends `text` in quotes, escaped as Jackson escapes it.
pub fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (done, more) = rest.split_at(plain(rest));
        out.extend_from_slice(done);
        let Some((byte, more)) = more.split_first() else { break };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            other => out.extend_from_slice(format!("\\u{other:04X}").as_bytes()),
        }
        rest = more;
    }
    out.push(b'"');
}

/// Appends `value`; fractions as Java prints them.
pub fn json(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => java::append_f64(out, float),
            _ => out.extend_from_slice(number.to_string().as_bytes()),
        },
        Json::String(text) => quote(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                json(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            for (n, (name, value)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                quote(name, out);
                out.push(b':');
                json(value, out);
            }
            out.push(b'}');
        }
    }
}

/// The number that Java prints for `value` as JSON; `NaN` and the infinities are text, as Jackson has them.
pub fn float(value: f64) -> Json {
    serde_json::Number::from_f64(value).map_or_else(|| Json::String(format!("{value}")), Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_jackson_does_wherever_the_special_byte_stands() {
        for at in 0..20 {
            for (special, escaped) in
                [('"', "\\\""), ('\\', "\\\\"), ('\n', "\\n"), ('\u{1f}', "\\u001F"), ('ä', "ä")]
            {
                let around = |middle: &str| format!("{}{middle}{}", "x".repeat(at), "/ é~".repeat(3));
                let text = around(&special.to_string());
                let mut out = Vec::new();
                quote(&text, &mut out);
                assert_eq!(String::from_utf8_lossy(&out), format!("\"{}\"", around(escaped)));
                let tree = crate::json::Tree::parse(&out).expect("JSON");
                assert_eq!(tree, crate::json::Tree::Text(text.into()));
            }
        }
    }
}
