//! The request bodies of Connect's REST API.

use std::collections::BTreeMap;

use ferry_config::connector_file::InitialState;
use ferry_config::json::JsonConfig;
use ferry_runtime::herder::{ConnectorOffset, ConnectorOffsets, HerderError};
use schemars::JsonSchema;
use serde_json::Value;

use crate::json::{self, Bean, Fault, Reader, Token};

const CREATE: Bean = Bean {
    class: "org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest",
    properties: &["config", "name", "initial_state"],
};
const OFFSETS: Bean = Bean {
    class: "org.apache.kafka.connect.runtime.rest.entities.ConnectorOffsets",
    properties: &["offsets"],
};
const OFFSET: Bean = Bean {
    class: "org.apache.kafka.connect.runtime.rest.entities.ConnectorOffset",
    properties: &["partition", "offset"],
};

/// A connector to be (`CreateConnectorRequest`).
#[derive(Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "CreateConnectorRequest")]
pub(crate) struct CreateConnector {
    /// Its name; blanks around it are taken away.
    #[schemars(with = "String")]
    pub(crate) name: Option<String>,
    /// Its configuration. A name in it must be the same.
    #[schemars(with = "Config")]
    pub(crate) config: Option<JsonConfig>,
    /// What it shall be doing; running by default (KIP-980).
    #[schemars(with = "Option<InitialStateName>")]
    pub(crate) initial_state: Option<InitialState>,
}

/// What a new connector shall be doing, in any case of letters.
#[derive(JsonSchema)]
#[schemars(rename = "InitialState", rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "only the names count")]
enum InitialStateName {
    Running,
    Paused,
    Stopped,
}

/// A configuration: strings by their keys. Numbers and booleans are taken as their text.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) struct Config(BTreeMap<String, String>);

/// Changes of a configuration: null removes a key.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) struct Patch(BTreeMap<String, Option<String>>);

/// The level that a logger shall have.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) struct LevelMap {
    /// OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE or ALL, in any case of letters.
    level: String,
}

fn refuse(fault: Box<Fault>) -> HerderError {
    HerderError::internal(fault.to_string())
}

/// What the JVM says when it uses an object that is not there.
pub(crate) fn null(call: &str, variable: &str) -> HerderError {
    HerderError::internal(format!("Cannot invoke \"{call}\" because \"{variable}\" is null"))
}

/// The body of `POST /connectors`.
pub(crate) fn create(bytes: &[u8]) -> Result<CreateConnector, HerderError> {
    let found = json::read(bytes, CREATE.class, |reader, token| {
        let mut found = CreateConnector::default();
        CREATE.read(reader, token, |reader, property, token| {
            match property {
                "name" => found.name = json::text(reader, token)?,
                "config" if token == Token::Null => found.config = None,
                "config" => found.config = Some(json::map_of_texts(reader, token)?),
                _ => found.initial_state = initial_state(reader, token)?,
            }
            Ok(())
        })?;
        Ok(found)
    });
    found.map_err(refuse)?.ok_or_else(|| null(&format!("{}.name()", CREATE.class), "createRequest"))
}

fn initial_state(reader: &Reader<'_>, token: Token) -> Result<Option<InitialState>, Box<Fault>> {
    let class = format!("{}$InitialState", CREATE.class);
    let message = match token {
        Token::StartObject => {
            format!(
                "Cannot deserialize value of type `{class}` from Object value (token `JsonToken.START_OBJECT`)"
            )
        }
        Token::StartArray => format!(
            "Input mismatch reading Enum `{class}`: properties-based `@JsonCreator` ([method {class}#forValue(java.lang.String)]) expects String Value, got Array value (`JsonToken.START_ARRAY`)"
        ),
        token => {
            let Some(name) = json::text(reader, token)? else { return Ok(None) };
            if let Some(state) = InitialState::parse(&name) {
                return Ok(Some(state));
            }
            format!(
                "Cannot construct instance of `{class}`, problem: No enum constant {}.InitialState.{}",
                CREATE.class,
                name.to_uppercase()
            )
        }
    };
    Err(Fault::shape(message, reader.token_place()))
}

/// A body that is a configuration; `None` if it is empty or null.
pub(crate) fn config(bytes: &[u8]) -> Result<Option<JsonConfig>, HerderError> {
    json::read(bytes, "java.util.Map", json::map_of_texts).map_err(refuse)
}

/// The body of `POST /connectors/{c}/tasks`: the configurations of all tasks.
pub(crate) fn task_configs(bytes: &[u8]) -> Result<Vec<JsonConfig>, HerderError> {
    const ITEM: &str = "java.util.Map<java.lang.String,java.lang.String>";
    if bytes.trim_ascii().is_empty() {
        return Err(HerderError::internal(
            "No content to map due to end-of-input\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1]",
        ));
    }
    let list = |reader: &mut Reader<'_>, token| json::list(reader, token, ITEM, json::map_of_texts);
    let found = json::read(bytes, "java.util.List", list).map_err(refuse)?.unwrap_or_default();
    Ok(found.into_iter().flatten().collect())
}

/// The body of `PATCH /connectors/{c}/offsets`.
pub(crate) fn offsets(bytes: &[u8]) -> Result<ConnectorOffsets, HerderError> {
    let found = json::read(bytes, OFFSETS.class, |reader, token| {
        let mut found = Vec::new();
        OFFSETS.read(reader, token, |reader, _, token| {
            if token != Token::Null {
                found = json::list(reader, token, OFFSET.class, offset)?;
            }
            Ok(())
        })?;
        Ok(found)
    });
    let found =
        found.map_err(refuse)?.ok_or_else(|| null(&format!("{}.offsets()", OFFSETS.class), "offsets"))?;
    let given = found.into_iter().collect::<Option<Vec<_>>>();
    Ok(ConnectorOffsets {
        offsets: given.ok_or_else(|| null(&format!("{}.partition()", OFFSET.class), "offset"))?,
    })
}

fn offset(reader: &mut Reader<'_>, token: Token) -> Result<ConnectorOffset, Box<Fault>> {
    let mut found = ConnectorOffset { partition: Value::Null, offset: Value::Null };
    OFFSET.read(reader, token, |reader, property, token| {
        let value = json::map_of_objects(reader, token)?;
        if property == "partition" {
            found.partition = value
        } else {
            found.offset = value
        }
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
