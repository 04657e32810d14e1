//! The guard as a class of every kind: a [`PluginClass`] whose objects are all guarded.

use std::sync::Arc;

use super::Guarded;
use crate::Result;
use crate::api::{
    Ack, ConfigProvider, Connector, ConnectorContext, Converter, ExactlyOnceSupport, Factory, Make, Outcome,
    PluginClass, Predicate, Provided, Role, SinkContext, SinkTask, SourceContext, SourceTask, TopicPartition,
    TransactionBoundarySupport, Transform,
};
use crate::config::{ConfigMap, ConfigValueInfo};
use crate::data::{Arena, Batch, Record, Schema, Value, ValueRef};
use crate::metrics::PluginMetrics;

impl PluginClass {
    /// The same class with every call guarded: a panic is an error of kind
    /// [`crate::ErrorKind::Panic`], and so is every later call of that object.
    pub fn guarded(mut self) -> Self {
        let name: Arc<str> = self.class.as_str().into();
        self.factory = match self.factory {
            Factory::Source { connector, task } => {
                Factory::Source { connector: self::connector(&name, connector), task: source(&name, task) }
            }
            Factory::Sink { connector, task } => {
                Factory::Sink { connector: self::connector(&name, connector), task: sink(&name, task) }
            }
            Factory::Transform(make) => {
                Factory::Transform(Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?))))
            }
            Factory::Predicate(make) => {
                Factory::Predicate(Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?))))
            }
            Factory::Converter(make) => Factory::Converter(converter(&name, make)),
            Factory::HeaderConverter(make) => Factory::HeaderConverter(converter(&name, make)),
            Factory::ConfigProvider(make) => {
                Factory::ConfigProvider(Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?))))
            }
        };
        self
    }
}

fn connector(name: &Arc<str>, make: Make<dyn Connector>) -> Make<dyn Connector> {
    let name = name.clone();
    Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?)))
}
fn source(name: &Arc<str>, make: Make<dyn SourceTask>) -> Make<dyn SourceTask> {
    let name = name.clone();
    Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?)))
}
fn sink(name: &Arc<str>, make: Make<dyn SinkTask>) -> Make<dyn SinkTask> {
    let name = name.clone();
    Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?)))
}
fn converter(name: &Arc<str>, make: Make<dyn Converter>) -> Make<dyn Converter> {
    let name = name.clone();
    Arc::new(move || Ok(Box::new(Guarded::make(&name, || make())?)))
}

impl Connector for Guarded<dyn Connector> {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        self.belong_to(context.host());
        self.call("start", |o| o.start(context, config))
    }
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        self.call("taskConfigs", |o| o.task_configs(max_tasks))
    }
    fn stop(&mut self) -> Result<()> {
        self.call("stop", |o| o.stop())
    }
    fn validate(&mut self, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        self.call("validate", |o| o.validate(config))
    }
    fn exactly_once_support(&mut self, config: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        self.call("exactlyOnceSupport", |o| o.exactly_once_support(config))
    }
    fn transaction_boundary_support(&mut self, config: &ConfigMap) -> Result<TransactionBoundarySupport> {
        self.call("canDefineTransactionBoundaries", |o| o.transaction_boundary_support(config))
    }
    fn alter_offsets(&mut self, config: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        self.call("alterOffsets", |o| o.alter_offsets(config, offsets))
    }
}

impl SourceTask for Guarded<dyn SourceTask> {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        self.belong_to(context.host());
        self.call("start", |o| o.start(context, config))
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        self.call("poll", |o| o.poll())
    }
    fn wants_acks(&self) -> bool {
        // A panic here comes out as the error of the next call.
        self.ask("wantsAcks", |o| Ok(o.wants_acks())).unwrap_or(false)
    }
    fn commit_records(&mut self, batch: &Batch, acks: &[Ack]) -> Result<()> {
        self.call("commitRecord", |o| o.commit_records(batch, acks))
    }
    fn commit(&mut self) -> Result<()> {
        self.call("commit", |o| o.commit())
    }
    fn stop(&mut self) -> Result<()> {
        self.call("stop", |o| o.stop())
    }
}

impl SinkTask for Guarded<dyn SinkTask> {
    fn start(&mut self, context: SinkContext, config: &ConfigMap) -> Result<()> {
        self.belong_to(context.host());
        self.call("start", |o| o.start(context, config))
    }
    fn open(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.call("open", |o| o.open(partitions))
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        self.call("put", |o| o.put(batch))
    }
    fn flush(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        self.call("flush", |o| o.flush(offsets))
    }
    fn pre_commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> {
        self.call("preCommit", |o| o.pre_commit(offsets))
    }
    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.call("close", |o| o.close(partitions))
    }
    fn stop(&mut self) -> Result<()> {
        self.call("stop", |o| o.stop())
    }
}

impl Transform for Guarded<dyn Transform> {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.call("configure", |o| o.configure(config))
    }
    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.call("withPluginMetrics", |o| o.with_plugin_metrics(metrics))
    }
    #[inline]
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        self.call("apply", |o| o.apply(record, arena))
    }
}

impl Predicate for Guarded<dyn Predicate> {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.call("configure", |o| o.configure(config))
    }
    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.call("withPluginMetrics", |o| o.with_plugin_metrics(metrics))
    }
    #[inline]
    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        self.call("test", |o| o.test(record))
    }
}

impl Converter for Guarded<dyn Converter> {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        self.call("configure", |o| o.configure(config, role))
    }
    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.call("withPluginMetrics", |o| o.with_plugin_metrics(metrics))
    }
    #[inline]
    fn from_connect(
        &mut self,
        topic: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        self.call("fromConnectData", |o| o.from_connect(topic, schema, value, out))
    }
    #[inline]
    fn to_connect<'a>(
        &mut self,
        topic: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        self.call("toConnectData", |o| o.to_connect(topic, bytes, arena))
    }
}

impl ConfigProvider for Guarded<dyn ConfigProvider> {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.call("configure", |o| o.configure(config))
    }
    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        self.call("get", |o| o.get(path, keys))
    }
}
