//! Asks before something that cannot be taken back.

use crate::failure::{Exit, Failure, Result};

use super::Console;

impl Console<'_> {
    /// Goes on if `yes` was given, or somebody at a terminal says so.
    ///
    /// # Errors
    /// Nobody can be asked, or the answer is no.
    pub fn confirm(&mut self, what: &str, yes: bool) -> Result<()> {
        if yes {
            return Ok(());
        }
        let Some(answers) = &mut self.answers else {
            return Err(Failure::usage(format!("would {what}, and there is no terminal to ask on"))
                .mend("add --yes if this is meant"));
        };
        let _ = write!(self.err, "{what}? [y/N] ");
        let _ = self.err.flush();
        let mut answer = String::new();
        let read = answers.read_line(&mut answer);
        match (read, answer.trim().to_ascii_lowercase().as_str()) {
            (Ok(_), "y" | "yes") => Ok(()),
            _ => Err(Failure::new(Exit::Usage, "nothing was done")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(answer: Option<&str>, yes: bool) -> (Result<(), String>, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut input = answer.unwrap_or_default().as_bytes();
        let mut console = Console::quiet(&mut out, &mut err, false);
        if answer.is_some() {
            console = console.asking(&mut input);
        }
        let done = console.confirm("delete 2 connectors", yes).map_err(|failure| failure.to_string());
        (done, String::from_utf8(err).unwrap())
    }

    #[test]
    fn only_a_yes_is_one() {
        let question = "delete 2 connectors? [y/N] ".to_owned();
        let no = Err("nothing was done".to_owned());
        assert_eq!(ask(Some("y\n"), false), (Ok(()), question.clone()));
        assert_eq!(ask(Some("YES\n"), false), (Ok(()), question.clone()));
        assert_eq!(ask(Some("\n"), false), (no.clone(), question.clone()));
        assert_eq!(ask(Some(""), false), (no, question));
        assert_eq!(ask(None, true), (Ok(()), String::new()));
        let refused =
            "would delete 2 connectors, and there is no terminal to ask on\n  add --yes if this is meant";
        assert_eq!(ask(None, false), (Err(refused.to_owned()), String::new()));
    }
}
