//! What changes between two configurations.

use ferry_config::ConfigMap;
use ferry_config::secret::{HIDDEN, shown};
use serde_json::{Map, Value, json};

use crate::failure::Result;
use crate::output::{Console, Style};

/// A setting that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    key: String,
    from: Option<String>,
    to: Option<String>,
}

/// What changes if `wanted` takes the place of what the worker has, by key.
pub fn changes(present: &Map<String, Value>, wanted: &ConfigMap) -> Vec<Change> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut changes: Vec<Change> = wanted
        .iter()
        .map(|(key, to)| Change {
            key: key.to_owned(),
            from: present.get(key).map(text),
            to: Some(to.to_owned()),
        })
        .filter(|change| change.from != change.to)
        .collect();
    let gone = present.iter().filter(|(key, _)| !wanted.contains_key(key));
    changes.extend(gone.map(|(key, from)| Change { key: key.clone(), from: Some(text(from)), to: None }));
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

impl Change {
    fn shown<'a>(&self, value: &'a str) -> &'a str {
        shown(&self.key, value)
    }

    /// `{"key","from","to"}`; null where there was or will be none; secrets hidden.
    pub fn to_json(&self) -> Value {
        let side = |value: &Option<String>| value.as_deref().map(|value| self.shown(value).to_owned());
        json!({ "key": self.key, "from": side(&self.from), "to": side(&self.to) })
    }

    /// One line of a difference.
    pub fn print(&self, console: &mut Console<'_>) -> Result<()> {
        let (style, text) = match (&self.from, &self.to) {
            (Some(from), Some(to)) => {
                let (from, to) = (self.shown(from), self.shown(to));
                let text = if to == HIDDEN && from == HIDDEN {
                    "[hidden], changed".to_owned()
                } else {
                    format!("{from} → {to}")
                };
                (Style::Middling, format!("~ {}: {text}", self.key))
            }
            (Some(from), None) => (Style::Bad, format!("- {}: {}", self.key, self.shown(from))),
            (None, to) => {
                (Style::Good, format!("+ {}: {}", self.key, self.shown(to.as_deref().unwrap_or_default())))
            }
        };
        // A value of several lines stays inside of its place.
        let text = console.styled(style, &text.replace('\n', "\n      "));
        console.line(&format!("    {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_differs_and_no_secret() {
        let present =
            json!({"name": "a", "same": "1", "old": "x", "tasks.max": "1", "db.password": "one", "n": 3});
        let wanted = ConfigMap::from_iter([
            ("name", "a"),
            ("same", "1"),
            ("tasks.max", "2"),
            ("db.password", "two"),
            ("new", "a\nb"),
            ("n", "3"),
        ]);
        let changes = changes(present.as_object().unwrap(), &wanted);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::quiet(&mut out, &mut err, false);
        changes.iter().try_for_each(|change| change.print(&mut console)).unwrap();
        let expected = "    ~ db.password: [hidden], changed\n    + new: a\n      b\n    - old: x\n    ~ tasks.max: 1 → 2\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!(
            changes[0].to_json().to_string(),
            r#"{"key":"db.password","from":"[hidden]","to":"[hidden]"}"#
        );
        assert_eq!(changes[2].to_json().to_string(), r#"{"key":"old","from":"x","to":null}"#);
    }
}
