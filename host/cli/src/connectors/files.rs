//! Connector files in every shape that people have.

use std::io::Read;
use std::path::{Path, PathBuf};

use ferry_config::ConfigMap;
use ferry_config::connector_file::{self, ConnectorFile, InitialState};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};

/// A connector as a file wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where it stands.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Its settings, `name` among them.
    pub config: ConfigMap,
    /// Settings that are `null`, which Connect refuses.
    pub nulls: Vec<String>,
    /// What it shall be doing once it is created.
    pub initial_state: Option<InitialState>,
}

impl Wanted {
    /// The settings as the worker takes them.
    pub fn body(&self) -> Value {
        let values = self.config.iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
        let nulls = self.nulls.iter().map(|key| (key.clone(), Value::Null));
        Value::Object(values.chain(nulls).collect::<Map<_, _>>())
    }

    /// A `CreateConnectorRequest`.
    pub fn request(&self) -> Value {
        let mut request = json!({ "name": self.name, "config": self.body() });
        if let Some(state) = self.initial_state {
            request["initial_state"] = Value::from(state_name(state));
        }
        request
    }

    /// What `connector.class` says.
    ///
    /// # Errors
    /// It is missing.
    pub fn class(&self) -> Result<&str> {
        self.config.get("connector.class").filter(|class| !class.trim().is_empty()).ok_or_else(|| {
            Failure::config(format!("{}: {} has no connector.class", self.file, self.name))
                .mend("set it to the class of a connector; `ferry connectors plugins` lists them")
        })
    }
}

/// The name of a state in requests and answers.
pub fn state_name(state: InitialState) -> &'static str {
    match state {
        InitialState::Running => "RUNNING",
        InitialState::Paused => "PAUSED",
        InitialState::Stopped => "STOPPED",
    }
}

/// Reads files, all `.properties` and `.json` of folders, and `-`.
///
/// # Errors
/// One cannot be read or used, a folder holds none, or two connectors have one name.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Wanted>> {
    let mut all: Vec<Wanted> = Vec::new();
    for path in paths {
        for file in files(path)? {
            let (bytes, shown) = bytes(&file)?;
            for wanted in parse(bytes, &shown)? {
                if let Some(other) = all.iter().find(|other| other.name == wanted.name) {
                    return Err(Failure::config(format!(
                        "the connector {} is in {} and in {}",
                        wanted.name, other.file, wanted.file
                    ))
                    .mend("give one of them another name"));
                }
                all.push(wanted);
            }
        }
    }
    Ok(all)
}

/// The bytes of a file or of standard input, and what it is called in messages.
///
/// # Errors
/// It cannot be read.
pub fn bytes(path: &Path) -> Result<(Vec<u8>, String)> {
    let shown = if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let read = if is_stdin(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|error| Failure::config(format!("cannot read {shown}: {error}")))?;
    Ok((bytes, shown))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if is_stdin(path) || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path)
        .map_err(|error| Failure::config(format!("cannot read {}: {error}", path.display())))?;
    let known = |file: &PathBuf| file.extension().is_some_and(|e| e == "json" || e == "properties");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(known).collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::config(format!("{} holds no .properties and no .json file", path.display())));
    }
    Ok(files)
}

/// The connectors of one file.
fn parse(bytes: Vec<u8>, shown: &str) -> Result<Vec<Wanted>> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        let items: Vec<Box<RawValue>> = serde_json::from_slice(&bytes)
            .map_err(|error| Failure::config(format!("{shown}: not valid JSON: {error}")))?;
        return items.iter().map(|item| one(item.get().as_bytes().to_vec(), shown)).collect();
    }
    match expanded(&bytes) {
        Some(infos) => infos.into_iter().map(|info| one(info, shown)).collect(),
        None => one(bytes, shown).map(|wanted| vec![wanted]),
    }
}

/// What `GET /connectors?expand=info` answers.
fn expanded(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let Value::Object(map) = serde_json::from_slice(bytes).ok()? else { return None };
    if map.is_empty() {
        return None;
    }
    map.values()
        .map(|value| {
            value.get("info")?.get("config")?.as_object().and(Some(value["info"].to_string().into_bytes()))
        })
        .collect()
}

fn one(bytes: Vec<u8>, shown: &str) -> Result<Wanted> {
    let ConnectorFile { name, config, nulls, initial_state } = connector_file::parse(bytes, shown)?;
    Ok(Wanted { file: shown.to_owned(), name, config, nulls, initial_state })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let wanted = parse(text.as_bytes().to_vec(), "f").map_err(|failure| failure.to_string())?;
        Ok(wanted.iter().map(|w| w.request().to_string()).collect())
    }

    #[test]
    fn takes_every_shape() {
        let a = r#"{"name":"a","config":{"name":"a","k":"1"}}"#;
        let nested = r#"{"name":"a","config":{"k":"1","name":"a"}}"#;
        let found = [
            names("name=a\nk=1"),
            names(r#"{"name":"a","k":1}"#),
            names(r#"{"name":"a","config":{"k":1}}"#),
            names(r#" [{"name":"a","k":"1"},{"name":"a","config":{"k":"1"},"initial_state":"stopped"}]"#),
            names(r#"{"a":{"info":{"name":"a","config":{"k":"1"},"tasks":[],"type":"sink"}}}"#),
            names(r#"{"name":"a","k":null}"#),
            names("[]"),
        ];
        let stopped = r#"{"name":"a","config":{"k":"1","name":"a"},"initial_state":"STOPPED"}"#;
        let expected = [
            vec![a],
            vec![a],
            vec![nested],
            vec![a, stopped],
            vec![nested],
            vec![r#"{"name":"a","config":{"name":"a","k":null}}"#],
            vec![],
        ];
        assert_eq!(found, expected.map(|list| Ok(list.into_iter().map(str::to_owned).collect())));
    }

    #[test]
    fn reads_folders_and_refuses_one_name_twice() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let read = || {
            let all = read(&[dir.path().to_owned()])
                .map_err(|f| f.to_string().replace(&dir.path().display().to_string(), ""))?;
            Ok::<_, String>(all.into_iter().map(|w| w.name).collect::<Vec<_>>())
        };
        assert_eq!(read(), Err(" holds no .properties and no .json file".to_owned()));
        write("b.properties", "name=b");
        write("a.json", r#"{"name":"a"}"#);
        write("README.md", "name=c");
        assert_eq!(read(), Ok(vec!["a".to_owned(), "b".to_owned()]));
        write("c.json", r#"{"name":"b"}"#);
        let twice = "the connector b is in /b.properties and in /c.json\n  give one of them another name";
        assert_eq!(read(), Err(twice.to_owned()));
        write("c.json", r#"[{"name":"b",}]"#);
        assert_eq!(
            read(),
            Err("/c.json: not valid JSON: key must be a string at line 1 column 14".to_owned())
        );
    }
}
