//! Sources: the trait that an author writes, and what makes the host's traits of it.

use std::marker::PhantomData;
use std::sync::Arc;

use ferry_plugin_abi::api::{
    Ack, Connector, ConnectorContext, ExactlyOnceSupport, Factory, Make, PluginClass, SourceContext,
    SourceTask, TransactionBoundarySupport,
};
use ferry_plugin_abi::config::{ConfigMap, ConfigValueInfo};
use ferry_plugin_abi::data::{Batch, Records, Value};

use crate::{Config, Error, Result};

/// A source connector and its task in one. All calls come from one thread at a time; the stop signal
/// comes through the context while `poll` runs.
///
/// The functions without `self` are the connector's; the defaults are those of a connector with
/// exactly one task. For more tasks than one, override [`Source::task_configs`], or name a connector of
/// its own in [`crate::plugin!`].
pub trait Source: Sized + Send + 'static {
    /// Its configuration.
    type Config: Config;

    /// Begins to read, from [`SourceContext::offset`] on.
    fn start(config: Self::Config, context: &SourceContext) -> Result<Self>;
    /// Writes the next records to `out`, none if there are none yet. It may block, but wait with
    /// [`SourceContext::sleep`], which ends at once when the task is to stop.
    fn poll(&mut self, context: &SourceContext, out: &mut Records<'_>) -> Result<()>;
    /// Whether [`Source::acknowledged`] is wanted.
    const WANTS_ACKS: bool = false;
    /// Kafka has these records, or never will: see [`Ack`]. What they came from must be kept until
    /// [`Source::commit`].
    fn acknowledged(&mut self, _batch: &Batch, _acks: &[Ack]) -> Result<()> {
        Ok(())
    }
    /// The offsets of all that was acknowledged are stored: the source may forget it. It may be called
    /// again for the same records after a crash.
    fn commit(&mut self) -> Result<()> {
        Ok(())
    }
    /// Ends.
    fn stop(&mut self) -> Result<()> {
        Ok(())
    }

    /// The connector starts; its configuration was parsed without a complaint.
    fn connector_started(_config: &Self::Config) {}
    /// The configurations of at most `max` tasks.
    fn task_configs(config: &ConfigMap, _max: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![config.clone()])
    }
    /// Complaints beyond what the keys themselves demand.
    fn validate(_config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        Ok(Vec::new())
    }
    /// Whether its offsets are exact for this configuration; `None` says nothing.
    fn exactly_once(_config: &Self::Config) -> Option<ExactlyOnceSupport> {
        None
    }
    /// Whether it can say where transactions end, with [`SourceContext::transaction`], where
    /// [`SourceContext::defines_transactions`] (`canDefineTransactionBoundaries`).
    fn can_define_transactions(_config: &Self::Config) -> bool {
        false
    }
    /// The user asks for other offsets: pairs of partition and offset, `None` to reset. `Ok(true)`: fine,
    /// `Ok(false)`: nothing was checked, an error: refused.
    fn alter_offsets(_config: &ConfigMap, _offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        Ok(false)
    }
}

/// The class of a source whose connector is `C`, which [`SourceConnector`] is for most.
pub fn source_class<S: Source, C: Connector + Default + 'static>(class: &str, version: &str) -> PluginClass {
    let connector: Make<dyn Connector> = Arc::new(|| Ok(Box::<C>::default()));
    let task: Make<dyn SourceTask> = Arc::new(|| Ok(Box::new(Task::<S>(None))));
    PluginClass {
        class: class.to_owned(),
        version: version.to_owned(),
        documentation: S::Config::DOC.to_owned(),
        config: S::Config::def(),
        factory: Factory::Source { connector, task },
    }
}

/// The connector that the functions of a [`Source`] make.
pub struct SourceConnector<S> {
    config: ConfigMap,
    source: PhantomData<fn() -> S>,
}

impl<S> Default for SourceConnector<S> {
    fn default() -> Self {
        Self { config: ConfigMap::new(), source: PhantomData }
    }
}

impl<S: Source> Connector for SourceConnector<S> {
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
    fn exactly_once_support(&mut self, config: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        Ok(S::exactly_once(&S::Config::parse(config)?))
    }
    fn transaction_boundary_support(&mut self, config: &ConfigMap) -> Result<TransactionBoundarySupport> {
        Ok(match S::can_define_transactions(&S::Config::parse(config)?) {
            true => TransactionBoundarySupport::Supported,
            false => TransactionBoundarySupport::Unsupported,
        })
    }
    fn alter_offsets(&mut self, config: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        S::alter_offsets(config, offsets)
    }
}

struct Task<S>(Option<(S, SourceContext)>);

impl<S: Source> Task<S> {
    fn running(&mut self) -> Result<&mut (S, SourceContext)> {
        self.0.as_mut().ok_or_else(|| Error::fatal("the task was not started"))
    }
}

impl<S: Source> SourceTask for Task<S> {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        let source = S::start(S::Config::parse(config)?, &context)?;
        self.0 = Some((source, context));
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        let (source, context) = self.running()?;
        let batch = Batch::build(|out| source.poll(context, out))?;
        Ok((!batch.is_empty()).then_some(batch))
    }
    fn wants_acks(&self) -> bool {
        S::WANTS_ACKS
    }
    fn commit_records(&mut self, batch: &Batch, acks: &[Ack]) -> Result<()> {
        self.running()?.0.acknowledged(batch, acks)
    }
    fn commit(&mut self) -> Result<()> {
        self.running()?.0.commit()
    }
    fn stop(&mut self) -> Result<()> {
        // Told to stop before it started, or twice: nothing to do.
        self.0.take().map_or(Ok(()), |(mut source, _)| source.stop())
    }
}
