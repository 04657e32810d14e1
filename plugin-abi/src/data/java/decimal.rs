//! `java.math.BigDecimal`: to text and from text.

/// An owned decimal: `unscaled * 10^-scale`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BigDecimal {
    /// Big-endian two's complement, as short as it can be (`BigInteger.toByteArray`).
    pub unscaled: Vec<u8>,
    /// Digits after the decimal point; may be negative.
    pub scale: i32,
}

impl BigDecimal {
    /// The value, if it is an integer of 64 bits. `None` also for one with a scale beyond ±100,000.
    pub fn to_i64_exact(&self) -> Option<i64> {
        let (negative, mut digits) = digits_of(&self.unscaled);
        if digits == b"0" {
            return Some(0);
        }
        match self.scale {
            scale @ 1..=100_000 => {
                let whole = digits.len().checked_sub(scale as usize)?;
                if digits[whole..].iter().any(|d| *d != b'0') {
                    return None;
                }
                digits.truncate(whole);
            }
            scale @ -20..=0 => digits.extend(std::iter::repeat_n(b'0', scale.unsigned_abs() as usize)),
            _ => return None,
        }
        let text = String::from_utf8(digits).ok()?;
        if negative { format!("-{text}").parse().ok() } else { text.parse().ok() }
    }
    /// `doubleValue`
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
    /// `floatValue`
    pub fn to_f32(&self) -> f32 {
        self.to_string().parse().unwrap_or(f32::NAN)
    }
}

/// `BigDecimal.toString`
impl std::fmt::Display for BigDecimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        append_decimal(&mut text, &self.unscaled, self.scale);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

/// Appends what `BigDecimal.toString` prints: `1.20`, `1E+3`, `-0.000001`.
pub fn append_decimal(out: &mut Vec<u8>, unscaled: &[u8], scale: i32) {
    let (negative, digits) = digits_of(unscaled);
    if negative {
        out.push(b'-');
    }
    if scale == 0 {
        out.extend_from_slice(&digits);
        return;
    }
    let adjusted = digits.len() as i64 - 1 - i64::from(scale);
    if scale > 0 && adjusted >= -6 {
        let scale = scale as usize;
        if digits.len() > scale {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            out.extend_from_slice(whole);
            out.push(b'.');
            out.extend_from_slice(fraction);
        } else {
            out.extend_from_slice(b"0.");
            out.extend(std::iter::repeat_n(b'0', scale - digits.len()));
            out.extend_from_slice(&digits);
        }
        return;
    }
    out.push(digits[0]);
    if digits.len() > 1 {
        out.push(b'.');
        out.extend_from_slice(&digits[1..]);
    }
    if adjusted != 0 {
        out.push(b'E');
        out.push(if adjusted < 0 { b'-' } else { b'+' });
        super::append_i64(out, adjusted.abs());
    }
}

/// Parses what `new BigDecimal(text)` accepts: digits with an optional sign, point and exponent.
/// Digits of other scripts count too, as in Java. `None`: not a number, or a scale beyond 32 bits.
pub fn parse_decimal(text: &str) -> Option<BigDecimal> {
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => {
            let exponent = &text[at + 1..];
            let exponent: i64 = match exponent.as_bytes().first()? {
                b'+' | b'-' if exponent.len() > 11 + 1 => return None,
                _ => exponent.parse().ok()?,
            };
            (&text[..at], exponent)
        }
        None => (text, 0),
    };
    let (mut digits, mut fraction, mut point) = (Vec::with_capacity(mantissa.len()), 0i64, false);
    for c in mantissa.chars() {
        match c {
            '.' if !point => point = true,
            _ => {
                digits.push(digit(c)?);
                fraction += i64::from(point);
            }
        }
    }
    if digits.is_empty() {
        return None;
    }
    let scale = i32::try_from(fraction - exponent).ok()?;
    Some(BigDecimal { unscaled: integer(negative, &digits), scale })
}

