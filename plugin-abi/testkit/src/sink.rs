//! A sink connector and its one task, driven as a worker drives them.

use std::sync::Arc;

use ferry_plugin_abi::api::{
    Connector, ConnectorContext, Factory, PluginClass, SinkContext, SinkTask, TopicPartition,
};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Batch, Record, Schema, TimestampType, ValueRef};
use ferry_plugin_abi::{Error, Result};

use crate::FakeHost;

/// Drives a sink.
pub struct SinkHarness {
    host: Arc<FakeHost>,
    connector: Box<dyn Connector>,
    task: Box<dyn SinkTask>,
}

impl SinkHarness {
    /// Makes connector and task, and starts neither.
    ///
    /// # Panics
    /// If `class` is no sink.
    pub fn new(class: &PluginClass, host: &Arc<FakeHost>) -> Result<Self> {
        let Factory::Sink { connector, task } = &class.factory else { panic!("{} is no sink", class.class) };
        Ok(Self { host: host.clone(), connector: connector()?, task: task()? })
    }
    /// Makes and starts the connector and its first task.
    pub fn start(class: &PluginClass, host: &Arc<FakeHost>, config: &ConfigMap) -> Result<Self> {
        let mut harness = Self::new(class, host)?;
        let configs = harness.task_configs(config, 1)?;
        let first = configs.first().ok_or_else(|| Error::fatal("the connector has no task"))?;
        harness.task.start(SinkContext::new(harness.host.clone()), first)?;
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
    pub fn task(&mut self) -> &mut dyn SinkTask {
        &mut *self.task
    }
    /// Puts texts as records of a partition, from `offset` on.
    pub fn put(&mut self, partition: &TopicPartition, offset: i64, texts: &[&str]) -> Result<()> {
        self.task.put(Self::batch(partition, offset, texts))
    }
    /// Texts as records with a STRING schema.
    pub fn batch(partition: &TopicPartition, offset: i64, texts: &[&str]) -> Batch {
        let built: Result<Batch> = Batch::build(|out| {
            let arena = out.arena();
            let topic = arena.str(&partition.topic);
            for (offset, text) in (offset..).zip(texts) {
                out.push(
                    Record::to(topic)
                        .with_value(Some(Schema::string()), ValueRef::str(arena.str(text)))
                        .from_kafka(topic, partition.partition, offset, TimestampType::CreateTime)
                        .with_timestamp(1_700_000_000_000),
                );
            }
            Ok(())
        });
        built.unwrap_or_else(|error| panic!("building a batch does not fail: {error}"))
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
