//! Paths to fields inside of fields (KIP-821, `SingleFieldPath`).

use ferry_sdk::config::{Config, ConfigKey, ConfigType, Importance, Validator};
use ferry_sdk::data::{Schema, SchemaType, ValueRef};
use ferry_sdk::{Error, Result};

use crate::part::{require_map_or_null, require_struct_or_null};
use crate::{field, hash_map};

const SYNTAX: &str = "field.syntax.version";
const PURPOSE: &str = "nested field access";

/// `field.syntax.version`
pub fn syntax_version() -> ConfigKey {
    ConfigKey::new(
        SYNTAX,
        ConfigType::String,
        Importance::High,
        "Defines the version of the syntax to access fields. If set to <code>V1</code>, then the field paths are \
         limited to access the elements at the root level of the struct or map. If set to <code>V2</code>, the syntax \
         will support accessing nested elements. To access nested elements, dotted notation is used. If dots are \
         already included in the field name, then backtick pairs can be used to wrap field names containing dots. \
         E.g. to access the subfield <code>baz</code> from a field named \"foo.bar\" in a struct/map the following \
         format can be used to access its elements: \"<code>foo.bar</code>.baz\".",
    )
    .or("V1")
    .valid(Validator::OneOfIgnoreCase(vec!["V1".into(), "V2".into()]))
}

/// The way to one field.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldPath {
    text: String,
    steps: Vec<String>,
}

impl FieldPath {
    /// From what the user wrote, in the syntax that [`syntax_version`] was set to.
    pub fn new(text: String, config: &Config) -> Result<Self> {
        let nested = config.string(SYNTAX).is_some_and(|version| version.eq_ignore_ascii_case("V2"));
        let steps = if nested { steps_of(&text)? } else { vec![text.clone()] };
        Ok(Self { text, steps })
    }

    /// The last step and those before it. An empty path has none, which Java says in its own way.
    fn split(&self) -> Result<(&String, &[String])> {
        self.steps.split_last().ok_or_else(|| {
            Error::data("fromIndex(0) > toIndex(-1)").class("java.lang.IllegalArgumentException")
        })
    }

    /// The index of the field at each step; a schema without the field is an error.
    pub fn resolve(&self, schema: &Schema) -> Result<Vec<usize>> {
        self.split()?;
        let mut current = schema;
        let mut indexes = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            if current.kind() != SchemaType::Struct {
                return Err(Error::data("Cannot look up fields on non-struct type"));
            }
            let Some((index, field)) = current.field(step) else {
                return Err(Error::data(format!("Unknown field: {}", self.text))
                    .class("java.lang.IllegalArgumentException"));
            };
            indexes.push(index);
            current = field.schema();
        }
        Ok(indexes)
    }

    /// What the path leads to in a schemaless map; null where the way ends early.
    pub fn value_in_map<'a>(&self, map: ValueRef<'a>) -> Result<ValueRef<'a>> {
        let (last, before) = self.split()?;
        let mut current = map;
        for step in before {
            let Some(entries) = require_map_or_null(current, PURPOSE)? else { return Ok(ValueRef::NULL) };
            current = hash_map::get(entries, step);
        }
        let entries = require_map_or_null(current, PURPOSE)?;
        Ok(entries.map_or(ValueRef::NULL, |entries| hash_map::get(entries, last)))
    }
}

/// The schema and the value of the field that `indexes` lead to; null where a struct on the way is null.
/// On the way defaults stand for null always, for the field itself only where `replace_null` says so.
pub fn value_at<'a>(
    indexes: &[usize],
    schema: &'a Schema,
    value: ValueRef<'a>,
    replace_null: bool,
) -> Result<(&'a Schema, ValueRef<'a>)> {
    let (mut schema, mut value) = (schema, value);
    for (at, index) in indexes.iter().enumerate() {
        let field = &schema.fields()[*index];
        let last = at + 1 == indexes.len();
        value = match require_struct_or_null(value, PURPOSE)? {
            Some(values) => field::get(field, values[*index], replace_null || !last),
            None => ValueRef::NULL,
        };
        schema = field.schema();
    }
    Ok((schema, value))
}

/// Steps are separated by dots; one in backticks may hold dots, and backticks behind a backslash.
fn steps_of(path: &str) -> Result<Vec<String>> {
    let find = |what: char, from: usize| path[from..].find(what).map(|at| from + at);
    let bytes = path.as_bytes();
    let mut steps = Vec::new();
    let mut at = 0;
    while at < path.len() {
        if bytes[at] != b'`' {
            let end = find('.', at).unwrap_or(path.len());
            steps.push(path[at..end].to_owned());
            at = end + 1;
            continue;
        }
        let incomplete = || {
            Error::config(format!(
                "Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick at position {} \
                 to escape it",
                path[..at].encode_utf16().count()
            ))
        };
        let mut step = String::new();
        let (mut start, mut look) = (at + 1, at + 1);
        let next = loop {
            let tick = find('`', look).ok_or_else(incomplete)?;
            let escaped = bytes[tick - 1] == b'\\';
            match bytes.get(tick + 1) {
                None if escaped => return Err(incomplete()),
                Some(b'.') if escaped => {
                    step.push_str(&path[start..tick - 1]);
                    step.push('`');
                    start = tick + 1;
                }
                None | Some(b'.') => {
                    step.push_str(&path[start..tick]);
                    break tick + 2;
                }
                // Followed by something else it belongs to the name.
                Some(_) => {}
            }
            look = tick + 1;
        };
        steps.push(step);
        at = next;
    }
    if path.ends_with('.') {
        steps.push(String::new());
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Kafka's own tests of `SingleFieldPath`, and from running it.
    #[test]
    fn steps_are_those_of_connect() {
        for (path, steps) in [
            ("foobarbaz", &["foobarbaz"][..]),
            ("foo.bar.baz", &["foo", "bar", "baz"]),
            ("foo.bar`.baz", &["foo", "bar`", "baz"]),
            ("foo.`bar.baz`", &["foo", "bar.baz"]),
            ("`foo.bar.baz`", &["foo.bar.baz"]),
            ("`foo.bar`.baz", &["foo.bar", "baz"]),
            ("foo.`bar\\`.baz`", &["foo", "bar`.baz"]),
            ("foo.`ba`r.baz`", &["foo", "ba`r.baz"]),
            ("foo.``ba`r.baz`", &["foo", "`ba`r.baz"]),
            ("foo..`bar.baz`", &["foo", "", "bar.baz"]),
            ("..`bar.baz`", &["", "", "bar.baz"]),
            ("foo.", &["foo", ""]),
            (".", &["", ""]),
            ("", &[]),
            ("`a`.", &["a", ""]),
            ("\u{e9}.`\u{e9}.b`", &["\u{e9}", "\u{e9}.b"]),
        ] {
            assert_eq!(steps_of(path).unwrap(), steps, "{path}");
        }
    }

    #[test]
    fn a_lonely_backtick_is_an_error() {
        for (path, position) in
            [("`foo.bar.baz", 0), ("foo.`bar.baz", 4), ("foo.`bar.baz\\`", 4), ("\u{1F600}.`b", 3)]
        {
            assert_eq!(
                steps_of(path).unwrap_err().message(),
                format!(
                    "Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick at position \
                     {position} to escape it"
                )
            );
        }
    }
}
