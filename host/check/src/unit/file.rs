//! Test files: YAML or JSON, read into tests with every fault at its place.

use std::path::{Path, PathBuf};

use ferry_config::ConnectorKind;
use ferry_config::properties::Place;
use ferry_config::suggest::nearest;

use crate::text::{Fault, Key, Kind, Node, json, yaml};

/// Tests of one connector's chain.
#[derive(Debug, Clone, PartialEq)]
pub struct TestFile {
    /// The connector's file, as it is written; relative to the test file.
    pub connector: Option<(PathBuf, Place)>,
    /// A worker's file: its converters hold where the connector names none.
    pub worker: Option<PathBuf>,
    /// Settings over those of the connector's file.
    pub settings: Vec<(String, Option<String>)>,
    /// Where the configuration begins, for what is wrong with it as a whole.
    pub config_at: Place,
    /// Source or sink, where no connector says it.
    pub kind: Option<ConnectorKind>,
    /// The tests in their order.
    pub tests: Vec<Test>,
}

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Its name; of a row of a table with the row's number.
    pub name: String,
    /// Where it begins.
    pub at: Place,
    /// Its place in the list `tests`.
    pub index: usize,
    /// Whether it is a row of a table.
    pub is_row: bool,
    /// Whether converters are part of it.
    pub convert: bool,
    /// The record that goes in.
    pub record: Node,
    /// What is to come out; `None`: nobody said it yet.
    pub expect: Option<Node>,
}

/// Reads a test file of this name.
///
/// # Errors
/// The first thing wrong with it.
pub fn parse(name: &str, text: &str) -> Result<TestFile, Fault> {
    let root = root(name, text)?;
    let entries =
        fields(&root, "a test file", &["connector", "worker", "config", "kind", "convert", "tests"])?;
    let find = |name: &str| entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node);
    let path = |name: &str| -> Result<Option<(PathBuf, Place)>, Fault> {
        find(name).map(|node| Ok((Path::new(text_of(node, name)?).to_owned(), node.at.at))).transpose()
    };
    let config = find("config");
    let settings = config.map(settings).transpose()?.unwrap_or_default();
    let connector = path("connector")?;
    let kind = match find("kind") {
        None => None,
        Some(node) => match text_of(node, "kind")? {
            "source" => Some(ConnectorKind::Source),
            "sink" => Some(ConnectorKind::Sink),
            other => return fault(node, format!("kind is source or sink, not {other}")),
        },
    };
    let Some(list) = find("tests") else {
        return fault(&root, "a test file has a list of tests under the name tests");
    };
    let Kind::List(items) = &list.kind else {
        return fault(list, format!("tests is a list, not {}", list.noun()));
    };
    let convert = flag(find("convert"), "convert")?.unwrap_or(false);
    let mut tests = Vec::new();
    for (index, item) in items.iter().enumerate() {
        one(item, index, convert, &mut tests)?;
    }
    if tests.is_empty() {
        return fault(list, "there is no test in it");
    }
    let config_at =
        config.map(|node| node.at.at).or(connector.as_ref().map(|(_, at)| *at)).unwrap_or(root.at.at);
    let worker = path("worker")?.map(|(path, _)| path);
    Ok(TestFile { connector, worker, settings, config_at, kind, tests })
}

/// The tree of a test file: JSON by its ending, else YAML.
///
/// # Errors
/// It is neither.
pub fn root(name: &str, text: &str) -> Result<Node, Fault> {
    if name.ends_with(".json") { json::whole(text) } else { yaml::whole(text) }
}

/// A fault at a node.
pub fn fault<T>(node: &Node, why: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { at: node.at.at, why: why.into() })
}

/// The entries of a map that has none but these.
pub fn fields<'a>(node: &'a Node, what: &str, known: &[&str]) -> Result<&'a [(Key, Node)], Fault> {
    let Some(entries) = node.entries() else {
        return fault(node, format!("{what} is a map, not {}", node.noun()));
    };
    for (key, _) in entries {
        let head = key.text.split('.').next().unwrap_or_default();
        if !known.contains(&key.text.as_str()) && !known.contains(&format!("{head}.").as_str()) {
            let meant = nearest(&key.text, known.iter().map(|name| name.trim_end_matches('.')), 3);
            let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            let why = format!("{what} has no {}{meant}", key.text);
            return Err(Fault { at: key.at.at, why });
        }
    }
    Ok(entries)
}

