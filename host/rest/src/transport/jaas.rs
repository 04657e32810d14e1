//! JAAS files (`sun.security.provider.ConfigFile`): which login modules an entry has, and their options.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

/// One login module of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoginModule {
    /// Its class.
    pub(super) class: String,
    /// Its options.
    pub(super) options: BTreeMap<String, String>,
}

/// The file that a JVM with these options would read (`java.security.auth.login.config`).
pub(super) fn named_by(options: &str) -> Option<PathBuf> {
    let property = "-Djava.security.auth.login.config=";
    let value = options.split_whitespace().filter_map(|option| option.strip_prefix(property)).next_back()?;
    // A second sign of equality makes the JDK read no other file; a URL is a path to us.
    let value = value.strip_prefix('=').unwrap_or(value);
    let value = value.strip_prefix("file://").or_else(|| value.strip_prefix("file:")).unwrap_or(value);
    (!value.is_empty()).then(|| PathBuf::from(value.trim_matches('"')))
}

/// The login modules of an entry, in their order; `None` where there is no such entry.
///
/// # Errors
/// The file cannot be read or is none, in the JDK's words, with its name.
pub(super) fn entry(file: &Path, name: &str) -> Result<Option<Vec<LoginModule>>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut entries = parse(&text)
        .map_err(|(line, error)| format!("{}: Configuration Error: Line {line}: {error}", file.display()))?;
    Ok(entries.remove(name))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
    End,
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Sign(sign) => sign.to_string(),
            Self::End => "end of file".to_owned(),
        }
    }
}

type Fault = (usize, String);

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

fn parse(text: &str) -> Result<BTreeMap<String, Vec<LoginModule>>, Fault> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1 };
    let mut entries = BTreeMap::new();
    loop {
        let name = match reader.token()? {
            Token::End => return Ok(entries),
            Token::Word(name) => name,
            other => return Err(reader.expected("configuration name", &other)),
        };
        reader.sign('{')?;
        let mut modules = Vec::new();
        while let Some(module) = reader.module()? {
            modules.push(module);
        }
        reader.sign(';')?;
        if entries.insert(name.clone(), modules).is_some() {
            return Err((reader.line, format!("Can not specify multiple entries for {name}")));
        }
    }
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn expected(&self, what: &str, found: &Token) -> Fault {
        (self.line, format!("expected [{what}], found [{}]", found.shown()))
    }

    /// One login module; `None` at the end of the entry.
    fn module(&mut self) -> Result<Option<LoginModule>, Fault> {
        let class = match self.token()? {
            Token::Sign('}') => return Ok(None),
            Token::Word(class) => class,
            other => return Err(self.expected("module class name", &other)),
        };
        let flags = ["REQUIRED", "REQUISITE", "SUFFICIENT", "OPTIONAL"];
        match self.token()? {
            Token::Word(flag) if flags.contains(&flag.to_uppercase().as_str()) => {}
            other => return Err(self.expected("controlFlag", &other)),
        }
        let mut options = BTreeMap::new();
        loop {
            match self.token()? {
                Token::Sign(';') => return Ok(Some(LoginModule { class, options })),
                Token::Word(key) => {
                    self.sign('=')?;
                    match self.token()? {
                        Token::Word(value) => options.insert(key, value),
                        other => return Err(self.expected("option value", &other)),
                    };
                }
                other => return Err(self.expected("option key", &other)),
            }
        }
    }

    fn sign(&mut self, wanted: char) -> Result<(), Fault> {
        match self.token()? {
            Token::Sign(found) if found == wanted => Ok(()),
            other => Err(self.expected(&wanted.to_string(), &other)),
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let is_word = |c: char| c.is_alphanumeric() || "$_-*.".contains(c) || c > '\u{9f}';
        loop {
            let Some(c) = self.next() else { return Ok(Token::End) };
            match c {
                c if c.is_whitespace() => {}
                '/' => self.comment(),
                '"' => return self.quoted().map(Token::Word),
                c if is_word(c) => {
                    let mut word = String::from(c);
                    while let Some(c) = self.rest.next_if(|c| is_word(*c)) {
                        word.push(c);
                    }
                    return Ok(Token::Word(word));
                }
                c => return Ok(Token::Sign(c)),
            }
        }
    }

    /// `/* … */`; any other slash hides the rest of its line.
    fn comment(&mut self) {
        let long = self.rest.next_if_eq(&'*').is_some();
        let mut last = ' ';
        while let Some(c) = self.rest.peek().copied() {
            if !long && c == '\n' {
                return;
            }
            self.next();
            if long && last == '*' && c == '/' {
                return;
            }
            last = c;
        }
    }

    fn quoted(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.extend(self.next()),
                Some(c) => text.push(c),
                None => return Err((self.line, "expected [\"], found [end of file]".to_owned())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_entries() {
        let text = "// for REST\nKafkaConnect { /* the one\n there is */\n  a.b.Property$Module required\n    file=\"/etc/a \\\"b\\\".properties\" debug=true;\n  Other Sufficient ;\n};\nEmpty {};";
        let entries = parse(text).unwrap();
        let options = BTreeMap::from([
            ("file".to_owned(), "/etc/a \"b\".properties".to_owned()),
            ("debug".to_owned(), "true".to_owned()),
        ]);
        let expected = [
            LoginModule { class: "a.b.Property$Module".to_owned(), options },
            LoginModule { class: "Other".to_owned(), options: BTreeMap::new() },
        ];
        assert_eq!(entries["KafkaConnect"], expected);
        assert!(entries["Empty"].is_empty());
    }

    #[test]
    fn says_where_it_is_wrong() {
        let found = [
            "KafkaConnect",
            "KafkaConnect {\n a.B needed;\n};",
            "KafkaConnect {\n a.B required file=\n/etc/x;\n};",
            "KafkaConnect {\n a.B required\n};",
            "KafkaConnect { a.B required; }",
            "A {}; A {};",
            "A { b required c=\"",
        ]
        .map(|text| parse(text).unwrap_err());
        let expected = [
            (1, "expected [{], found [end of file]"),
            (2, "expected [controlFlag], found [needed]"),
            (4, "expected [option value], found [}]"),
            (3, "expected [option key], found [}]"),
            (1, "expected [;], found [end of file]"),
            (1, "Can not specify multiple entries for A"),
            (1, "expected [\"], found [end of file]"),
        ]
        .map(|(line, text)| (line, text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_jvms_options_name_the_file() {
        let found = [
            "-Xmx1g -Djava.security.auth.login.config=/etc/jaas.conf -Da=b",
            "-Djava.security.auth.login.config==file:/etc/jaas.conf",
            "-Djava.security.auth.login.config=file:///etc/jaas.conf",
            "-Djava.security.auth.login.config=",
            "-Da=b",
        ]
        .map(named_by);
        let path = Some(PathBuf::from("/etc/jaas.conf"));
        assert_eq!(found, [path.clone(), path.clone(), path, None, None]);
    }
}
