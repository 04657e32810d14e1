//! `java.util.regex.Pattern`, as far as configurations use it.

use crate::data::java::{check_regex, translate_regex};
use crate::{Error, Result};

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Regex {
    source: String,
    find: fancy_regex::Regex,
    whole: fancy_regex::Regex,
}

impl Regex {
    /// `Pattern.compile`; the error names no key: add that.
    pub fn new(pattern: &str) -> Result<Self> {
        let refuse = |why| Err(Error::config(why).class("java.util.regex.PatternSyntaxException"));
        if let Err(why) = check_regex(pattern) {
            return refuse(why);
        }
        let compile = |pattern: &str| fancy_regex::Regex::new(pattern);
        let translated = translate_regex(pattern);
        // After `(?x)` a comment may be open: the line ends it, and counts for nothing.
        let whole = || {
            compile(&format!("\\A(?:{translated})\\z"))
                .or_else(|error| compile(&format!("\\A(?:{translated}\n)\\z")).map_err(|_| error))
        };
        let pair = compile(&translated).and_then(|find| Ok((find, whole()?)));
        match pair {
            Ok((find, whole)) => Ok(Self { source: pattern.to_owned(), find, whole }),
            // Java knows it; this engine does not (`\\X`, `\\G`).
            Err(error) => refuse(error.to_string()),
        }
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }
    /// `Matcher.matches`: all of `text`.
    pub fn matches(&self, text: &str) -> Result<bool> {
        self.whole.is_match(text).map_err(|error| too_hard(&self.source, &error))
    }
    /// `Matcher.replaceFirst`: the first match anywhere in `text` replaced, `$1` and `${name}` being
    /// groups and a backslash making the next character plain.
    pub fn replace_first(&self, text: &str, replacement: &str) -> Result<String> {
        let Some(captures) = self.find.captures(text).map_err(|error| too_hard(&self.source, &error))? else {
            return Ok(text.to_owned());
        };
        let (start, end) = captures.get(0).map_or((0, 0), |m| (m.start(), m.end()));
        let mut out = text[..start].to_owned();
        let names: Vec<_> = self.find.capture_names().collect();
        append_replacement(&captures, &names, replacement, &mut out)?;
        out.push_str(&text[end..]);
        Ok(out)
    }
}

fn too_hard(pattern: &str, error: &fancy_regex::Error) -> Error {
    Error::fatal(format!("the regular expression {pattern} gave up: {error}"))
        .class("java.lang.StackOverflowError")
}

