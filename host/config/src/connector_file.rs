//! Connector files of the command line: a flat JSON map, a JSON request, or properties.

use std::path::Path;

use serde::Deserialize;

use crate::error::{ConfigError, Result};
use crate::json::{JsonConfig, Text};
use crate::properties;
use ferry_plugin_abi::config::ConfigMap;

/// What a new connector shall be doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialState {
    /// Running (the default).
    Running,
    /// Created, its tasks paused.
    Paused,
    /// Created without tasks.
    Stopped,
}

impl InitialState {
    /// Reads a name in any case; `None` for an unknown one.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "RUNNING" => Some(Self::Running),
            "PAUSED" => Some(Self::Paused),
            "STOPPED" => Some(Self::Stopped),
            _ => None,
        }
    }
}

/// A connector to create (mirrors `CreateConnectorRequest`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorFile {
    /// Its name.
    pub name: String,
    /// Its settings, `name` among them.
    pub config: ConfigMap,
    /// Settings whose value was `null` in JSON: validation refuses them by name.
    pub nulls: Vec<String>,
    /// Its state after creation, where the file says one.
    pub initial_state: Option<InitialState>,
}

/// Reads a connector file (mirrors `ConnectStandalone.parseConnectorConfigurationFile`: the three
/// forms are tried in this order).
///
/// # Errors
/// The file cannot be read, names no connector, or contradicts itself about the name.
pub fn read(path: &Path) -> Result<ConnectorFile> {
    let bytes = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(bytes, &path.display().to_string())
}

/// As [`read`], of bytes from a file called `path`.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: Vec<u8>, path: &str) -> Result<ConnectorFile> {
    if let Some(JsonConfig { config, nulls }) = json(&bytes) {
        return flat(config, nulls, path);
    }
    if let Some(request) = json::<Request>(&bytes) {
        return request.into_file(path);
    }
    let text = properties::decode(bytes);
    let entries = properties::parse(&text).map_err(|e| e.in_file(Path::new(path)))?;
    let looks_like_json = text.trim_start().starts_with('{');
    flat(entries.into_iter().collect(), Vec::new(), path).map_err(|e| match json_error(&text) {
        // The JVM worker leaves the user of a broken JSON file with the missing name alone.
        Some(why) if looks_like_json => ConfigError::message(format!("{e} (not valid JSON: {why})")),
        _ => e,
    })
}

fn flat(config: ConfigMap, nulls: Vec<String>, path: &str) -> Result<ConnectorFile> {
    let name = config.get("name").ok_or_else(|| missing_name(path))?.to_owned();
    Ok(ConnectorFile { name, config, nulls, initial_state: None })
}

fn missing_name(path: &str) -> ConfigError {
    ConfigError::message(format!(
        "Connector configuration at '{path}' is missing the mandatory 'name' configuration"
    ))
}

/// The first JSON value of the text. Like Jackson here, it does not look at what follows.
fn json<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Option<T> {
    serde_json::Deserializer::from_slice(bytes).into_iter::<T>().next()?.ok()
}

fn json_error(text: &str) -> Option<String> {
    serde_json::from_str::<Request>(text).err().map(|e| e.to_string())
}

/// `{"name":…,"config":{…},"initial_state":…}`; other fields are let pass in files.
#[derive(Deserialize)]
struct Request {
    name: Option<Text>,
    config: Option<JsonConfig>,
    #[serde(default, deserialize_with = "initial_state")]
    initial_state: Option<InitialState>,
}

fn initial_state<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<InitialState>, D::Error> {
    let Text(name) = Text::deserialize(d)?;
    name.map(|name| {
        InitialState::parse(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown initial_state '{name}'")))
    })
    .transpose()
}

impl Request {
    fn into_file(self, path: &str) -> Result<ConnectorFile> {
        let name = self.name.and_then(|Text(name)| name).ok_or_else(|| missing_name(path))?;
        let JsonConfig { mut config, nulls } = self.config.ok_or_else(|| {
            ConfigError::message(format!(
                "Connector configuration at '{path}' is missing the mandatory 'config' object"
            ))
        })?;
        match config.get("name") {
            Some(other) if other != name => {
                return Err(ConfigError::message(format!(
                    "Connector name configuration in 'config' doesn't match the one specified in 'name' at '{path}'"
                )));
            }
            Some(_) => {}
            None => config.insert("name", name.clone()),
        }
        Ok(ConnectorFile { name, config, nulls, initial_state: self.initial_state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, config: &[(&str, &str)], initial_state: Option<InitialState>) -> ConnectorFile {
        ConnectorFile {
            name: name.to_owned(),
            config: config.iter().copied().collect(),
            nulls: Vec::new(),
            initial_state,
        }
    }

    fn parsed(text: &str) -> Result<ConnectorFile, String> {
        parse(text.as_bytes().to_vec(), "c").map_err(|e| e.to_string())
    }

    #[test]
    fn reads_all_three_forms() {
        let found = [
            parsed(r#" {"name":"a","tasks.max":1,"connector.class":"X"} trailing"#),
            parsed(r#"{"name":"a","config":{"k":"v"}}"#),
            parsed(r#"{"config":{"k":"v","name":"a"},"name":"a","initial_state":"paused","tasks":[]}"#),
            parsed("name=a\nk : v\n"),
        ];
        let expected = [
            file("a", &[("name", "a"), ("tasks.max", "1"), ("connector.class", "X")], None),
            file("a", &[("k", "v"), ("name", "a")], None),
            file("a", &[("k", "v"), ("name", "a")], Some(InitialState::Paused)),
            file("a", &[("name", "a"), ("k", "v")], None),
        ];
        assert_eq!(found, expected.map(Ok));
    }

    #[test]
    fn names_what_is_missing() {
        let found = [
            parsed(r#"{"k":"v"}"#),
            parsed("k=v"),
            parsed(r#"{"config":{"k":"v"}}"#),
            parsed(r#"{"name":"a","config":{"name":"b"}}"#),
            parsed(r#"{"name":"a","config":{}, "initial_state":"gone"}"#),
            parsed("{\"name\":\"a\",}"),
            parsed("name=\\u12"),
        ];
        let missing = "Connector configuration at 'c' is missing the mandatory 'name' configuration";
        let expected = [
            missing.to_owned(),
            missing.to_owned(),
            missing.to_owned(),
            "Connector name configuration in 'config' doesn't match the one specified in 'name' at 'c'"
                .to_owned(),
            format!("{missing} (not valid JSON: unknown initial_state 'gone' at line 1 column 48)"),
            format!("{missing} (not valid JSON: trailing comma at line 1 column 13)"),
            "c: Malformed \\uxxxx encoding. (line 1)".to_owned(),
        ];
        assert_eq!(found, expected.map(Err));
    }
}
