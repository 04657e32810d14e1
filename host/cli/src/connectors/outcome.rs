//! What became of each connector of a command, and the exit code of all together.

use serde_json::{Value, json};

use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, Style};

/// What became of connectors so far.
#[derive(Debug)]
pub struct Outcomes {
    action: &'static str,
    rows: Vec<Value>,
    exit: Exit,
}

impl Outcomes {
    /// Of an action by this name.
    pub fn of(action: &'static str) -> Self {
        Self { action, rows: Vec::new(), exit: Exit::Done }
    }

    /// It is done: `past` says how, in words.
    pub fn done(&mut self, console: &mut Console<'_>, name: &str, past: &str) -> Result<()> {
        self.add(console, name, past, json!({}))
    }

    /// The same with more to say in JSON.
    pub fn add(&mut self, console: &mut Console<'_>, name: &str, past: &str, more: Value) -> Result<()> {
        if !console.json {
            let name = console.styled(Style::Bold, name);
            console.line(&format!("{name}: {past}"))?;
        }
        self.push(name, true, more);
        Ok(())
    }

    /// It could not be done; the others go on.
    ///
    /// # Errors
    /// The failure itself, if nobody reads the output any more.
    pub fn failed(&mut self, console: &mut Console<'_>, name: &str, failure: Failure) -> Result<()> {
        self.failed_with(console, name, failure, json!({}))
    }

    /// The same with more to say in JSON.
    ///
    /// # Errors
    /// As [`Outcomes::failed`].
    pub fn failed_with(
        &mut self,
        console: &mut Console<'_>,
        name: &str,
        failure: Failure,
        mut more: Value,
    ) -> Result<()> {
        if failure.exit == Exit::Done {
            return Err(failure);
        }
        let message = match failure.message.strip_prefix(name) {
            Some(rest) if rest.starts_with(' ') => failure.message.clone(),
            _ => format!("{name}: {}", failure.message),
        };
        console.complain(&Failure { message, ..failure.clone() });
        if self.exit == Exit::Done {
            self.exit = failure.exit;
        }
        more["error"] = failure.to_json();
        self.push(name, false, more);
        Ok(())
    }

    /// Either of the two.
    pub fn either(&mut self, console: &mut Console<'_>, name: &str, done: Result<&str>) -> Result<()> {
        match done {
            Ok(past) => self.done(console, name, past),
            Err(failure) => self.failed(console, name, failure),
        }
    }

    fn push(&mut self, name: &str, ok: bool, more: Value) {
        let mut row = json!({ "name": name, "action": self.action, "ok": ok });
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        self.rows.push(row);
    }

    /// Prints the JSON; the exit code is that of the first failure.
    pub fn finish(self, console: &mut Console<'_>) -> Result<Exit> {
        if console.json {
            console.value(&Value::Array(self.rows))?;
        }
        Ok(self.exit)
    }
}
