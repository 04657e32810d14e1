//! Texts as numbers, the way `Integer.parseInt` and `Double.parseDouble` read them.

use ferry_sdk::data::java::digit;

/// `Byte`, `Short`, `Integer` and `Long.parse…`: a number from `min` to `max`, or what the JVM says.
/// Digits of all scripts count.
pub fn parse_integer(text: &str, min: i64, max: i64) -> Result<i64, String> {
    let no_number = || format!("For input string: \"{text}\"");
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() {
        return Err(no_number());
    }
    let value = digits.chars().try_fold(0i64, |value, c| {
        let value = value.checked_mul(10)?;
        let digit = digit(c)?.into();
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    });
    match value {
        Some(value) if (min..=max).contains(&value) => Ok(value),
        // Bytes and shorts are read as integers first.
        Some(value) if i32::try_from(value).is_ok() => {
            Err(format!("Value out of range. Value:\"{text}\" Radix:10"))
        }
        _ => Err(no_number()),
    }
}

/// A floating-point number that can be read from a text.
pub trait Float: Copy + std::str::FromStr + std::ops::Neg<Output = Self> {
    const NAN: Self;
    const INFINITY: Self;
    /// `digits * 2^exponent`; a lowest bit that is set may stand for many behind it.
    fn scaled(digits: u64, exponent: i32) -> Self;
}

impl Float for f64 {
    const NAN: Self = f64::NAN;
    const INFINITY: Self = f64::INFINITY;
    fn scaled(digits: u64, exponent: i32) -> Self {
        // In two steps, so that neither leaves the range before the other brings it back.
        digits as f64 * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2)
    }
}

impl Float for f32 {
    const NAN: Self = f32::NAN;
    const INFINITY: Self = f32::INFINITY;
    fn scaled(digits: u64, exponent: i32) -> Self {
        digits as f32 * 2f32.powi(exponent / 2) * 2f32.powi(exponent - exponent / 2)
    }
}

/// `Float.parseFloat` and `Double.parseDouble`: blanks around it, a type letter behind it and hexadecimal
/// digits are fine.
pub fn parse_float<F: Float>(text: &str) -> Result<F, String> {
    let trimmed = text.trim_matches(|c| c <= ' ');
    if trimmed.is_empty() {
        return Err("empty String".to_owned());
    }
    let (negative, digits) = match trimmed.as_bytes()[0] {
        b'-' => (true, &trimmed[1..]),
        b'+' => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let value = match digits {
        "NaN" => Some(F::NAN),
        "Infinity" => Some(F::INFINITY),
        _ if digits.starts_with("0x") || digits.starts_with("0X") => hexadecimal(&digits[2..]),
        _ => decimal(digits),
    };
    let value = value.ok_or_else(|| format!("For input string: \"{trimmed}\""))?;
    Ok(if negative { -value } else { value })
}

fn without_type(digits: &str) -> &str {
    digits.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(digits)
}

fn decimal<F: Float>(digits: &str) -> Option<F> {
    let digits = without_type(digits);
    // Rust reads `inf` and `nan` and Java does not.
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let signed = digits.starts_with(['+', '-']);
    if plain && !signed { digits.parse().ok() } else { None }
}

fn hexadecimal<F: Float>(digits: &str) -> Option<F> {
    let (digits, power) = without_type(digits).split_once(['p', 'P'])?;
    let power = parse_integer(power, i64::MIN, i64::MAX).ok().filter(|_| power.is_ascii())?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut bits, mut exponent) = (0u64, 0i64);
    for (at, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16)?);
        let behind_point = at >= whole.len();
        if bits >> 59 == 0 {
            bits = bits << 4 | digit;
            exponent -= if behind_point { 4 } else { 0 };
        } else {
            // No room: whether anything follows is all that matters for rounding.
            bits |= u64::from(digit != 0);
            exponent += if behind_point { 0 } else { 4 };
        }
    }
    let exponent = exponent.saturating_add(power).clamp(-4000, 4000);
    Some(F::scaled(bits, if bits == 0 { 0 } else { exponent as i32 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As JDK 17 reads them.
    #[test]
    fn integers() {
        let byte = |text| parse_integer(text, -128, 127);
        assert_eq!(byte("+7"), Ok(7));
        assert_eq!(byte("-128"), Ok(-128));
        assert_eq!(byte("\u{663}"), Ok(3));
        assert_eq!(byte("300"), Err("Value out of range. Value:\"300\" Radix:10".to_owned()));
        for text in ["", "+", " 5", "1.5", "0x1", "--1", "99999999999999999999999", "3000000000"] {
            assert_eq!(byte(text), Err(format!("For input string: \"{text}\"")));
        }
        assert_eq!(parse_integer("-9223372036854775808", i64::MIN, i64::MAX), Ok(i64::MIN));
        assert!(parse_integer("9223372036854775808", i64::MIN, i64::MAX).is_err());
    }

    #[test]
    fn floats() {
        for (text, value) in [
            (" 5 ", 5.0),
            ("1f", 1.0),
            ("-1D", -1.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e400", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("0x1p3", 8.0),
            ("0x1.8p1f", 3.0),
            ("-0X.8P0", -0.5),
            ("0x1p-1074", 5e-324),
            ("0x1p1024", f64::INFINITY),
            ("0x1.00000000000008000000001p0", 1.0000000000000002),
        ] {
            assert_eq!(parse_float::<f64>(text), Ok(value), "{text}");
        }
        assert!(parse_float::<f64>("NaN").is_ok_and(f64::is_nan));
        assert_eq!(parse_float::<f32>("0.1"), Ok(0.1f32));
        assert_eq!(parse_float::<f64>("  "), Err("empty String".to_owned()));
        for text in
            ["x", "1e", "inf", "nan", "infinity", "--1", "+-1", "0x1", "0x.p1", "1_0", "1ff", ".", "\u{663}"]
        {
            assert_eq!(parse_float::<f64>(text), Err(format!("For input string: \"{text}\"")));
        }
    }
}