fn text_of<'a>(node: &'a Node, what: &str) -> Result<&'a str, Fault> {
    match &node.kind {
        Kind::Text(text) => Ok(text),
        _ => fault(node, format!("{what} is a string, not {}", node.noun())),
    }
}

fn flag(node: Option<&Node>, what: &str) -> Result<Option<bool>, Fault> {
    match node {
        None => Ok(None),
        Some(Node { kind: Kind::Bool(value), .. }) => Ok(Some(*value)),
        Some(node) => fault(node, format!("{what} is true or false, not {}", node.noun())),
    }
}

fn settings(node: &Node) -> Result<Vec<(String, Option<String>)>, Fault> {
    let Some(entries) = node.entries() else {
        return fault(node, format!("config is a map of settings, not {}", node.noun()));
    };
    let one = |(key, value): &(Key, Node)| match &value.kind {
        Kind::Null => Ok((key.text.clone(), None)),
        Kind::List(_) | Kind::Map(_) => {
            fault(value, format!("the value of {} is {}; settings are texts", key.text, value.noun()))
        }
        _ => Ok((key.text.clone(), value.scalar())),
    };
    entries.iter().map(one).collect()
}

const TEST: [&str; 6] = ["name", "convert", "record", "expect", "columns", "rows"];
/// What a record has; a dot behind a name says that a path may follow.
pub const RECORD: [&str; 16] = [
    "topic",
    "partition",
    "offset",
    "timestamp",
    "key",
    "key.",
    "key_schema",
    "key_base64",
    "value",
    "value.",
    "value_schema",
    "value_base64",
    "headers",
    "headers.",
    "value_schema.",
    "key_schema.",
];

fn one(item: &Node, index: usize, convert: bool, tests: &mut Vec<Test>) -> Result<(), Fault> {
    let entries = fields(item, "a test", &TEST)?;
    let find = |name: &str| entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node);
    let name = match find("name") {
        Some(node) => node.scalar().ok_or(Fault { at: node.at.at, why: "a name is a string".to_owned() })?,
        None => format!("test {}", index + 1),
    };
    let convert = flag(find("convert"), "convert")?.unwrap_or(convert);
    let nothing = Node { at: item.at, kind: Kind::Map(Vec::new()) };
    let record = find("record").cloned();
    let expect = find("expect").cloned();
    if let Some(record) = &record {
        fields(record, "a record", &RECORD)?;
    }
    let is_row = find("rows").is_some();
    let test = |name: String, at: Place, record: Node, expect: Option<Node>| {
        if let Some(expect) = &expect {
            check_expectation(expect)?;
        }
        Ok(Test { name, at, index, is_row, convert, record, expect })
    };
    let (columns, rows) = match (find("columns"), find("rows")) {
        (None, None) => {
            let Some(record) = record else { return fault(item, format!("{name} has no record")) };
            tests.push(test(name, item.at.at, record, expect)?);
            return Ok(());
        }
        (Some(columns), Some(rows)) => (columns, rows),
        (Some(node), None) => return fault(node, "columns stand over rows, and there are none"),
        (None, Some(node)) => return fault(node, "rows stand under columns, and there are none"),
    };
    let columns = columns_of(columns)?;
    let Kind::List(rows) = &rows.kind else {
        return fault(rows, format!("rows is a list, not {}", rows.noun()));
    };
    for (number, row) in rows.iter().enumerate() {
        let Kind::List(cells) = &row.kind else {
            return fault(row, format!("a row is a list, not {}", row.noun()));
        };
        if cells.len() != columns.len() {
            return fault(
                row,
                format!("cells and columns differ in number: {} and {}", cells.len(), columns.len()),
            );
        }
        let mut record = record.clone().unwrap_or_else(|| nothing.clone());
        let mut expect = expect.clone();
        for (column, cell) in columns.iter().zip(cells) {
            match column.strip_prefix("expect") {
                Some("") => expect = Some(cell.clone()),
                Some(path) => {
                    let expect = expect.get_or_insert_with(|| nothing.clone());
                    expect.at = cell.at;
                    insert(expect, path.trim_start_matches('.'), cell)?;
                }
                None => set(&mut record, column, cell)?,
            }
        }
        tests.push(test(format!("{name} (row {})", number + 1), row.at.at, record, expect)?);
    }
    Ok(())
}

