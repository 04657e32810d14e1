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

struct Fault {
    what: String,
    /// The place before that of the cursor, if there is one.
    at: Option<usize>,
}

type Step<T = ()> = Result<T, Fault>;

/// What stands after the last character.
const END: char = '\0';

struct Syntax {
    text: Vec<char>,
    at: usize,
    /// Names of groups.
    names: Vec<String>,
    /// Capturing groups so far.
    groups: usize,
    /// `(?x)`: white space and comments do not count.
    comments: bool,
}

impl Syntax {
    fn new(pattern: &str) -> Self {
        let text = unquoted(pattern.chars().collect());
        Self { text, at: 0, names: Vec::new(), groups: 0, comments: false }
    }

    fn fault<T>(&self, what: impl Into<String>) -> Step<T> {
        Err(Fault { what: what.into(), at: self.at.checked_sub(1) })
    }

    fn char(&self, at: usize) -> char {
        self.text.get(at).copied().unwrap_or(END)
    }

    fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next character, not taken.
    fn peek(&mut self) -> char {
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
    fn take(&mut self) -> char {
        let next = self.peek();
        self.at += 1;
        next
    }

    /// Goes on by one and peeks.
    fn next(&mut self) -> char {
        self.at += 1;
        self.peek()
    }

    /// Takes the character after the next one.
    fn skip(&mut self) -> char {
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

    fn group_name(&mut self, first: char) -> Step<String> {
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

    fn escape_outside(&mut self) -> Step {
        if matches!(self.char(self.at + 1), 'p' | 'P') {
            self.at += 1;
            return self.family();
        }
        self.escape(false).map(drop)
    }

    /// `\p{…}` from its `p` on.
    fn family(&mut self) -> Step {
        let mut name = String::new();
        if self.next() != '{' {
            name.push(self.peek());
            self.take();
        } else {
            self.next();
            let start = self.at;
            while !self.ended() && self.peek() != '}' {
                name.push(self.take());
            }
            self.at += 1;
            if self.at > self.text.len() {
                return self.fault("Unclosed character family");
            }
            if start + 1 >= self.at {
                return self.fault("Empty character family");
            }
        }
        match name.split_once('=') {
            Some((key, value)) => {
                let key = key.to_lowercase();
                let category = matches!(key.as_str(), "gc" | "general_category");
                if matches!(key.as_str(), "sc" | "script" | "blk" | "block") || category && is_property(value)
                {
                    return Ok(());
                }
                self.fault(format!("Unknown Unicode property {{name=<{key}>, value=<{value}>}}"))
            }
            None if name.starts_with("In") || name.starts_with("Is") || is_property(&name) => Ok(()),
            None => self.fault(format!("Unknown character property name {{{name}}}")),
        }
    }

    /// An escape from its backslash on; `None` if it stands for more than one character.
    fn escape(&mut self, in_class: bool) -> Step<Option<char>> {
        let code = |code: u32| Ok(Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)));
        match self.skip() {
            '0' => code(self.octal()?),
            digit @ '1'..='9' if !in_class => {
                self.back_reference(digit);
                Ok(None)
            }
            'A' | 'B' | 'G' | 'R' | 'X' | 'Z' | 'b' | 'z' if !in_class => {
                if self.char(self.at - 1) == 'b' && self.text[self.at..].starts_with(&['{', 'g', '}']) {
                    self.at += 3;
                }
                Ok(None)
            }
            'D' | 'H' | 'S' | 'V' | 'W' | 'd' | 'h' | 's' | 'v' | 'w' => Ok(None),
            'N' => self.character_name().map(|()| None),
            'a' => code(7),
            'c' if self.ended() => self.fault("Illegal control escape sequence"),
            'c' => {
                let control = self.take();
                code(u32::from(control) ^ 64)
            }
            'e' => code(0x1B),
            'f' => code(0x0C),
            'k' if !in_class => {
                if self.take() != '<' {
                    return self.fault("\\k is not followed by '<' for named capturing group");
                }
                let first = self.take();
                let name = self.group_name(first)?;
                if !self.names.contains(&name) {
                    return self.fault(format!("named capturing group <{name}> does not exist"));
                }
                Ok(None)
            }
            'n' => code(0x0A),
            'r' => code(0x0D),
            't' => code(0x09),
            'u' => code(self.unicode()?),
            'x' => code(self.hexadecimal()?),
            c if c.is_ascii_alphanumeric() => self.fault("Illegal/unsupported escape sequence"),
            c => Ok(Some(c)),
        }
    }

    /// As many digits as there are groups for.
    fn back_reference(&mut self, first: char) {
        let mut group = first.to_digit(10).unwrap_or_default() as usize;
        while let Some(digit) = self.peek().to_digit(10) {
            group = group * 10 + digit as usize;
            if self.groups < group {
                break;
            }
            self.take();
        }
    }

    fn octal(&mut self) -> Step<u32> {
        let first = self.take();
        let Some(mut value) = first.to_digit(8) else { return self.fault("Illegal octal escape sequence") };
        let more = if first <= '3' { 2 } else { 1 };
        for _ in 0..more {
            match self.take().to_digit(8) {
                Some(digit) => value = value * 8 + digit,
                None => {
                    self.at -= 1;
                    break;
                }
            }
        }
        Ok(value)
    }

    fn hexadecimal(&mut self) -> Step<u32> {
        let first = self.take();
        if let Some(high) = first.to_digit(16) {
            if let Some(low) = self.take().to_digit(16) {
                return Ok(high * 16 + low);
            }
        } else if first == '{' && self.peek().is_ascii_hexdigit() {
            let mut value = 0;
            loop {
                match self.take() {
                    c if c.is_ascii_hexdigit() => value = value * 16 + c.to_digit(16).unwrap_or_default(),
                    '}' => return Ok(value),
                    _ => return self.fault("Unclosed hexadecimal escape sequence"),
                }
                if value > u32::from(char::MAX) {
                    return self.fault("Hexadecimal codepoint is too big");
                }
            }
        }
        self.fault("Illegal hexadecimal escape sequence")
    }

    fn unicode(&mut self) -> Step<u32> {
        let mut value = 0;
        for _ in 0..4 {
            match self.take().to_digit(16) {
                Some(digit) => value = value * 16 + digit,
                None => return self.fault("Illegal Unicode escape sequence"),
            }
        }
        Ok(value)
    }

    fn character_name(&mut self) -> Step {
        if self.take() != '{' {
            return self.fault("Illegal character name escape sequence");
        }
        while self.take() != '}' {
            if self.ended() {
                return self.fault("Unclosed character name escape sequence");
            }
        }
        Ok(())
    }

    /// `[…]`, or with `closed` false the right side of an intersection, which leaves the bracket.
    fn class(&mut self, closed: bool) -> Step {
        let mut next = self.next();
        if next == '^' && self.char(self.at - 1) == '[' {
            next = self.next();
        }
        let mut any = false;
        loop {
            match next {
                '[' => {
                    self.class(true)?;
                    any = true;
                }
                '&' if self.next() == '&' => any = self.intersection(any)?,
                END if self.ended() => return self.fault("Unclosed character class"),
                ']' if any => {
                    if closed {
                        self.next();
                    }
                    return Ok(());
                }
                _ => {
                    if next == '&' {
                        // One alone is a character; the look at the second went past it.
                        self.at -= 1;
                    }
                    self.range()?;
                    any = true;
                }
            }
            next = self.peek();
        }
    }

    /// What follows `&&`.
    fn intersection(&mut self, left: bool) -> Step<bool> {
        let mut next = self.next();
        let mut right = false;
        while !matches!(next, ']' | '&') {
            if next == '[' {
                self.class(true)?;
            } else {
                self.at -= 1;
                self.class(false)?;
            }
            right = true;
            next = self.peek();
        }
        if left || right { Ok(true) } else { self.fault("Bad class syntax") }
    }

    /// A character, a range of them, or a class with a name.
    fn range(&mut self) -> Step {
        let first = match self.peek() {
            '\\' if matches!(self.char(self.at + 1), 'p' | 'P') => {
                self.at += 1;
                return self.family();
            }
            '\\' => match self.escape(true)? {
                Some(c) => c,
                None => return Ok(()),
            },
            c => {
                self.next();
                c
            }
        };
        if self.peek() != '-' || matches!(self.char(self.at + 1), '[' | ']') {
            return Ok(());
        }
        let last = match self.next() {
            '\\' => self.escape(true)?,
            c => {
                self.next();
                Some(c)
            }
        };
        if last.is_none_or(|last| last < first) { self.fault("Illegal character range") } else { Ok(()) }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// General categories, POSIX classes and Java's own (`\p{javaLowerCase}`).
fn is_property(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "Cn",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Me",
        "Mc",
        "Nd",
        "Nl",
        "No",
        "Zs",
        "Zl",
        "Zp",
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Pd",
        "Ps",
        "Pe",
        "Pc",
        "Po",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Pi",
        "Pf",
        "L",
        "M",
        "N",
        "Z",
        "C",
        "P",
        "S",
        "LC",
        "LD",
        "L1",
        "all",
        "ASCII",
        "Alnum",
        "Alpha",
        "Blank",
        "Cntrl",
        "Digit",
        "Graph",
        "Lower",
        "Print",
        "Punct",
        "Space",
        "Upper",
        "XDigit",
        "javaLowerCase",
        "javaUpperCase",
        "javaAlphabetic",
        "javaIdeographic",
        "javaTitleCase",
        "javaDigit",
        "javaDefined",
        "javaLetter",
        "javaLetterOrDigit",
        "javaJavaIdentifierStart",
        "javaJavaIdentifierPart",
        "javaUnicodeIdentifierStart",
        "javaUnicodeIdentifierPart",
        "javaIdentifierIgnorable",
        "javaSpaceChar",
        "javaWhitespace",
        "javaISOControl",
        "javaMirrored",
    ];
    NAMES.contains(&name)
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
    fn faults_are_told_as_by_the_jdk() {
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
