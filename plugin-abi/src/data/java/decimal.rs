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
    /// `longValue`: the lowest 64 bits of the integer part.
    pub fn to_i64_wrapping(&self) -> i64 {
        let (negative, digits) = digits_of(&self.unscaled);
        let whole = match self.scale {
            0.. => digits.len().saturating_sub(self.scale as usize),
            _ => digits.len(),
        };
        // 10^64 and its multiples have no bits so low.
        let zeros = if self.scale < 0 { self.scale.unsigned_abs().min(64) } else { 0 };
        let low = digits[..whole]
            .iter()
            .map(|digit| u64::from(digit - b'0'))
            .chain(std::iter::repeat_n(0, zeros as usize))
            .fold(0u64, |low, digit| low.wrapping_mul(10).wrapping_add(digit));
        if negative { low.wrapping_neg() as i64 } else { low as i64 }
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

/// What JDK 17 says about a text that [`parse_decimal`] does not take (`NumberFormatException.getMessage`).
pub fn decimal_complaint(text: &str) -> String {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mut point, mut digits) = (false, false);
    for (at, c) in unsigned.char_indices() {
        match c {
            '.' if point => return "Character array contains more than one decimal point.".to_owned(),
            '.' => point = true,
            'e' | 'E' => {
                let exponent = &unsigned[at + 1..];
                return match exponent.strip_prefix(['-', '+']).unwrap_or(exponent) {
                    "" => "null".to_owned(),
                    exponent if exponent.trim_start_matches('0').len() > 10 => {
                        "Too many nonzero exponent digits.".to_owned()
                    }
                    exponent if exponent.chars().any(|c| digit(c).is_none()) => "Not a digit.".to_owned(),
                    _ if !digits => "No digits found.".to_owned(),
                    _ => "Exponent overflow.".to_owned(),
                };
            }
            c if digit(c).is_some() => digits = true,
            // Longer texts take another way in the JDK.
            _ if unsigned.encode_utf16().count() > 18 => {
                return "Character array is missing \"e\" notation exponential mark.".to_owned();
            }
            c => {
                return format!(
                    "Character {c} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."
                );
            }
        }
    }
    if text.is_empty() { "null".to_owned() } else { "No digits found.".to_owned() }
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
    fn long_values_are_those_of_the_jdk() {
        for (text, long) in [
            ("1.9", 1),
            ("-1.9", -1),
            ("-0.5", 0),
            ("5e-400", 0),
            ("18446744073709551617", 1),
            ("-18446744073709551617", -1),
            ("1e20", 7_766_279_631_452_241_920),
            ("1e63", i64::MIN),
            ("1e64", 0),
            ("1e2147483647", 0),
            ("123456789012345678901234567890.5", -4_362_896_299_872_285_998),
        ] {
            assert_eq!(parse_decimal(text).unwrap().to_i64_wrapping(), long, "{text}");
        }
    }

    #[test]
    fn complaints_are_those_of_the_jdk() {
        let no_digit = |c| {
            format!(
                "Character {c} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."
            )
        };
        for (text, complaint) in [
            ("x", no_digit('x')),
            (" 1", no_digit(' ')),
            ("+-1", no_digit('-')),
            ("-", "No digits found.".into()),
            (".e5", "No digits found.".into()),
            ("1.2.3", "Character array contains more than one decimal point.".into()),
            ("1e", "null".into()),
            ("1ex", "Not a digit.".into()),
            ("1e1.5", "Not a digit.".into()),
            ("1e9999999999", "Exponent overflow.".into()),
            ("1e99999999999", "Too many nonzero exponent digits.".into()),
            ("12345678901234567890x", "Character array is missing \"e\" notation exponential mark.".into()),
        ] {
            assert_eq!(parse_decimal(text), None, "{text}");
            assert_eq!(decimal_complaint(text), complaint, "{text}");
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
