//! What the two workers have in common: their settings, and how a test talks to them.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::place::Place;
use crate::rest::Rest;
use crate::wait::{LONG, wait_until};

/// The settings of a standalone worker, and the connector files it starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The worker's folder: properties, log, offsets.
    pub dir: String,
    /// Worker properties in order; a later one of the same name wins.
    pub properties: Vec<(String, String)>,
    /// Connector files given on the command line.
    pub connectors: Vec<String>,
    /// Environment of the process.
    pub environment: Vec<(String, String)>,
    /// Heap of the JVM worker; Ferry has none.
    pub heap: String,
}

impl Setup {
    /// Kafka's own `connect-standalone.properties` (JSON converters with schemas), but with commits every
    /// second and all files inside `place`.
    pub fn standalone(bootstrap: &str, place: &Place) -> Self {
        Self::in_folder(bootstrap, place.path())
    }

    /// The same with all files inside any folder.
    pub fn in_folder(bootstrap: &str, folder: &Path) -> Self {
        let mut setup = Self {
            dir: folder.display().to_string(),
            properties: Vec::new(),
            connectors: Vec::new(),
            environment: Vec::new(),
            heap: "512m".to_owned(),
        };
        for (name, value) in [
            ("bootstrap.servers", bootstrap),
            ("key.converter", "org.apache.kafka.connect.json.JsonConverter"),
            ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
            ("key.converter.schemas.enable", "true"),
            ("value.converter.schemas.enable", "true"),
            ("offset.flush.interval.ms", "1000"),
            // Not the five seconds of the default: a task that a busy machine stops late would be given up, and
            // its offsets with it.
            ("task.shutdown.graceful.timeout.ms", "60000"),
            ("offset.flush.timeout.ms", "60000"),
            // Exactly Connect: a failed task stays failed. (The JVM worker passes over what it does not know.)
            ("ferry.task.restart.enabled", "false"),
        ] {
            setup = setup.with(name, value);
        }
        setup.with("offset.storage.file.filename", &folder.join("connect.offsets").display().to_string())
    }

    /// With one more worker property.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.properties.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a connector file on the command line.
    #[must_use]
    pub fn connector(mut self, path: &str) -> Self {
        self.connectors.push(path.to_owned());
        self
    }

    /// With a variable in the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The value of a property that was set.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Properties as a file holds them. Names and values of tests need no escapes but the backslash.
pub fn properties_text<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    pairs.into_iter().map(|(name, value)| format!("{name}={}\n", value.replace('\\', "\\\\"))).collect()
}

/// A running standalone worker.
pub trait Worker {
    /// `jvm` or `ferry`.
    fn kind(&self) -> &'static str;
    /// Its REST interface.
    fn rest(&self) -> &Rest;
    /// Everything it printed so far.
    fn log(&self) -> String;
    /// Asks it to end (SIGTERM) and waits until it is gone.
    fn stop(&mut self);
    /// Its process id.
    fn pid(&self) -> u32;
}

/// Whether a connector and its (at least one) tasks are all RUNNING.
pub fn running(rest: &Rest, name: &str) -> bool {
    let answer = rest.get(&format!("/connectors/{name}/status"));
    if answer.status != 200 {
        return false;
    }
    let status = answer.json();
    let tasks = status["tasks"].as_array().cloned().unwrap_or_default();
    let up = |part: &Value| part["state"] == "RUNNING";
    up(&status["connector"]) && !tasks.is_empty() && tasks.iter().all(up)
}

/// Waits until a connector and its tasks are RUNNING.
///
/// # Panics
/// When they are not in time, with the last status.
pub fn wait_running(rest: &Rest, name: &str) {
    let limit: Duration = LONG;
    let mut last = String::new();
    let what = format!("{name} is RUNNING");
    let up = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(limit, &what, || {
            running(rest, name) || {
                last = rest.get(&format!("/connectors/{name}/status")).body;
                false
            }
        });
    }));
    assert!(up.is_ok(), "{name} did not become RUNNING: {last}");
}
