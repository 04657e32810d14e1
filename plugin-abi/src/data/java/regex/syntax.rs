//! The grammar of `java.util.regex.Pattern`, for its error messages: which patterns compile, and what the JDK says of
//! the others. Nothing is matched here.
//!
//! The JDK tells where it stood when it gave up, so this reads as far ahead as it does, and no further.

/// Whether `pattern` compiles; `Err` is the message of Java's `PatternSyntaxException`.
///
/// The names of scripts, blocks and characters (`\p{IsGreek}`, `\N{DIGIT ONE}`) are taken as they are, and so is what
/// stands in a look-behind, however long.
pub fn check_regex(pattern: &str) -> Result<(), String> {
    let mut syntax = Syntax::new(pattern);
    syntax.whole().map_err(|fault| {
        let Some(at) = fault.at else { return format!("{}\n{pattern}", fault.what) };
        let mut message = format!("{} near index {at}\n{pattern}", fault.what);
        if at < pattern.encode_utf16().count() {
            let margin = pattern.encode_utf16().take(at);
            message.push('\n');
            message.extend(margin.map(|unit| if unit == u16::from(b'\t') { '\t' } else { ' ' }));
            message.push('^');
        }
        message
    })
}

pub struct Fault {
    what: String,
    /// The place before that of the cursor, if there is one.
    at: Option<usize>,
}

pub type Step<T = ()> = Result<T, Fault>;

/// What stands after the last character.
pub const END: char = '\0';

pub struct Syntax {
    pub text: Vec<char>,
    pub at: usize,
    /// Names of groups.
    pub names: Vec<String>,
    /// Capturing groups so far.
    pub groups: usize,
    /// `(?x)`: white space and comments do not count.
    comments: bool,
}

impl Syntax {
    fn new(pattern: &str) -> Self {
        let text = unquoted(pattern.chars().collect());
        Self { text, at: 0, names: Vec::new(), groups: 0, comments: false }
    }

    pub fn fault<T>(&self, what: impl Into<String>) -> Step<T> {
        Err(Fault { what: what.into(), at: self.at.checked_sub(1) })
    }

    pub fn char(&self, at: usize) -> char {
        self.text.get(at).copied().unwrap_or(END)
    }

    pub fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next character, not taken.
    pub fn peek(&mut self) -> char {
        while self.comments && (is_space(self.char(self.at)) || self.char(self.at) == '#') {
            if self.char(self.at) == '#' {
                while !self.ended() && !is_line_end(self.char(self.at)) {
                    self.at += 1;
                }
            } else {
                self.at += 1;
            }
        }
        self.char(self.at)
    }

    /// Takes the next character.
    pub fn take(&mut self) -> char {
        let next = self.peek();
        self.at += 1;
        next
    }

    /// Goes on by one and peeks.
    pub fn next(&mut self) -> char {
        self.at += 1;
        self.peek()
    }

    /// Takes the character after the next one.
    pub fn skip(&mut self) -> char {
        self.at += 2;
        self.char(self.at - 1)
    }

    fn whole(&mut self) -> Step {
        self.alternatives()?;
        match self.peek() {
            _ if self.at == self.text.len() => Ok(()),
            ')' => self.fault("Unmatched closing ')'"),
            _ => self.fault("Unexpected internal error"),
        }
    }

    fn alternatives(&mut self) -> Step {
        self.sequence()?;
        while self.peek() == '|' {
            self.next();
            self.sequence()?;
        }
        Ok(())
    }

    fn sequence(&mut self) -> Step {
        loop {
            match self.peek() {
                '(' => {
                    self.group()?;
                    continue;
                }
                '[' => self.class(true)?,
                '\\' => self.escape_outside()?,
                '|' | ')' => return Ok(()),
                END if self.ended() => return Ok(()),
                meta @ ('?' | '*' | '+') => {
                    self.next();
                    return self.fault(format!("Dangling meta character '{meta}'"));
                }
                // Taken below, for a repetition of nothing.
                '{' => {}
                _ => {
                    self.next();
                }
            }
            self.closure()?;
        }
    }

    /// `?`, `*`, `+`, `{n}`, `{n,}`, `{n,m}`, each greedy, lazy or possessive.
    fn closure(&mut self) -> Step {
        match self.peek() {
            '?' | '*' | '+' => {}
            '{' => self.repetition()?,
            _ => return Ok(()),
        }
        if matches!(self.next(), '?' | '+') {
            self.next();
        }
        Ok(())
    }

