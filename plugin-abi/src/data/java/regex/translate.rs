//! From Java's syntax of regular expressions to that of the `regex` and `fancy-regex` crates.
//!
//! Both agree on most of it; what Java says otherwise is rewritten. Java's `\d`, `\w`, `\s` and POSIX classes mean
//! ASCII.

use std::fmt::Write;

/// `pattern`, which [`super::check_regex`] found right, in the syntax of the engines that Rust has.
pub fn translate_regex(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    let mut classes = 0usize;
    while let Some(c) = rest.next() {
        match c {
            '[' => {
                // Inside of a class Java takes a further `[` as a nested class, as the engine does.
                classes += 1;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            '+' if classes == 0 => {
                out.push('+');
                fence(&mut rest, &mut out);
            }
            '{' if classes == 0 => {
                let range: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let _ = write!(out, "{{{range}}}");
                if range == "1," {
                    fence(&mut rest, &mut out);
                }
            }
            '(' if classes == 0 => group(&mut rest, &mut out),
            ']' => {
                classes = classes.saturating_sub(1);
                out.push(']');
            }
            '\\' => {
                let Some(escaped) = rest.next() else {
                    out.push('\\');
                    break;
                };
                let inside = classes > 0;
                let set = |members: &str| if inside { members.to_owned() } else { format!("[{members}]") };
                match escaped {
                    'd' => out += &set("0-9"),
                    'D' => out += "[^0-9]",
                    'w' => out += &set("a-zA-Z_0-9"),
                    'W' => out += "[^a-zA-Z_0-9]",
                    's' => out += &set(" \\t\\n\\x0B\\f\\r"),
                    'S' => out += "[^ \\t\\n\\x0B\\f\\r]",
                    'h' => {
                        out += &set(
                            " \\t\\u{A0}\\u{1680}\\u{180E}\\u{2000}-\\u{200A}\\u{202F}\\u{205F}\\u{3000}",
                        )
                    }
                    '0' => {
                        let mut value = 0;
                        let most = if rest.peek().is_some_and(|c| *c <= '3') { 3 } else { 2 };
                        for _ in 0..most {
                            let Some(digit) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
                            value = value * 8 + digit;
                            rest.next();
                        }
                        let _ = write!(out, "\\x{{{value:x}}}");
                    }
                    'c' => {
                        let control = rest.next().map_or(0, |c| u32::from(c) ^ 64);
                        let _ = write!(out, "\\x{{{control:x}}}");
                    }
                    'Z' => out += "(?=\\n?\\z)",
                    'e' => out += "\\x1B",
                    'Q' => {
                        let mut quoted = String::new();
                        while let Some(c) = rest.next() {
                            if c == '\\' && rest.next_if_eq(&'E').is_some() {
                                break;
                            }
                            quoted.push(c);
                        }
                        for c in quoted.chars() {
                            literal(c, &mut out);
                        }
                    }
                    'p' | 'P' => property(escaped == 'P', inside, &mut rest, &mut out),
                    'u' => {
                        let hex: String = rest.by_ref().take(4).collect();
                        let _ = write!(out, "\\u{{{hex}}}");
                    }
                    c if c.is_ascii_alphanumeric() => out.extend(['\\', c]),
                    c => literal(c, &mut out),
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// What matches nothing at all, after a greedy "once or more" that is not the last of its sequence.
///
/// `fancy-regex` 0.20 makes `a+(?:ba+)?` of `a+b?a+`, which a single `a` matches, too; it does not look across this.
fn fence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    match rest.peek() {
        None | Some(')' | '|' | '?' | '+') => {}
        Some(_) => out.push_str("(?:^|)"),
    }
}

/// An opening parenthesis and the flags after it: `(?i)`, `(?x-s:`. Those that say how Java counts lines and letters are
/// left out, the engine having others of these names.
fn group(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let mut ahead = rest.clone();
    let mut flags = String::new();
    if ahead.next() == Some('?') {
        while let Some(flag) = ahead.next_if(|c| "imsdxcuU-".contains(*c)) {
            flags.push(flag);
        }
    }
    let end = ahead.next();
    if !matches!((rest.peek(), end), (Some('?'), Some(')' | ':'))) {
        out.push('(');
        return;
    }
    *rest = ahead;
    flags.retain(|flag| "imsx-".contains(flag));
    let flags = flags.strip_suffix('-').unwrap_or(&flags);
    match end {
        Some(')') if flags.is_empty() => {}
        Some(end) => {
            out.push_str("(?");
            out.push_str(flags);
            out.push(end);
        }
        None => {}
    }
}

fn literal(c: char, out: &mut String) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

/// `\p{Alpha}` and its like.
fn property(
    negated: bool,
    inside: bool,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) {
    let name: String = if rest.next_if_eq(&'{').is_some() {
        rest.by_ref().take_while(|c| *c != '}').collect()
    } else {
        rest.next().into_iter().collect()
    };
    let members = match name.as_str() {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => "\\x00-\\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => "!-/:-@\\[-`{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => " \\t",
        "Cntrl" => "\\x00-\\x1F\\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => " \\t\\n\\x0B\\f\\r",
        other => {
            let name = other.strip_prefix("Is").or(other.strip_prefix("java")).unwrap_or(other);
            let _ = write!(out, "\\{}{{{name}}}", if negated { 'P' } else { 'p' });
            return;
        }
    };
    let _ = match (negated, inside) {
        (true, _) => write!(out, "[^{members}]"),
        (false, true) => write!(out, "{members}"),
        (false, false) => write!(out, "[{members}]"),
    };
}
