//! Reads YAML 1.2 (of its core schema) with the place of every name and value.

use std::collections::HashMap;

use ferry_config::properties::{Place, Span};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::{Fault, Key, Kind, Node};

/// The one document of a text.
///
/// # Errors
/// What is no YAML, and where; there is more than one document; a name is there twice; a name is no scalar.
pub fn whole(text: &str) -> Result<Node, Fault> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Fault { at: place(*error.marker()), why: error.info().to_owned() })?;
        builder.take(event, span)?;
    }
    let nothing = || Fault { at: Place { line: 1, column: 1 }, why: "there is nothing in it".to_owned() };
    builder.document.ok_or_else(nothing)
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

/// A list or map that is not over.
struct Open {
    at: Span,
    anchor: usize,
    kind: Kind,
    /// The name whose value comes next.
    key: Option<Key>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    document: Option<Node>,
    /// Nodes made so far: aliases of aliases could grow without end.
    nodes: usize,
}

/// Far more than a file of tests has.
const MOST_NODES: usize = 1_000_000;

impl Builder {
    fn take(&mut self, event: Event<'_>, span: saphyr_parser::Span) -> Result<(), Fault> {
        let at = place(span.start);
        let length = match span.end.line() == span.start.line() {
            true => span.end.col() - span.start.col(),
            false => 1,
        };
        let at = Span { at, length: length.max(1) };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text_only = style != ScalarStyle::Plain
                    || tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let kind = if text_only { Kind::Text(text.into_owned()) } else { plain(&text) };
                self.put(anchor, Node { at, kind })
            }
            Event::SequenceStart(anchor, _) => self.begin(at, anchor, Kind::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(at, anchor, Kind::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { at, anchor, kind, .. }) => self.put(anchor, Node { at, kind }),
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => {
                    self.nodes += size(&node);
                    self.put(0, Node { at, ..node })
                }
                None => Err(Fault { at: at.at, why: "nothing has this anchor".to_owned() }),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, at: Span, anchor: usize, kind: Kind) -> Result<(), Fault> {
        if self.open.len() >= 200 {
            return Err(Fault { at: at.at, why: "more than 200 values in one another".to_owned() });
        }
        self.open.push(Open { at, anchor, kind, key: None });
        Ok(())
    }

    fn put(&mut self, anchor: usize, node: Node) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Fault { at: node.at.at, why: format!("more than {MOST_NODES} values") });
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(Open { kind, key, .. }) = self.open.last_mut() else {
            if self.document.is_some() {
                return Err(Fault { at: node.at.at, why: "there is more than one document".to_owned() });
            }
            self.document = Some(node);
            return Ok(());
        };
        match (kind, key.take()) {
            (Kind::Map(entries), Some(key)) => entries.push((key, node)),
            (Kind::Map(entries), None) => {
                let Some(text) = node.scalar() else {
                    return Err(Fault { at: node.at.at, why: format!("{} cannot be a name", node.noun()) });
                };
                if let Some((first, _)) = entries.iter().find(|(key, _)| key.text == text) {
                    let why = format!("{text} is there already, on line {}", first.at.at.line);
                    return Err(Fault { at: node.at.at, why });
                }
                *key = Some(Key { at: node.at, text });
            }
            (Kind::List(items), _) => items.push(node),
            _ => {}
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.kind {
        Kind::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Kind::Map(entries) => 1 + entries.iter().map(|(_, node)| size(node)).sum::<usize>(),
        _ => 1,
    }
}

/// A plain scalar by the rules of the core schema; numbers are written as in JSON.
fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (if text.starts_with('-') { "-" } else { "" }, digits),
        None => ("", text),
    };
    let radix = |digits: &str, radix| i128::from_str_radix(digits, radix).ok().map(|n| n.to_string());
    let prefixed = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16),
        (_, Some(digits)) => radix(digits, 8),
        _ => None,
    };
    if let Some(number) = prefixed {
        return Kind::Number(number);
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // Leading zeros are fine in YAML, and none in JSON.
        let digits = digits.trim_start_matches('0');
        return Kind::Number(format!("{sign}{}", if digits.is_empty() { "0" } else { digits }));
    }
    let starts_as_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match text.parse::<f64>() {
        Ok(number) if starts_as_number && number.is_finite() => {
            let number = serde_json::Number::from_f64(number).map(|number| number.to_string());
            number.map_or_else(|| Kind::Text(text.to_owned()), Kind::Number)
        }
        _ => Kind::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_core_schema() {
        let text = "a: &x [1, +2, -03, 0x1f, 1.50, 1e3, .5]\nb: [~, null, yes, TRUE, '1', \"\\u00e9\", !!str 7]\n\
                    c: *x\nd: |\n  two\n  lines\n{\"e\": 1}: x\n";
        let fault = whole(text).expect_err("a map as a name");
        assert_eq!(fault.to_string(), "a map cannot be a name (line 7, column 1)");
        let node = whole(text.split("{\"e\"").next().expect("text")).expect("YAML");
        assert_eq!(
            node.to_json(),
            serde_json::json!({
                "a": [1, 2, -3, 31, 1.5, 1000.0, 0.5],
                "b": [null, null, "yes", true, "1", "é", "7"],
                "c": [1, 2, -3, 31, 1.5, 1000.0, 0.5],
                "d": "two\nlines\n",
            })
        );
        let c = node.get("c").expect("there");
        assert_eq!((c.at.at.line, c.at.at.column), (3, 4));
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let found = ["", "a: 1\nb: 2\na: 3\n", "a: [1\nb: 2", "a: *no", "a: 1\n--- \nb: 2\n"]
            .map(|text| whole(text).expect_err(text).at.line);
        assert_eq!(found, [1, 3, 2, 1, 3]);
        let bomb = (0..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
            format!("{text}a{0}: &a{0} [*a{n}, *a{n}, *a{n}]\n", n + 1)
        });
        assert!(whole(&bomb).is_err());
    }
}