fn columns_of(node: &Node) -> Result<Vec<String>, Fault> {
    let Kind::List(items) = &node.kind else {
        return fault(node, format!("columns is a list, not {}", node.noun()));
    };
    let one = |item: &Node| {
        let name = text_of(item, "the name of a column")?;
        let path = name.strip_prefix("expect.").unwrap_or(name);
        let head = path.split('.').next().unwrap_or_default();
        let known =
            name == "expect" || RECORD.contains(&path) || RECORD.contains(&format!("{head}.").as_str());
        let expected = name.starts_with("expect.") && EXPECT.contains(&path);
        if known || expected {
            return Ok(name.to_owned());
        }
        fault(
            item,
            format!("there is no column {name}: it is a part of the record, expect, or expect. and a part"),
        )
    };
    items.iter().map(one).collect()
}

/// Sets an entry of a map by its whole name.
fn insert(map: &mut Node, name: &str, value: &Node) -> Result<(), Fault> {
    let noun = map.noun();
    let Kind::Map(entries) = &mut map.kind else {
        return fault(value, format!("{name} cannot be set in {noun}"));
    };
    let key = Key { at: value.at, text: name.to_owned() };
    match entries.iter_mut().find(|(key, _)| key.text == name) {
        Some(entry) => entry.1 = value.clone(),
        None => entries.push((key, value.clone())),
    }
    Ok(())
}

/// Sets what a path of names leads to, making maps on its way.
fn set(map: &mut Node, path: &str, value: &Node) -> Result<(), Fault> {
    let Some((head, rest)) = path.split_once('.') else { return insert(map, path, value) };
    let nothing = || Node { at: value.at, kind: Kind::Map(Vec::new()) };
    let mut child = map.get(head).cloned().unwrap_or_else(nothing);
    set(&mut child, rest, value)?;
    insert(map, head, &child)
}

/// What an expectation may say beside the parts of a record.
const EXPECT: [&str; 3] = ["error", "rest", "missing"];

fn check_expectation(node: &Node) -> Result<(), Fault> {
    match &node.kind {
        Kind::Text(word) if word == "dropped" || word == "unchanged" => Ok(()),
        Kind::Text(word) => {
            let meant = nearest(word, ["dropped", "unchanged"], 3);
            let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            fault(node, format!("expect is a map, dropped or unchanged, not {word}{meant}"))
        }
        Kind::Map(_) => {
            let known: Vec<&str> =
                RECORD.iter().chain(&EXPECT).copied().filter(|name| *name != "offset").collect();
            let entries = fields(node, "an expectation", &known)?;
            let find = |name: &str| entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node);
            if let Some(rest) = find("rest")
                && rest.kind != Kind::Text("unchanged".to_owned())
            {
                return fault(rest, "rest is unchanged, or left out");
            }
            if let Some(error) = find("error") {
                text_of(error, "error")?;
                if entries.len() > 1 {
                    return fault(error, "where an error is expected, nothing else is");
                }
            }
            match find("missing") {
                None => Ok(()),
                Some(Node { kind: Kind::List(paths), .. }) => {
                    paths.iter().try_for_each(|path| text_of(path, "a path in missing").map(drop))
                }
                Some(node) => fault(node, "missing is a list of paths, such as value.card"),
            }
        }
        _ => fault(node, format!("expect is a map, dropped or unchanged, not {}", node.noun())),
    }
}
