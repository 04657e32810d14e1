//! Sinks: the trait that an author writes, and what makes the host's traits of it.

use std::marker::PhantomData;
use std::sync::Arc;

use ferry_plugin_abi::api::{
    Connector, ConnectorContext, Factory, Make, PluginClass, SinkContext, SinkTask, TopicPartition,
};
use ferry_plugin_abi::config::{ConfigMap, ConfigValueInfo};
use ferry_plugin_abi::data::{Batch, Value};

use crate::{Config, Error, Result};

/// A sink connector and its task in one. All calls come from one thread at a time; the stop signal
/// comes through the context while `put` runs.
///
/// The functions without `self` are the connector's.
pub trait Sink: Sized + Send + 'static {
    /// Its configuration.
    type Config: Config;

    /// Begins to write.
    fn start(config: Self::Config, context: &SinkContext) -> Result<Self>;
    /// Takes records, maybe none. `Ok` says that they were accepted, not that they are durable. After
    /// [`Error::retriable`] the same batch comes again; [`Error::data`] with [`Error::at_record`] blames
    /// one record. A clone of `batch` keeps it without copying it.
    fn put(&mut self, context: &SinkContext, batch: Batch) -> Result<()>;
    /// Makes all that was `put` durable.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
    /// The offsets, at most the given ones, up to which everything is durable: those are committed.
    fn pre_commit(
        &mut self,
        _context: &SinkContext,
        offsets: &[(TopicPartition, i64)],
    ) -> Result<Vec<(TopicPartition, i64)>> {
        self.flush()?;
        Ok(offsets.to_vec())
    }
    /// These partitions are now this task's.
    fn open(&mut self, _context: &SinkContext, _partitions: &[TopicPartition]) -> Result<()> {
        Ok(())
    }
    /// These partitions are no longer this task's.
    fn close(&mut self, _partitions: &[TopicPartition]) -> Result<()> {
        Ok(())
    }
    /// Ends.
    fn stop(&mut self) -> Result<()> {
        Ok(())
    }

    /// The connector starts; its configuration was parsed without a complaint.
    fn connector_started(_config: &Self::Config) {}
    /// The configurations of at most `max` tasks.
    fn task_configs(config: &ConfigMap, max: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![config.clone(); max])
    }
    /// Complaints beyond what the keys themselves demand.
    fn validate(_config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        Ok(Vec::new())
    }
    /// The user asks for other offsets. `Ok(true)`: fine, `Ok(false)`: nothing was checked, an error: refused.
    fn alter_offsets(_config: &ConfigMap, _offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        Ok(false)
    }
}

/// The class of a sink whose connector is `C`, which [`SinkConnector`] is for most.
pub fn sink_class<S: Sink, C: Connector + Default + 'static>(class: &str, version: &str) -> PluginClass {
    let connector: Make<dyn Connector> = Arc::new(|| Ok(Box::<C>::default()));
    let task: Make<dyn SinkTask> = Arc::new(|| Ok(Box::new(Task::<S>(None))));
    PluginClass {
        class: class.to_owned(),
        version: version.to_owned(),
        documentation: S::Config::DOC.to_owned(),
        config: S::Config::def(),
        factory: Factory::Sink { connector, task },
    }
}

/// The connector that the functions of a [`Sink`] make.
pub struct SinkConnector<S> {
    config: ConfigMap,
    sink: PhantomData<fn() -> S>,
}

impl<S> Default for SinkConnector<S> {
    fn default() -> Self {
        Self { config: ConfigMap::new(), sink: PhantomData }
    }
}

impl<S: Sink> Connector for SinkConnector<S> {
    fn start(&mut self, _: ConnectorContext, config: &ConfigMap) -> Result<()> {
        S::connector_started(&S::Config::parse(config)?);
        self.config = config.clone();
        Ok(())
    }
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        S::task_configs(&self.config, max_tasks)
    }
    fn validate(&mut self, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        S::validate(config)
    }
    fn alter_offsets(&mut self, config: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        S::alter_offsets(config, offsets)
    }
}

struct Task<S>(Option<(S, SinkContext)>);

impl<S: Sink> Task<S> {
    fn running(&mut self) -> Result<&mut (S, SinkContext)> {
        self.0.as_mut().ok_or_else(|| Error::fatal("the task was not started"))
    }
}

impl<S: Sink> SinkTask for Task<S> {
    fn start(&mut self, context: SinkContext, config: &ConfigMap) -> Result<()> {
        let sink = S::start(S::Config::parse(config)?, &context)?;
        self.0 = Some((sink, context));
        Ok(())
    }
    fn open(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let (sink, context) = self.running()?;
        sink.open(context, partitions)
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        let (sink, context) = self.running()?;
        sink.put(context, batch)
    }
    fn flush(&mut self, _: &[(TopicPartition, i64)]) -> Result<()> {
        self.running()?.0.flush()
    }
    fn pre_commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> {
        let (sink, context) = self.running()?;
        sink.pre_commit(context, offsets)
    }
    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.running()?.0.close(partitions)
    }
    fn stop(&mut self) -> Result<()> {
        // Told to stop before it started, or twice: nothing to do.
        self.0.take().map_or(Ok(()), |(mut sink, _)| sink.stop())
    }
}
