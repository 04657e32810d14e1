//! Numbers as Jackson's nodes coerce them (`intValue`, `longValue`, `doubleValue`, …).

use ferry_sdk::data::java;

use super::scan::Number;

impl Number<'_> {
    /// `longValue`: the fraction cut off, the low 64 bits kept.
    pub fn as_i64(self) -> i64 {
        if self.integral
            && let Ok(value) = self.text.parse()
        {
            return value;
        }
        self.wrapped()
    }

    /// Whether it is an integer of 32 bits (`isInt`).
    pub fn as_i32(self) -> Option<i32> {
        if self.integral { self.text.parse().ok() } else { None }
    }

    /// `doubleValue`
    pub fn as_f64(self) -> f64 {
        if self.is_zero() { 0.0 } else { self.text.parse().unwrap_or(f64::NAN) }
    }

    /// `floatValue`
    pub fn as_f32(self) -> f32 {
        if self.is_zero() { 0.0 } else { self.text.parse().unwrap_or(f32::NAN) }
    }

    /// The node holds a decimal, which knows no negative zero: only what is too small becomes one.
    fn is_zero(self) -> bool {
        self.text.starts_with('-')
            && self
                .text
                .bytes()
                .take_while(|b| !matches!(b, b'e' | b'E'))
                .all(|b| matches!(b, b'-' | b'0' | b'.'))
    }

    /// `decimalValue`, exactly as written.
    pub fn as_decimal(self) -> Option<java::BigDecimal> {
        java::parse_decimal(self.text)
    }

    #[cold]
    fn wrapped(self) -> i64 {
        let (negative, text) = match self.text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, self.text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 =
            exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let end = (whole.len() as i64).saturating_add(exponent);
        if end > digits.len() as i64 {
            // Beyond 64 zeros the low 64 bits are all zero.
            let zeros = end - digits.len() as i64;
            if zeros >= 64 {
                return 0;
            }
            digits.extend(std::iter::repeat_n(b'0', zeros as usize));
        } else {
            digits.truncate(end.max(0) as usize);
        }
        let value = digits.iter().fold(0i64, |v, d| v.wrapping_mul(10).wrapping_add((d - b'0').into()));
        if negative { value.wrapping_neg() } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn wraps_and_cuts_as_jackson() {
        for (text, integral, value) in [
            ("1", true, 1),
            ("-9223372036854775808", true, i64::MIN),
            ("12345678901234567890", true, -6_101_065_172_474_983_726),
            ("1.9", false, 1),
            ("-1.9", false, -1),
            ("1e3", false, 1000),
            ("1.25e1", false, 12),
            ("0.00001", false, 0),
            ("1e-99999999999999999999", false, 0),
            ("1e99", false, 0),
            ("5000000000.5", false, 5_000_000_000),
        ] {
            assert_eq!(Number { text, integral }.as_i64(), value, "{text}");
        }
    }
}
