//! Classes: `[a-z&&[^b]]`.

use super::syntax::{END, Step, Syntax};

impl Syntax {
    /// `[…]`, or with `closed` false the right side of an intersection, which leaves the bracket.
    pub fn class(&mut self, closed: bool) -> Step {
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
