//! The metrics of one object of a plugin (`PluginMetricsImpl`).

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use ferry_log::{Context, Loggers};
use ferry_plugin_abi::metrics::{Metric, MetricsHost, Windows};
use ferry_plugin_abi::{Error, Result};

use super::name::{MetricName, Series};
use super::{Entry, PluginSeries, drop_aside};
use crate::executor::lock;

/// The most metrics that one object may have at a time.
const MOST: usize = 1000;
/// The most bytes of a metric's name, description and tags, those of the worker among them.
const LONGEST: usize = 4096;

/// Who an object of a plugin works for.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The connector.
    pub connector: Arc<str>,
    /// Its task; `None`: the connector itself.
    pub task: Option<u32>,
}

impl Owner {
    pub(super) fn context(&self) -> Context {
        Loggers::of_process().context(&self.connector, self.task)
    }
}

/// Where one object of a plugin registers its metrics; from any thread.
#[derive(Debug)]
pub struct PluginScope {
    series: Arc<PluginSeries>,
    number: u64,
    owner: Owner,
    part: Option<(&'static str, Box<str>)>,
    /// `None`: the object has ended.
    registered: Mutex<Option<BTreeMap<Series, Arc<Entry>>>>,
}

fn illegal(what: &'static str, message: String) -> Error {
    Error::fatal(message).class(what)
}
fn argument(message: String) -> Error {
    illegal("java.lang.IllegalArgumentException", message)
}
fn closed() -> Error {
    illegal("java.lang.IllegalStateException", "This PluginMetrics instance is closed".to_owned())
}

impl PluginScope {
    pub(super) fn new(
        series: Arc<PluginSeries>,
        number: u64,
        owner: Owner,
        part: Option<(&'static str, &str)>,
    ) -> Self {
        let part = part.map(|(kind, name)| (kind, name.into()));
        Self { series, number, owner, part, registered: Mutex::new(Some(BTreeMap::new())) }
    }

    /// The object has ended: its metrics are gone, and it gets no others.
    pub fn close(&self) {
        let registered = lock(&self.registered).take().unwrap_or_default();
        let mut table = lock(&self.series.table);
        registered.keys().for_each(|series| drop(table.remove(series)));
        drop(table);
        drop_aside(registered.into_values().collect());
    }

    /// The tags that the worker gives its metrics.
    fn tags(&self) -> Vec<(String, String)> {
        let mut tags = vec![("connector".to_owned(), self.owner.connector.to_string())];
        tags.extend(self.owner.task.map(|task| ("task".to_owned(), task.to_string())));
        tags.extend(self.part.as_ref().map(|(kind, name)| ((*kind).to_owned(), name.to_string())));
        tags
    }

    /// What one of its metrics is called.
    fn name(&self, name: &str, description: &str, own: &[(String, String)]) -> Result<MetricName> {
        let mut tags = self.tags();
        if let Some((key, _)) = own.iter().find(|(key, _)| tags.iter().any(|(given, _)| given == key)) {
            return Err(argument(format!("Cannot use {key} as a tag name")));
        }
        for (key, value) in own {
            // A map of Java keeps the last of what is put twice, in the place of the first.
            match tags.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => known.clone_from(value),
                None => tags.push((key.clone(), value.clone())),
            }
        }
        Ok(MetricName { name: name.to_owned(), description: description.to_owned(), tags })
    }

    fn check(&self, name: &MetricName) -> Result<Series> {
        if name.name.is_empty() || name.tags.iter().any(|(key, _)| key.is_empty()) {
            return Err(argument(format!("Metric {name} needs a name, and each of its tags, too")));
        }
        if name.len() > LONGEST {
            let length = name.len();
            return Err(argument(format!(
                "Metric {}… takes {length} bytes with its description and tags, and may take {LONGEST}",
                name.name.chars().take(100).collect::<String>()
            )));
        }
        name.series().map_err(|label| {
            argument(format!(
                "Metric {name} has tags that are both {label} as labels of Prometheus: rename one"
            ))
        })
    }

    /// Why what is there already is in the way.
    fn taken(&self, name: &MetricName, by: &Entry) -> Error {
        argument(if !name.same(&by.name) {
            format!("Metric {name} has the same series in Prometheus as {}: rename one", by.name)
        } else if by.scope == self.number {
            format!("Metric {name} already exists")
        } else {
            format!("A metric named '{name}' already exists, can't register another one.")
        })
    }
}

impl MetricsHost for PluginScope {
    fn windows(&self) -> Windows {
        self.series.windows
    }

    fn add(&self, metric: Metric) -> Result<()> {
        let mut registered = lock(&self.registered);
        let registered = registered.as_mut().ok_or_else(closed)?;
        let name = self.name(&metric.name, &metric.description, &metric.tags)?;
        let series = self.check(&name)?;
        let mut table = lock(&self.series.table);
        if let Some(by) = table.get(&series) {
            return Err(self.taken(&name, by));
        }
        if registered.len() >= MOST {
            return Err(illegal(
                "java.lang.IllegalStateException",
                format!(
                    "Metric {name} is one too many: an object of a plugin may have {MOST}, remove others first"
                ),
            ));
        }
        let entry = Arc::new(Entry {
            scope: self.number,
            owner: self.owner.clone(),
            labels: name.labels(),
            name,
            kind: metric.kind,
            computed: metric.computed,
            value: metric.value,
            calls: Mutex::default(),
            failed: AtomicBool::new(false),
        });
        table.insert(series.clone(), entry.clone());
        registered.insert(series, entry);
        Ok(())
    }

    fn remove(&self, name: &str, tags: &[(String, String)]) -> Result<()> {
        let mut guard = lock(&self.registered);
        let registered = guard.as_mut().ok_or_else(closed)?;
        let name = self.name(name, "", tags)?;
        let unknown = || argument(format!("Unknown metric {name}"));
        let series = name.series().map_err(|_| unknown())?;
        if !registered.get(&series).is_some_and(|entry| entry.name.same(&name)) {
            return Err(unknown());
        }
        let removed = registered.remove(&series);
        lock(&self.series.table).remove(&series);
        // What it holds is the plugin's, and may register metrics when it is dropped.
        drop(guard);
        drop(removed);
        Ok(())
    }
}

impl Drop for PluginScope {
    fn drop(&mut self) {
        self.close();
    }
}
