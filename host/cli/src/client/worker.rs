//! What a worker can be asked for, beyond bare HTTP.

use serde_json::{Map, Value};

use super::{Answer, Call, Client, segment};
use crate::failure::{Exit, Failure, Result};

/// A connector or task in a status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The number of a task.
    pub task: Option<i64>,
    /// `RUNNING` and so on.
    pub state: String,
    /// The worker it runs on.
    pub worker: String,
    /// Why it failed.
    pub trace: Option<String>,
    /// Ferry's own: the time of the next restart by itself in milliseconds since 1970, and the restarts before.
    pub next_restart: Option<(u64, u64)>,
    /// Ferry's own: the call that it hangs in, and since when.
    pub stuck: Option<(String, u64)>,
}

impl Part {
    fn read(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let restart = &value["next_restart"];
        let stuck = &value["stuck"];
        Self {
            task: value["id"].as_i64(),
            state: text("state"),
            worker: text("worker_id"),
            trace: value["trace"].as_str().map(str::to_owned),
            next_restart: restart["at"].as_u64().zip(restart["attempts"].as_u64()),
            stuck: stuck["call"].as_str().map(str::to_owned).zip(stuck["since"].as_u64()),
        }
    }
}

/// A `ConnectorStateInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The connector's name.
    pub name: String,
    /// `source`, `sink` or `unknown`.
    pub kind: String,
    /// The connector itself.
    pub connector: Part,
    /// Its tasks.
    pub tasks: Vec<Part>,
}

impl Status {
    /// Reads the worker's JSON.
    pub fn read(value: &Value) -> Self {
        Self {
            name: value["name"].as_str().unwrap_or_default().to_owned(),
            kind: value["type"].as_str().unwrap_or("unknown").to_owned(),
            connector: Part::read(&value["connector"]),
            tasks: value["tasks"].as_array().into_iter().flatten().map(Part::read).collect(),
        }
    }

    /// The connector, then its tasks.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.connector).chain(&self.tasks)
    }

    /// The state that matters: FAILED if any part has failed, else the connector's own.
    pub fn state(&self) -> &str {
        let failed = self.parts().any(|part| part.state == "FAILED");
        if failed { "FAILED" } else { &self.connector.state }
    }

    /// How many tasks are in a state.
    pub fn count(&self, state: &str) -> usize {
        self.tasks.iter().filter(|task| task.state == state).count()
    }
}

/// A configuration as the worker has it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The settings.
    pub entries: Map<String, Value>,
    /// Where the worker gives one.
    pub etag: Option<String>,
}

impl Client {
    /// The names of all connectors, sorted.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn names(&self) -> Result<Vec<String>> {
        let answer = self.call(&Call::get("/connectors"))?;
        let names = answer.body.as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    /// All connectors by name, each with `status` and `info`.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn expanded(&self) -> Result<Vec<(String, Value)>> {
        let answer = self.call(&Call::get("/connectors?expand=status&expand=info"))?;
        let Value::Object(map) = answer.body else { return Ok(Vec::new()) };
        let mut all: Vec<(String, Value)> = map.into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// The status of a connector as the worker sent it; `None`: there is none (yet).
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn status(&self, name: &str) -> Result<Option<Value>> {
        Ok(self.found(&format!("{}/status", path(name)))?.map(|answer| answer.body))
    }

    /// The configuration of a connector; `None`: there is no such connector.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn config(&self, name: &str) -> Result<Option<Config>> {
        let Some(answer) = self.found(&format!("{}/config", path(name)))? else { return Ok(None) };
        match answer.body {
            Value::Object(entries) => Ok(Some(Config { entries, etag: answer.etag })),
            _ => Err(Failure::new(
                Exit::Refused,
                format!("{}: the configuration of {name} is no object", self.base()),
            )),
        }
    }

    /// The classes that the worker has; `all`: not only connectors.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn plugins(&self, all: bool) -> Result<Value> {
        Ok(self.call(&Call::get(format!("/connector-plugins?connectorsOnly={}", !all)))?.body)
    }

    fn found(&self, path: &str) -> Result<Option<Answer>> {
        let answer = self.send(&Call::get(path))?;
        if answer.status == 404 && !answer.is_no_endpoint() {
            return Ok(None);
        }
        answer.good().map(Some)
    }
}

/// The path of a connector.
pub fn path(name: &str) -> String {
    format!("/connectors/{}", segment(name))
}
