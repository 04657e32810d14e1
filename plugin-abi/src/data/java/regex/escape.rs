//! Escapes: characters, classes with a name, references to groups.

use super::syntax::{Step, Syntax};

impl Syntax {
    /// An escape outside of brackets.
    pub fn escape_outside(&mut self) -> Step {
        if matches!(self.char(self.at + 1), 'p' | 'P') {
            self.at += 1;
            return self.family();
        }
        self.escape(false).map(drop)
    }

    /// `\p{…}` from its `p` on.
    pub fn family(&mut self) -> Step {
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
    pub fn escape(&mut self, in_class: bool) -> Step<Option<char>> {
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
        let mut name = String::new();
        loop {
            match self.take() {
                '}' => break,
                c => name.push(c),
            }
            if self.ended() {
                return self.fault("Unclosed character name escape sequence");
            }
        }
        let possible = name.chars().all(|c| c.is_ascii_alphanumeric() || " -()".contains(c));
        if !possible || !name.contains(|c: char| c.is_ascii_alphabetic()) {
            return self.fault(format!("Unknown character name [{name}]"));
        }
        Ok(())
    }
}

/// General categories, POSIX classes and Java's own.
fn is_property(name: &str) -> bool {
    const NAMES: &str = "Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf L M N Z C P S LC \
                         LD L1 all ASCII Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper XDigit";
    const JAVA: &str = "LowerCase UpperCase Alphabetic Ideographic TitleCase Digit Defined Letter LetterOrDigit \
                        JavaIdentifierStart JavaIdentifierPart UnicodeIdentifierStart UnicodeIdentifierPart \
                        IdentifierIgnorable SpaceChar Whitespace ISOControl Mirrored";
    let (names, name) = name.strip_prefix("java").map_or((NAMES, name), |name| (JAVA, name));
    names.split(' ').any(|known| known == name)
}
