//! Which connectors are meant: names, patterns, states.

use ferry_config::suggest::nearest;
use glob::Pattern;
use serde_json::Value;

use super::arguments::Filter;
use crate::client::{Client, Status};
use crate::failure::{Exit, Failure, Result};

impl Filter {
    /// Something must be named: nobody restarts all connectors by leaving out a name.
    ///
    /// # Errors
    /// Nothing is.
    pub fn require(&self) -> Result<()> {
        if self.all || self.state.is_some() || !self.names.is_empty() {
            return Ok(());
        }
        Err(Failure::usage("no connector is named")
            .mend("name connectors, patterns such as 'jdbc-*', or --all"))
    }

    /// The names that are meant.
    ///
    /// # Errors
    /// Nothing was named, or something that the worker does not have.
    pub fn select(&self, client: &Client) -> Result<Vec<String>> {
        self.require()?;
        Ok(self.select_with(client)?.into_iter().map(|(name, _)| name).collect())
    }

    /// Those that are meant, each with `status` and `info`; without any argument all.
    ///
    /// # Errors
    /// Something was named that the worker does not have.
    pub fn select_with(&self, client: &Client) -> Result<Vec<(String, Value)>> {
        let mut all = client.expanded()?;
        let names = client.names()?;
        // With expand, those without a status yet are left out.
        for name in &names {
            if !all.iter().any(|(known, _)| known == name) {
                all.push((name.clone(), Value::Null));
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        self.check(&names, client.base())?;
        all.retain(|(name, value)| self.takes(name) && self.takes_state(value));
        Ok(all)
    }

    /// Whether a name is among those that are meant, whatever its state.
    pub fn takes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name || matches(wanted, name))
    }

    fn takes_state(&self, value: &Value) -> bool {
        let Some(state) = &self.state else { return true };
        Status::read(&value["status"]).state().eq_ignore_ascii_case(state)
    }

    fn check(&self, known: &[String], base: &str) -> Result<()> {
        for wanted in &self.names {
            if known.contains(wanted) || known.iter().any(|name| matches(wanted, name)) {
                continue;
            }
            if is_pattern(wanted) {
                return Err(Failure::new(Exit::NotFound, format!("no connector at {base} matches {wanted}")));
            }
            return Err(unknown(wanted, known, base));
        }
        Ok(())
    }
}

/// There is no such connector.
pub fn unknown(name: &str, known: &[String], base: &str) -> Failure {
    let failure = Failure::new(Exit::NotFound, format!("there is no connector {name} at {base}"));
    let most = (name.chars().count() / 3).min(4);
    match nearest(name, known.iter().map(String::as_str), most) {
        Some(near) => failure.mend(format!("did you mean {near}?")),
        None if known.is_empty() => failure.mend("there are none at all: is it the right worker?"),
        None => failure.mend("`ferry connectors list` shows those that are there"),
    }
}

/// Checks a pattern, as its own argument.
pub fn pattern(text: &str) -> Result<Pattern> {
    Pattern::new(text).map_err(|error| Failure::usage(format!("{text} is not a pattern: {error}")))
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn matches(wanted: &str, name: &str) -> bool {
    is_pattern(wanted) && Pattern::new(wanted).is_ok_and(|pattern| pattern.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(names: &[&str]) -> Filter {
        Filter { names: names.iter().map(|name| (*name).to_owned()).collect(), ..Filter::default() }
    }

    #[test]
    fn names_and_patterns() {
        let filter = filter(&["a", "jdbc-*", "b[1]"]);
        let found = ["a", "ab", "jdbc-", "jdbc-x", "b1", "b[1]", "b"].map(|name| filter.takes(name));
        assert_eq!(found, [true, false, true, true, true, true, false]);
    }

    #[test]
    fn what_is_not_there_is_named_with_what_may_be_meant() {
        let known = ["orders-sink".to_owned(), "orders-source".to_owned()];
        let check =
            |name: &str, known: &[String]| filter(&[name]).check(known, "U").map_err(|f| f.to_string());
        let found = [
            check("orders-sink", &known),
            check("orders-*", &known),
            check("orders-snk", &known),
            check("jdbc", &known),
            check("jdbc-*", &known),
            check("jdbc", &[]),
        ];
        let no = |text: &str| Err(text.to_owned());
        let expected = [
            Ok(()),
            Ok(()),
            no("there is no connector orders-snk at U\n  did you mean orders-sink?"),
            no("there is no connector jdbc at U\n  `ferry connectors list` shows those that are there"),
            no("no connector at U matches jdbc-*"),
            no("there is no connector jdbc at U\n  there are none at all: is it the right worker?"),
        ];
        assert_eq!(found, expected);
    }
}
