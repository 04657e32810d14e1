//! The tokens of a header text (`Values.Parser`): runs of text between `: , { } [ ] "`.

/// Hands out tokens, looks one ahead, and can be set back.
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    ahead: Option<&'t str>,
}

/// Java's `trim`: all up to the space counts.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

pub fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, ahead: None }
    }
    /// The whole text.
    pub fn original(&self) -> &'t str {
        self.text
    }
    /// Where the next token begins.
    pub fn mark(&self) -> usize {
        self.at - self.ahead.map_or(0, str::len)
    }
    /// Goes back to a mark.
    pub fn rewind(&mut self, mark: usize) {
        (self.at, self.ahead) = (mark, None);
    }
    /// Whether there is another token.
    pub fn has_next(&self) -> bool {
        self.ahead.is_some() || self.at < self.text.len()
    }

    /// The next token; an empty one at the end.
    pub fn next(&mut self) -> &'t str {
        match self.ahead.take() {
            Some(token) => token,
            None => self.scan(),
        }
    }

    /// The text of the next `count` tokens; nothing moves if there are fewer.
    pub fn next_many(&mut self, count: usize) -> Option<&'t str> {
        let start = self.mark();
        for _ in 0..count {
            if !self.has_next() {
                self.rewind(start);
                return None;
            }
            self.next();
        }
        Some(&self.text[start..self.at])
    }

    /// Takes the next token that is not blank if it is `expected`, blanks around it aside.
    pub fn take(&mut self, expected: &str) -> bool {
        if self.ahead.is_none() {
            if !self.has_next() {
                return false;
            }
            self.ahead = Some(self.scan());
        }
        while self.ahead.is_some_and(is_blank) && self.at < self.text.len() {
            self.ahead = Some(self.scan());
        }
        let found = self.ahead.is_some_and(|t| trim(t) == expected);
        if found {
            self.ahead = None;
        }
        found
    }

    fn scan(&mut self) -> &'t str {
        let start = self.at;
        let mut escaped = false;
        for (offset, byte) in self.text.as_bytes()[start..].iter().enumerate() {
            match byte {
                b'\\' => escaped = !escaped,
                b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"' if !escaped => {
                    // A delimiter is a token of its own.
                    self.at = start + offset.max(1);
                    return &self.text[start..self.at];
                }
                _ => escaped = false,
            }
        }
        self.at = self.text.len();
        &self.text[start..]
    }
}
