//! `ferry test --record`: writes what came out into a test file, which stays as it is otherwise.

use serde_json::{Map, Value};

use super::file::root;
use super::run::{Outcome, Passage};
use crate::text::{Fault, Kind, Node};

/// What a test shall expect from now on.
pub struct Filling {
    /// The test's place in the list `tests`.
    index: usize,
    expect: Value,
}

impl Filling {
    /// What came out: only what differs from what went in, where most is as it was.
    pub fn new(index: usize, passage: &Passage) -> Self {
        let expect = match &passage.outcome {
            Outcome::Dropped => Value::from("dropped"),
            Outcome::Failed(error) => {
                Value::Object(Map::from_iter([("error".to_owned(), error.as_str().into())]))
            }
            Outcome::Record(found) => changed(passage.given.as_ref(), found),
        };
        Self { index, expect }
    }
}

fn changed(given: Option<&Map<String, Value>>, found: &Map<String, Value>) -> Value {
    let mut expect = Map::new();
    for (name, value) in found {
        if given.and_then(|given| given.get(name)) != Some(value) {
            expect.insert(name.clone(), value.clone());
        }
    }
    // What a schema belongs to is told with it.
    for part in ["key", "value"] {
        if expect.contains_key(&format!("{part}_schema")) && !expect.contains_key(part) {
            expect.insert(part.to_owned(), found[part].clone());
        }
    }
    if let Some(Value::Array(headers)) = expect.get_mut("headers") {
        let plain = |header: &Value| header["schema"].is_null();
        if headers.iter().all(plain) {
            for header in headers.iter_mut().filter_map(Value::as_object_mut) {
                header.remove("schema");
            }
        }
    }
    if expect.is_empty() {
        return "unchanged".into();
    }
    expect.insert("rest".to_owned(), "unchanged".into());
    expect.into()
}

/// The text of a test file with what came out in it.
///
/// # Errors
/// A test stands in a form that nothing can be added to.
pub fn filled(name: &str, text: &str, fillings: &[Filling]) -> Result<String, Fault> {
    let root = root(name, text)?;
    if name.ends_with(".json") {
        let mut json = root.to_json();
        for filling in fillings {
            json["tests"][filling.index]["expect"] = filling.expect.clone();
        }
        return Ok(format!("{json:#}\n"));
    }
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut added: Vec<(usize, String)> = Vec::new();
    for filling in fillings {
        added.push(place(&root, text, &lines, filling)?);
    }
    // From the end, so that the places before stay good.
    added.sort_by_key(|(line, _)| std::cmp::Reverse(*line));
    let texts: Vec<(usize, String)> = added;
    let mut out: Vec<String> = lines.drain(..).map(str::to_owned).collect();
    if let Some(last) = out.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
    for (line, text) in texts {
        out.insert(line, text);
    }
    Ok(out.concat())
}

/// Behind how many lines an expectation is added, and its text.
fn place(root: &Node, text: &str, lines: &[&str], filling: &Filling) -> Result<(usize, String), Fault> {
    let fault = |at, why: &str| Err(Fault { at, why: why.to_owned() });
    let Some(Node { kind: Kind::List(tests), .. }) = root.get("tests") else {
        return fault(root.at.at, "there are no tests");
    };
    let test = &tests[filling.index];
    let Some((first, _)) = test.entries().and_then(<[_]>::first) else {
        return fault(test.at.at, "the test is empty");
    };
    let in_braces = text
        .lines()
        .nth(test.at.at.line - 1)
        .is_some_and(|line| line.chars().nth(test.at.at.column - 1) == Some('{'));
    if in_braces {
        return fault(test.at.at, "cannot record into a test in braces: write it in lines");
    }
    // Up to the next test, or the next name of the file.
    let after = |line: usize| line > test.at.at.line;
    let others = root.entries().unwrap_or_default().iter().map(|(key, _)| key.at.at.line);
    let next = tests.iter().map(|test| test.at.at.line).chain(others).filter(|line| after(*line)).min();
    let mut end = next.map_or(lines.len(), |line| line - 1);
    let idle = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    while end > test.at.at.line && idle(lines[end - 1]) {
        end -= 1;
    }
    // The dash of the next test may stand on a line of its own.
    if next.is_some() && end > test.at.at.line && lines[end - 1].trim() == "-" {
        end -= 1;
    }
    let indent = " ".repeat(first.at.at.column - 1);
    let mut out = String::new();
    match &filling.expect {
        Value::Object(fields) => {
            out += &format!("{indent}expect:\n");
            for (name, value) in fields {
                let value = if name == "rest" { "unchanged".to_owned() } else { value.to_string() };
                out += &format!("{indent}  {name}: {value}\n");
            }
        }
        word => out += &format!("{indent}expect: {}\n", word.as_str().unwrap_or_default()),
    }
    Ok((end, out))
}
