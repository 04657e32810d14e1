//! How far a dry run has come; whoever waits for it may look at any time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_config::providers::Secrets;
use ferry_plugin_abi::{Error, Result as PluginResult};
use serde_json::{Map, Value as Json, json};

use super::{DryRunStep, Ended};
use crate::chain::Culprit;
use crate::executor::lock;
use crate::herder::instance::guarded;
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

    /// Starts an object of the plugin, does something with it, and stops it whatever came of that.
    pub(super) fn around<T>(
        &self,
        kind: &str,
        start: impl FnOnce() -> PluginResult<T>,
        work: impl FnOnce(&mut T) -> Result<(), Ended>,
        stop: impl FnOnce(&mut T) -> PluginResult<()>,
    ) -> Result<(), Ended> {
        let mut object = self.step(&format!("{kind}.start"), || guarded(start))?;
        let worked = work(&mut object);
        let stopped = self.step(&format!("{kind}.stop"), || {
            guarded(|| {
                let stopped = stop(&mut object);
                drop(object);
                stopped
            })
        });
        worked.and(stopped)
    }

    pub(super) fn begin(&self, name: &str) {
        lock(&self.report).current = Some(name.to_owned());
    }

    pub(super) fn pass(&self, name: &str, message: Option<&str>) {
        self.push(DryRunStep { message: message.map(str::to_owned), ..DryRunStep::new(name, true) });
    }

    pub(super) fn fail(&self, name: &str, message: &str) {
        self.push(DryRunStep { message: Some(message.to_owned()), ..DryRunStep::new(name, false) });
    }

    fn push(&self, mut step: DryRunStep) {
        step.message = step.message.map(|message| self.secrets.hide(&message).into_owned());
        let mut report = lock(&self.report);
        report.current = None;
        if !report.closed {
            report.steps.push(step);
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
    pub(super) fn failed(&self, error: &Error, culprit: impl FnOnce(&str) -> Option<Culprit>) -> Ended {
        let stage = self.stages.get(self.seen).copied().unwrap_or("record");
        let (setting, class) = culprit(stage).map(|culprit| (culprit.setting, culprit.class)).unzip();
        let message = Some(sentence(error));
        self.progress.push(DryRunStep { message, setting, class, ..DryRunStep::new(stage, false) });
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
        let message = message.map(str::to_owned);
        self.progress.push(DryRunStep { message, record: Some(record), ..DryRunStep::new(stage, true) });
    }
}

/// What failed, without the words that a running task would add.
fn sentence(error: &Error) -> String {
    let messages =
        [error.message()].into_iter().chain(error.causes().iter().map(|cause| cause.message.as_str()));
    // Some of Java's end where that of their cause begins.
    let mut said: Vec<&str> =
        messages.map(|message| message.trim_start_matches(": ").trim_end_matches(": ")).collect();
    said.retain(|message| *message != "Tolerance exceeded in error handler");
    said.dedup();
    said.join(": ")
}
