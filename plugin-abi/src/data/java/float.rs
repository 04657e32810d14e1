//! `Float.toString` and `Double.toString`.

use std::io::Write;

/// Appends `value` as `Double.toString` prints it: `1.0`, `1.0E10`, `NaN`.
///
/// The digits are the shortest that mean this value, as in JDK 19 and later; older ones sometimes
/// print one digit more.
pub fn append_f64(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() || value.is_infinite() {
        return special(out, value.is_nan(), value < 0.0);
    }
    if value.abs() < 1e7 && value == value.trunc() {
        return whole(out, value as i64, value.is_sign_negative());
    }
    if (1e-3..1e7).contains(&value.abs()) {
        // Most numbers have few decimals. A decimal of at most 15 digits that means this value is the
        // only one of its length, so with the fewest decimals it is the shortest.
        for (decimals, power) in [(1, 10.0), (2, 100.0), (3, 1000.0)] {
            let scaled = (value.abs() * power).round();
            if scaled / power == value.abs() {
                return fixed(out, scaled as u64, decimals, power as u64, value < 0.0);
            }
        }
    }
    let mut text = [0; 32];
    let mut digits = Digits::of(format(&mut text, format_args!("{:e}", value.abs())));
    let mut two = [0; 32];
    if digits.count == 1 {
        digits = Digits::of(format(&mut two, format_args!("{:.1e}", value.abs())));
    }
    digits.append(out, value < 0.0);
}

/// Appends `value` as `Float.toString` prints it.
pub fn append_f32(out: &mut Vec<u8>, value: f32) {
    if value.is_nan() || value.is_infinite() {
        return special(out, value.is_nan(), value < 0.0);
    }
    if value.abs() < 1e7 && value == value.trunc() {
        return whole(out, value as i64, value.is_sign_negative());
    }
    let mut text = [0; 32];
    let mut digits = Digits::of(format(&mut text, format_args!("{:e}", value.abs())));
    let mut two = [0; 32];
    if digits.count == 1 {
        // Of the texts of one or two digits the JDK takes the nearest: 4.9E-324, not 5.0E-324.
        digits = Digits::of(format(&mut two, format_args!("{:.1e}", value.abs())));
    }
    digits.append(out, value < 0.0);
}

fn special(out: &mut Vec<u8>, nan: bool, negative: bool) {
    out.extend_from_slice(match (nan, negative) {
        (true, _) => b"NaN",
        (_, true) => b"-Infinity",
        _ => b"Infinity",
    });
}

fn whole(out: &mut Vec<u8>, value: i64, negative: bool) {
    if negative && value == 0 {
        out.push(b'-');
    }
    super::append_i64(out, value);
    out.extend_from_slice(b".0");
}

fn fixed(out: &mut Vec<u8>, scaled: u64, decimals: usize, power: u64, negative: bool) {
    if negative {
        out.push(b'-');
    }
    super::append_i64(out, (scaled / power) as i64);
    out.push(b'.');
    let mut fraction = scaled % power;
    let start = out.len();
    out.resize(start + decimals, b'0');
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
}

fn format<'a>(buffer: &'a mut [u8; 32], text: std::fmt::Arguments<'_>) -> &'a [u8] {
    let mut rest = &mut buffer[..];
    rest.write_fmt(text).expect("a float in scientific notation has at most 24 characters");
    let left = rest.len();
    &buffer[..32 - left]
}

/// A positive number as decimal digits `d.ddd` times ten to `exponent`.
struct Digits<'a> {
    first: u8,
    rest: &'a [u8],
    count: usize,
    exponent: i32,
}

impl<'a> Digits<'a> {
    fn of(text: &'a [u8]) -> Self {
        let e = text.iter().position(|b| *b == b'e').expect("scientific notation has an exponent");
        let exponent = std::str::from_utf8(&text[e + 1..]).ok().and_then(|t| t.parse().ok()).unwrap_or(0);
        let rest = if e > 1 { &text[2..e] } else { &[] };
        let zeros = rest.iter().rev().take_while(|b| **b == b'0').count();
        let rest = &rest[..rest.len() - zeros];
        Self { first: text[0], rest, count: rest.len() + 1, exponent }
    }

    fn append(&self, out: &mut Vec<u8>, negative: bool) {
        if negative {
            out.push(b'-');
        }
        match self.exponent {
            -3..=-1 => {
                out.extend_from_slice(b"0.");
                out.extend(std::iter::repeat_n(b'0', (-self.exponent - 1) as usize));
                out.push(self.first);
                out.extend_from_slice(self.rest);
            }
            0..=6 => {
                let point = self.exponent as usize;
                out.push(self.first);
                for at in 0..point {
                    out.push(self.rest.get(at).copied().unwrap_or(b'0'));
                }
                out.push(b'.');
                match self.rest.get(point..) {
                    Some(tail) if !tail.is_empty() => out.extend_from_slice(tail),
                    _ => out.push(b'0'),
                }
            }
            exponent => {
                out.push(self.first);
                out.push(b'.');
                out.extend_from_slice(if self.rest.is_empty() { b"0" } else { self.rest });
                out.push(b'E');
                super::append_i64(out, exponent.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn doubles_as_the_jdk_prints_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (5.0, "5.0"),
            (1e10, "1.0E10"),
            (1e-5, "1.0E-5"),
            (0.001, "0.001"),
            (0.00123, "0.00123"),
            (9.99e-4, "9.99E-4"),
            (1e7, "1.0E7"),
            (9999999.0, "9999999.0"),
            (1234567.125, "1234567.125"),
            (123456789.0, "1.23456789E8"),
            (100.5, "100.5"),
            (0.1, "0.1"),
            (12.5, "12.5"),
            (-0.005, "-0.005"),
            (1234.007, "1234.007"),
            (0.3, "0.3"),
            (0.1 + 0.2, "0.30000000000000004"),
            (9999999.999, "9999999.999"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (5e-324, "4.9E-324"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            let mut out = Vec::new();
            super::append_f64(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    /// The short way and the long way agree.
    #[test]
    fn few_decimals_are_the_shortest_digits() {
        for n in (1..10_000_000u64).step_by(9_973).flat_map(|n| [n, n * 977]) {
            for power in [10.0, 100.0, 1000.0] {
                let value = n as f64 / power;
                let mut out = Vec::new();
                super::append_f64(&mut out, value);
                let text = String::from_utf8(out).unwrap();
                assert_eq!(text.parse(), Ok(value), "{text}");
                if value < 1e7 {
                    let plain = format!("{value:?}");
                    assert!(text == plain || value < 1e-3, "{text} {plain}");
                }
            }
        }
    }

    #[test]
    fn floats_as_the_jdk_prints_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (3.4028235e38, "3.4028235E38"),
            (1e-45, "1.4E-45"),
            (16777216.0, "1.6777216E7"),
            (1e10, "1.0E10"),
            (123.456, "123.456"),
        ] {
            let mut out = Vec::new();
            super::append_f32(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
