//! How far a dry run has come; whoever waits for it may look at any time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_config::providers::Secrets;
use ferry_plugin_abi::{Error, Result as PluginResult};
use serde_json::{Map, Value as Json, json};

use super::{DryRunStep, Ended};
use crate::executor::lock;
use crate::tap::{Limits, Observer, Rendering, What};

#[derive(Default)]
struct Report {
    steps: Vec<DryRunStep>,
    /// What is done right now.
    current: Option<String>,
    record: Option<Json>,
    /// Nobody looks any more.
    closed: bool,
}

pub(super) struct Progress {
    secrets: Arc<Secrets>,
    report: Mutex<Report>,
}

impl Progress {
    pub(super) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, report: Mutex::default() }
    }

    /// Does a step, and tells how it went.
    pub(super) fn step<T>(&self, name: &str, work: impl FnOnce() -> PluginResult<T>) -> Result<T, Ended> {
        self.begin(name);
        match work() {
            Ok(done) => {
                self.pass(name, None);
                Ok(done)
            }
            Err(error) => {
                self.fail(name, &sentence(&error));
                Err(Ended)
            }
        }
    }

    pub(super) fn begin(&self, name: &str) {
        lock(&self.report).current = Some(name.to_owned());
    }

    pub(super) fn pass(&self, name: &str, message: Option<&str>) {
        self.push(name, true, message, None);
    }

    pub(super) fn fail(&self, name: &str, message: &str) {
        self.push(name, false, Some(message), None);
    }

    fn push(&self, name: &str, ok: bool, message: Option<&str>, record: Option<Json>) {
        let message = message.map(|message| self.secrets.hide(message).into_owned());
        let mut report = lock(&self.report);
        report.current = None;
        if !report.closed {
            report.steps.push(DryRunStep { step: name.to_owned(), ok, message, record });
        }
    }

    /// The step that is under way does not end in time.
    pub(super) fn out_of_time(&self, limit: Duration) {
        let current = lock(&self.report).current.take().unwrap_or_else(|| "connector.stop".to_owned());
        let message = match current.as_str() {
            "poll" => format!("no record within {} ms", limit.as_millis()),
            _ => format!("not done within {} ms", limit.as_millis()),
        };
        self.fail(&current, &message);
    }

    /// All that there is to tell; nothing is added afterwards.
    pub(super) fn take(&self) -> (Vec<DryRunStep>, Option<Json>) {
        let mut report = lock(&self.report);
        report.closed = true;
        (std::mem::take(&mut report.steps), report.record.take())
    }

    fn rendering(&self) -> Rendering<'_> {
        Rendering { secrets: &self.secrets, limits: Limits::SAMPLE }
    }

    /// The record at the end of its way, with the bytes that key and value have in Kafka.
    pub(super) fn record(&self, what: What<'_, '_>, key: Option<usize>, value: Option<usize>) {
        let mut shown: Map<String, Json> = self.rendering().shown(what);
        shown.insert("key_bytes".to_owned(), json!(key));
        shown.insert("value_bytes".to_owned(), json!(value));
        lock(&self.report).record = Some(Json::Object(shown));
    }

    /// Shows a record on its way through `stages`, in this order.
    pub(super) fn watch<'p>(&'p self, stages: &'p [&'p str]) -> Watch<'p> {
        Watch { progress: self, stages, seen: 0 }
    }
}

/// Each stage that a record comes through is a step.
pub(super) struct Watch<'p> {
    progress: &'p Progress,
    stages: &'p [&'p str],
    seen: usize,
}

impl Watch<'_> {
    /// The stage after those that were seen failed.
    pub(super) fn failed(&self, error: &Error) -> Ended {
        self.progress.fail(self.stages.get(self.seen).copied().unwrap_or("record"), &sentence(error));
        Ended
    }
}

impl Observer for Watch<'_> {
    fn see(&mut self, stage: &str, what: What<'_, '_>) {
        self.seen += 1;
        let message = match what {
            What::Dropped(_) => Some("leaves the record out: the steps after this one are not tried"),
            What::Passed(_) => Some("its predicate lets the record pass by"),
            _ => None,
        };
        let record = Json::Object(self.progress.rendering().shown(what));
        self.progress.push(stage, true, message, Some(record));
    }
}

/// What failed, without the words that a running task would add.
fn sentence(error: &Error) -> String {
    let mut said = vec![error.message()];
    said.extend(error.causes().iter().map(|cause| cause.message.as_str()));
    said.retain(|message| *message != "Tolerance exceeded in error handler");
    said.dedup();
    said.join(": ")
}
