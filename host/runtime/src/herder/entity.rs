//! What REST says of connectors: the entities of Connect's API, field for field.

use std::collections::BTreeMap;

use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::config::ConfigMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// `GET /` (`ServerInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ServerInfo {
    /// Version of the worker.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// Id of the Kafka cluster it works on.
    pub kafka_cluster_id: Option<String>,
}

/// What a connector is (`ConnectorType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorType {
    /// From elsewhere into Kafka.
    Source,
    /// Out of Kafka.
    Sink,
    /// Its class cannot be found.
    Unknown,
}

impl ConnectorType {
    /// As REST and metrics show it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
            Self::Unknown => "unknown",
        }
    }
}

impl From<Option<ClassKind>> for ConnectorType {
    fn from(kind: Option<ClassKind>) -> Self {
        match kind {
            Some(ClassKind::Source) => Self::Source,
            Some(ClassKind::Sink) => Self::Sink,
            _ => Self::Unknown,
        }
    }
}

/// Names a task (`ConnectorTaskId`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TaskRef {
    /// The connector.
    pub connector: String,
    /// The number of the task.
    pub task: u32,
}

/// A connector and its configuration as the user wrote it (`ConnectorInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectorInfo {
    /// Its name.
    pub name: String,
    /// Its configuration, `${}` references unresolved.
    #[serde(serialize_with = "config")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub config: ConfigMap,
    /// Its tasks, in order.
    pub tasks: Vec<TaskRef>,
    /// Source or sink.
    #[serde(rename = "type")]
    pub kind: ConnectorType,
}

/// One task's configuration (`TaskInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TaskInfo {
    /// The task.
    pub id: TaskRef,
    /// Its configuration, `${}` references unresolved.
    #[serde(serialize_with = "config")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub config: ConfigMap,
}

/// What a connector or a task is doing (`AbstractStatus.State`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Nobody runs it now.
    Unassigned,
    /// It works.
    Running,
    /// The user paused it.
    Paused,
    /// It failed; the trace says why.
    Failed,
    /// A restart was asked for and has not happened yet.
    Restarting,
    /// The user stopped it; connectors only.
    Stopped,
}

impl State {
    /// As metrics show it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unassigned => "unassigned",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Restarting => "restarting",
            Self::Stopped => "stopped",
        }
    }
}

/// When a failed task or connector is started again by itself; shown only while that is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextRestart {
    /// How many times it was restarted by itself so far.
    pub attempts: u32,
    /// The time of the next attempt, milliseconds since 1970.
    pub at: u64,
}

/// A call that does not return; shown only while that is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StuckCall {
    /// The plugin's method.
    pub call: &'static str,
    /// Since when, milliseconds since 1970.
    pub since: u64,
}

/// The state of a connector (`ConnectorStateInfo.ConnectorState`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectorState {
    /// What it is doing.
    pub state: State,
    /// `host:port` of the worker it runs on.
    pub worker_id: String,
    /// Version of its class.
    #[serde(skip_serializing_if = "undefined")]
    pub version: Option<String>,
    /// Why it failed, as a Java stack trace.
    #[serde(skip_serializing_if = "no_trace")]
    pub trace: Option<String>,
    /// Beyond Connect: its next restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_restart: Option<NextRestart>,
}

/// The state of a task (`ConnectorStateInfo.TaskState`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TaskState {
    /// Its number.
    pub id: u32,
    /// What it is doing.
    pub state: State,
    /// `host:port` of the worker it runs on.
    pub worker_id: String,
    /// Version of its class.
    #[serde(skip_serializing_if = "undefined")]
    pub version: Option<String>,
    /// Why it failed, as a Java stack trace.
    #[serde(skip_serializing_if = "no_trace")]
    pub trace: Option<String>,
    /// Beyond Connect: its next restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_restart: Option<NextRestart>,
    /// Beyond Connect: the call that it hangs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck: Option<StuckCall>,
}

/// A connector with all of its tasks (`ConnectorStateInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectorStateInfo {
    /// Its name.
    pub name: String,
    /// Its own state.
    pub connector: ConnectorState,
    /// Its tasks, by number.
    pub tasks: Vec<TaskState>,
    /// Source or sink.
    #[serde(rename = "type")]
    pub kind: ConnectorType,
}

/// `GET /connectors/{c}/topics`: name → topics (`ActiveTopicsInfo`).
pub type ActiveTopics = BTreeMap<String, Topics>;

/// The topics a connector used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Topics {
    /// Their names.
    pub topics: Vec<String>,
}

/// A row of `GET /connector-plugins` (`PluginInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PluginInfo {
    /// Fully qualified class name.
    pub class: String,
    /// `source`, `sink`, `converter`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of the class.
    #[serde(skip_serializing_if = "undefined")]
    pub version: Option<String>,
}

type Object = serde_json::Map<String, serde_json::Value>;

/// An offset of a connector (`ConnectorOffset`): two JSON objects.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConnectorOffset {
    /// Where.
    #[schemars(with = "Object")]
    pub partition: serde_json::Value,
    /// How far; null resets it.
    #[schemars(with = "Option<Object>")]
    pub offset: serde_json::Value,
}

/// All offsets of a connector (`ConnectorOffsets`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ConnectorOffsets {
    /// One for each partition.
    pub offsets: Vec<ConnectorOffset>,
}

/// The level of a logger (`LoggerLevel`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoggerLevel {
    /// OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE or ALL.
    pub level: String,
    /// When it was changed last, milliseconds since 1970; null: never.
    pub last_modified: Option<u64>,
}

impl From<ferry_log::LoggerLevel> for LoggerLevel {
    fn from(shown: ferry_log::LoggerLevel) -> Self {
        Self { level: shown.level.name().to_owned(), last_modified: shown.last_modified }
    }
}

/// An answer that is a sentence (`Message`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Message {
    /// The sentence.
    pub message: String,
}

/// Whether a PUT made something new.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// It was not there before.
    pub created: bool,
    /// What is there now.
    pub info: ConnectorInfo,
}

fn no_trace(trace: &Option<String>) -> bool {
    trace.as_deref().is_none_or(str::is_empty)
}

/// A plugin without a version says "undefined", and REST says nothing; a version that is not known yet is null.
fn undefined(version: &Option<String>) -> bool {
    version.as_deref() == Some("undefined")
}

/// A configuration as a JSON object in its own order.
pub struct AsObject<'a>(pub &'a ConfigMap);

impl Serialize for AsObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        config(self.0, serializer)
    }
}

fn config<S: Serializer>(map: &ConfigMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter())
}