fn append_replacement(
    captures: &fancy_regex::Captures<'_, str>,
    names: &[Option<&str>],
    replacement: &str,
    out: &mut String,
) -> Result<()> {
    let illegal = |why: &str| Error::fatal(why).class("java.lang.IllegalArgumentException");
    let mut rest = replacement.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.push(rest.next().ok_or_else(|| illegal("character to be escaped is missing"))?),
            '$' if rest.peek() == Some(&'{') => {
                rest.next();
                let mut name = String::new();
                while let Some(c) = rest.next_if(char::is_ascii_alphanumeric) {
                    name.push(c);
                }
                if name.is_empty() {
                    return Err(illegal("named capturing group has 0 length name"));
                }
                if rest.next() != Some('}') {
                    return Err(illegal("named capturing group is missing trailing '}'"));
                }
                if name.starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(illegal(&format!(
                        "capturing group name {{{name}}} starts with digit character"
                    )));
                }
                if !names.iter().any(|n| *n == Some(&*name)) {
                    return Err(illegal(&format!("No group with name {{{name}}}")));
                }
                out.push_str(captures.name(&name).map_or("", |m| m.as_str()));
            }
            '$' => {
                let digit =
                    rest.peek().ok_or_else(|| illegal("Illegal group reference: group index is missing"))?;
                let mut group =
                    digit.to_digit(10).ok_or_else(|| illegal("Illegal group reference"))? as usize;
                rest.next();
                if group >= captures.len() {
                    return Err(Error::fatal(format!("No group {group}"))
                        .class("java.lang.IndexOutOfBoundsException"));
                }
                // More digits belong to it as long as there is such a group.
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= captures.len() {
                        break;
                    }
                    group = longer;
                    rest.next();
                }
                out.push_str(captures.get(group).map_or("", |m| m.as_str()));
            }
            c => out.push(c),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Regex;

    /// Columns: pattern, text, `matches()`, replacement, `replaceFirst` — all from JDK 17.
    #[test]
    fn equals_the_jdk() {
        for (pattern, text, matches, replacement, replaced) in [
            ("(.*)-old", "a-old", true, "$1", "a"),
            ("a|ab", "ab", true, "x", "xb"),
            ("\\d+", "12", true, "<$0>", "<12>"),
            ("\\Qa.b\\E", "a.b", true, "c", "c"),
            ("\\Qa.b\\E", "axb", false, "c", "axb"),
            ("(?<db>\\w+)\\.(\\w+)", "shop.orders", true, "${db}-$2", "shop-orders"),
            ("(a)(b)?", "a", true, "[$1$2]", "[a]"),
            ("(.)(.)", "xy", true, "$21", "y1"),
            ("(?<g>x)?a", "a", true, "[${g}]", "[]"),
            ("a++b", "aab", true, "", ""),
            ("[a-c&&[^b]]+", "ac", true, "z", "z"),
            ("[a-c&&[^b]]+", "abc", false, "z", "zbc"),
            ("\\p{Alpha}+\\p{Digit}", "ab1", true, "\\$1", "$1"),
            ("\\w+.*\\w+", "_", false, "x", "_"),
            ("a+b?a{1,}", "a", false, "x", "a"),
            ("(a{1,}b?a+)(c)?", "aba", true, "$1", "aba"),
            ("(?i)ABC", "abc", true, "x", "x"),
            ("(?U)a.*(?-)", "abc", true, "x", "x"),
            ("(?)(?du:a)b?", "ab", true, "x", "x"),
            ("\\x41\\0101\\cJ", "AA\n", true, "x", "x"),
            ("(?x) a # b", "a", true, "x", "x"),
            ("x(?=y)", "xy", false, "-", "-y"),
            ("[\\w.-]+", "a.b-c", true, "t", "t"),
            ("prefix\\.(.*)", "prefix.t", true, "new\\\\$1", "new\\t"),
        ] {
            let regex = Regex::new(pattern).unwrap();
            assert_eq!(regex.matches(text).unwrap(), matches, "{pattern} on {text}");
            assert_eq!(regex.replace_first(text, replacement).unwrap(), replaced, "{pattern} on {text}");
        }
    }

    #[test]
    fn faults_have_javas_names() {
        let replace =
            |replacement| Regex::new("(a)").unwrap().replace_first("a", replacement).unwrap_err().trace();
        assert_eq!(replace("$2"), "java.lang.IndexOutOfBoundsException: No group 2\n");
        assert_eq!(replace("$x"), "java.lang.IllegalArgumentException: Illegal group reference\n");
        assert_eq!(
            replace("$"),
            "java.lang.IllegalArgumentException: Illegal group reference: group index is missing\n"
        );
        assert_eq!(replace("${no}"), "java.lang.IllegalArgumentException: No group with name {no}\n");
        assert_eq!(
            replace("${}"),
            "java.lang.IllegalArgumentException: named capturing group has 0 length name\n"
        );
        assert_eq!(
            replace("${a"),
            "java.lang.IllegalArgumentException: named capturing group is missing trailing '}'\n"
        );
        assert_eq!(replace("\\"), "java.lang.IllegalArgumentException: character to be escaped is missing\n");
        assert_eq!(Regex::new("(").unwrap_err().java_class(), "java.util.regex.PatternSyntaxException");
    }
}