/// `Character.digit(c, 10)` for the common scripts.
pub fn digit(c: char) -> Option<u8> {
    if let Some(digit) = c.to_digit(10) {
        return Some(digit as u8);
    }
    const ZEROS: [u32; 16] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0,
        0x1040, 0xFF10,
    ];
    ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|d| *d < 10)).map(|d| d as u8)
}

/// The decimal digits of the absolute value, and whether it is negative.
fn digits_of(unscaled: &[u8]) -> (bool, Vec<u8>) {
    let negative = unscaled.first().is_some_and(|b| b & 0x80 != 0);
    if unscaled.len() <= 8 {
        let fill = if negative { 0xFF } else { 0 };
        let mut bytes = [fill; 8];
        bytes[8 - unscaled.len()..].copy_from_slice(unscaled);
        return (negative, i64::from_be_bytes(bytes).unsigned_abs().to_string().into_bytes());
    }
    let mut magnitude = unscaled.to_vec();
    if negative {
        negate(&mut magnitude);
    }
    // Base 10^9, least significant first.
    let mut limbs: Vec<u32> = vec![0];
    for byte in magnitude {
        let mut carry = u64::from(byte);
        for limb in &mut limbs {
            let value = u64::from(*limb) * 256 + carry;
            *limb = (value % 1_000_000_000) as u32;
            carry = value / 1_000_000_000;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    let mut text = limbs[limbs.len() - 1].to_string();
    for limb in limbs.iter().rev().skip(1) {
        text.push_str(&format!("{limb:09}"));
    }
    (negative, text.into_bytes())
}

/// The shortest big-endian two's complement of a decimal integer.
fn integer(negative: bool, digits: &[u8]) -> Vec<u8> {
    let mut little: Vec<u8> = vec![0];
    for digit in digits {
        let mut carry = u16::from(*digit);
        for byte in &mut little {
            let value = u16::from(*byte) * 10 + carry;
            *byte = value as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            little.push(carry as u8);
        }
    }
    little.push(0);
    little.reverse();
    if negative {
        negate(&mut little);
    }
    let sign = if little[0] & 0x80 != 0 { 0xFF } else { 0 };
    let mut start = 0;
    while start + 1 < little.len() && little[start] == sign && (little[start + 1] ^ sign) & 0x80 == 0 {
        start += 1;
    }
    little.split_off(start)
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        let (value, overflow) = (!*byte).overflowing_add(u8::from(carry));
        *byte = value;
        carry = overflow;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> String {
        let decimal = parse_decimal(text).unwrap();
        let mut out = Vec::new();
        append_decimal(&mut out, &decimal.unscaled, decimal.scale);
        String::from_utf8(out).unwrap()
    }

    /// Left: given to `new BigDecimal`; right: its `toString`.
    #[test]
    fn text_round_trips_as_in_the_jdk() {
        for (given, printed) in [
            ("0", "0"),
            ("-0", "0"),
            ("1.23", "1.23"),
            ("1.20", "1.20"),
            ("1e3", "1E+3"),
            ("-12.5e-10", "-1.25E-9"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1E-7"),
            ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
            ("-99999999999999999999", "-99999999999999999999"),
            ("0.00", "0.00"),
            ("0e5", "0E+5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("\u{663}", "3"),
        ] {
            assert_eq!(round(given), printed);
        }
        for bad in ["", "-", "1_000", "0x1F", "1e", "1.2.3", "abc", "1e99999999999", "+-1"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn integers_are_as_short_as_in_the_jdk() {
        for (text, bytes) in [
            ("0", vec![0]),
            ("127", vec![0x7F]),
            ("128", vec![0, 0x80]),
            ("-128", vec![0x80]),
            ("-129", vec![0xFF, 0x7F]),
            ("123", vec![0x7B]),
            ("65536", vec![1, 0, 0]),
        ] {
            assert_eq!(parse_decimal(text).unwrap().unscaled, bytes, "{text}");
        }
    }
}