    /// Up to the closing brace, which is not taken.
    fn repetition(&mut self) -> Step {
        let mut next = self.skip();
        if !next.is_ascii_digit() {
            return self.fault("Illegal repetition");
        }
        let min = self.count(&mut next)?;
        let mut max = Some(min);
        if next == ',' {
            next = self.take();
            max = if next == '}' { None } else { Some(self.count(&mut next)?) };
        }
        if next != '}' {
            return self.fault("Unclosed counted closure");
        }
        if max.is_some_and(|max| max < min) {
            return self.fault("Illegal repetition range");
        }
        self.at -= 1;
        Ok(())
    }

    /// A number of 31 bits, which `next` begins; afterwards `next` is what follows it.
    fn count(&mut self, next: &mut char) -> Step<i32> {
        let mut count = 0i32;
        while let Some(digit) = next.to_digit(10) {
            match count.checked_mul(10).and_then(|count| count.checked_add(digit as i32)) {
                Some(more) => count = more,
                None => return self.fault("Illegal repetition range"),
            }
            *next = self.take();
        }
        Ok(count)
    }

    fn group(&mut self) -> Step {
        let comments = self.comments;
        if self.next() == '?' {
            match self.skip() {
                ':' | '>' | '=' | '!' => self.alternatives()?,
                '<' => self.named_or_behind()?,
                '$' | '@' => return self.fault("Unknown group type"),
                _ => {
                    self.at -= 1;
                    self.flags();
                    match self.take() {
                        ')' => return Ok(()),
                        ':' => self.alternatives()?,
                        _ => return self.fault("Unknown inline modifier"),
                    }
                }
            }
        } else {
            self.groups += 1;
            self.alternatives()?;
        }
        if self.take() != ')' {
            return self.fault("Unclosed group");
        }
        self.comments = comments;
        self.closure()
    }

    fn named_or_behind(&mut self) -> Step {
        let first = self.take();
        if !matches!(first, '=' | '!') {
            let name = self.group_name(first)?;
            if self.names.contains(&name) {
                return self.fault(format!("Named capturing group <{name}> is already defined"));
            }
            self.groups += 1;
            self.names.push(name);
            return self.alternatives();
        }
        self.alternatives()
    }

    pub fn group_name(&mut self, first: char) -> Step<String> {
        if !first.is_ascii_alphabetic() {
            return self.fault("capturing group name does not start with a Latin letter");
        }
        let mut name = String::from(first);
        loop {
            match self.take() {
                c if c.is_ascii_alphanumeric() => name.push(c),
                '>' => return Ok(name),
                _ => return self.fault("named capturing group is missing trailing '>'"),
            }
        }
    }

    /// `(?i-x`: only the comments matter to the grammar.
    fn flags(&mut self) {
        let mut on = true;
        loop {
            match self.peek() {
                'x' => self.comments = on,
                'i' | 'm' | 's' | 'd' | 'u' | 'c' | 'U' => {}
                '-' if on => on = false,
                _ => return,
            }
            self.next();
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `\Q…\E` as escapes. The JDK counts places after this.
fn unquoted(pattern: Vec<char>) -> Vec<char> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern.into_iter().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
        } else if rest.next_if_eq(&'Q').is_some() {
            let mut first = true;
            while let Some(c) = rest.next() {
                match c {
                    '\\' if rest.next_if_eq(&'E').is_some() => break,
                    // Else it could belong to an escape before the quote.
                    c if c.is_ascii_digit() && first => out.extend(['\\', 'x', '3', c]),
                    c if c.is_ascii_alphanumeric() || !c.is_ascii() => out.push(c),
                    c => out.extend(['\\', c]),
                }
                first = false;
            }
        } else {
            out.push(c);
            out.extend(rest.next());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::check_regex;

    /// Messages of JDK 17.
    #[test]
    pub fn faults_are_told_as_by_the_jdk() {
        for (pattern, message) in [
            ("(", "Unclosed group near index 1\n("),
            (")", "Unmatched closing ')'\n)"),
            ("[", "Unclosed character class near index 0\n[\n^"),
            ("*", "Dangling meta character '*' near index 0\n*\n^"),
            ("a**", "Dangling meta character '*' near index 2\na**\n  ^"),
            ("a{2,1}", "Illegal repetition range near index 5\na{2,1}\n     ^"),
            ("\\", "Unexpected internal error near index 1\n\\"),
            (
                "(?<1>a)",
                "capturing group name does not start with a Latin letter near index 3\n(?<1>a)\n   ^",
            ),
        ] {
            assert_eq!(check_regex(pattern).unwrap_err(), message, "{pattern}");
        }
        for pattern in
            ["", "a|b", "[]a]", "a]b}", "\\Qa(\\E+", "(?<n>a)\\k<n>", "(?x) a # (\n", "[a-z&&[^b]]", "x{2,}+"]
        {
            assert_eq!(check_regex(pattern), Ok(()), "{pattern}");
        }
    }
}
