//! A source connector and its one task, driven as a worker drives them.

use std::sync::Arc;
use std::time::Instant;

use ferry_plugin_abi::api::{
    Ack, Connector, ConnectorContext, Factory, PluginClass, SourceContext, SourceTask,
};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Batch, Value};
use ferry_plugin_abi::{Error, Result};

use crate::{FakeHost, PATIENCE};

/// A record as far as tests look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Its topic.
    pub topic: String,
    /// Its key.
    pub key: Value,
    /// Its value.
    pub value: Value,
    /// Where it was read: the partition.
    pub partition: Value,
    /// Where it was read: the offset.
    pub offset: Value,
}

/// Drives a source. Offsets are stored when [`SourceHarness::commit`] says so.
pub struct SourceHarness {
    host: Arc<FakeHost>,
    connector: Box<dyn Connector>,
    task: Box<dyn SourceTask>,
}

impl SourceHarness {
    /// Makes connector and task, and starts neither.
    ///
    /// # Panics
    /// If `class` is no source.
    pub fn new(class: &PluginClass, host: &Arc<FakeHost>) -> Result<Self> {
        let Factory::Source { connector, task } = &class.factory else {
            panic!("{} is no source", class.class)
        };
        Ok(Self { host: host.clone(), connector: connector()?, task: task()? })
    }
    /// Makes and starts the connector and its first task.
    pub fn start(class: &PluginClass, host: &Arc<FakeHost>, config: &ConfigMap) -> Result<Self> {
        let mut harness = Self::new(class, host)?;
        let configs = harness.task_configs(config, 1)?;
        let first = configs.first().ok_or_else(|| Error::fatal("the connector has no task"))?;
        harness.task.start(SourceContext::new(harness.host.clone()), first)?;
        Ok(harness)
    }
    /// Starts the connector and asks for the configurations of its tasks.
    pub fn task_configs(&mut self, config: &ConfigMap, max: usize) -> Result<Vec<ConfigMap>> {
        self.connector.start(ConnectorContext::new(self.host.clone()), config)?;
        self.connector.task_configs(max)
    }
    /// The host's side.
    pub fn host(&self) -> &Arc<FakeHost> {
        &self.host
    }
    /// The connector.
    pub fn connector(&mut self) -> &mut dyn Connector {
        &mut *self.connector
    }
    /// The task.
    pub fn task(&mut self) -> &mut dyn SourceTask {
        &mut *self.task
    }

    /// Polls until there are `count` records, and returns all that came.
    ///
    /// # Panics
    /// If they do not come in time.
    pub fn records(&mut self, count: usize) -> Result<Vec<Origin>> {
        let started = Instant::now();
        let mut records = Vec::new();
        while records.len() < count {
            assert!(
                started.elapsed() < PATIENCE,
                "{} of {count} records came in {PATIENCE:?}",
                records.len()
            );
            if let Some(batch) = self.task.poll()? {
                records.extend(origins(&batch));
                let acks: Vec<Ack> =
                    (0..batch.len()).map(|at| Ack::Written { partition: 0, offset: at as i64 }).collect();
                if self.task.wants_acks() {
                    self.task.commit_records(&batch, &acks)?;
                }
            }
        }
        Ok(records)
    }

    /// Stores the offset of `record` and tells the task.
    pub fn commit(&mut self, record: &Origin) -> Result<()> {
        self.host.set_offset(&record.partition, Some(record.offset.clone()));
        self.task.commit()
    }

    /// Ends task and connector, as a worker does: the signal first.
    pub fn stop(mut self) -> Result<()> {
        self.host.set_stopping(true);
        let task = self.task.stop();
        let connector = self.connector.stop();
        self.host.set_stopping(false);
        task.and(connector)
    }
}

fn origins(batch: &Batch) -> Vec<Origin> {
    batch
        .records()
        .iter()
        .map(|record| Origin {
            topic: record.topic().to_owned(),
            key: record.key().into(),
            value: record.value().into(),
            partition: record.source_partition().into(),
            offset: record.source_offset().into(),
        })
        .collect()
}
