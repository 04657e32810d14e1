//! Says where its transactions end: across batches, inside of them, and by dropping what was sent.

use std::sync::Arc;
use std::time::Duration;

use fault_plugins::abi::api::Transaction::{AbortRecord, CommitBatch, CommitRecord};
use fault_plugins::abi::api::{
    Connector, ConnectorContext, ExactlyOnceSupport, Factory, PluginClass, SourceContext, SourceTask,
    TransactionBoundarySupport,
};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::{Batch, Record, Schema, Value, ValueRef};
use fault_plugins::abi::{Error, Result};

#[derive(Default)]
struct Boundaries(ConfigMap);

impl Connector for Boundaries {
    fn start(&mut self, _: ConnectorContext, config: &ConfigMap) -> Result<()> {
        self.0 = config.clone();
        Ok(())
    }
    fn task_configs(&mut self, _: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![self.0.clone()])
    }
    fn exactly_once_support(&mut self, _: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        Ok(Some(ExactlyOnceSupport::Supported))
    }
    fn transaction_boundary_support(&mut self, _: &ConfigMap) -> Result<TransactionBoundarySupport> {
        Ok(TransactionBoundarySupport::Supported)
    }
}

/// Three batches of four records: the first ends two transactions, the second none, and the third drops
/// what is open with its first record and ends one with its last.
#[derive(Default)]
struct Transactions {
    context: Option<SourceContext>,
    topic: String,
    batch: i64,
}

impl SourceTask for Transactions {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        if !context.defines_transactions() {
            return Err(Error::fatal("this connector is for transaction.boundary=connector"));
        }
        let stored = context.offset(&Value::map([("of", "transactions")]))?;
        self.batch = stored.as_ref().and_then(|offset| offset.get("batch")?.as_i64()).unwrap_or(0);
        self.topic = config.get("topic").unwrap_or("faults").to_owned();
        self.context = Some(context);
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        let context = self.context.as_ref().ok_or_else(|| Error::fatal("not started"))?;
        let asked: &[_] = match self.batch {
            0 => &[CommitRecord(1), CommitBatch],
            1 => &[],
            2 => &[AbortRecord(0), CommitBatch],
            _ => {
                context.sleep(Duration::from_millis(20));
                return Ok(None);
            }
        };
        asked.iter().try_for_each(|request| context.transaction(*request))?;
        let number = self.batch;
        self.batch += 1;
        let batch = Batch::build(|out| {
            let arena = out.arena();
            let partition = Value::map([("of", "transactions")]).put(arena);
            let offset = Value::map([("batch", self.batch)]).put(arena);
            for record in 0..4 {
                let text = arena.str(&format!("{number}-{record}"));
                out.push(
                    Record::to(arena.str(&self.topic))
                        .with_value(Some(arena.schema(Schema::string())), ValueRef::str(text))
                        .from_source(partition, offset),
                );
            }
            Ok::<(), Error>(())
        })?;
        Ok(Some(batch))
    }
}

fn classes() -> Vec<PluginClass> {
    let connector = Arc::new(|| Ok(Box::<Boundaries>::default() as Box<dyn Connector>));
    let task = Arc::new(|| Ok(Box::<Transactions>::default() as Box<dyn SourceTask>));
    vec![fault_plugins::class("faults.Transactions", Factory::Source { connector, task })]
}
fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.Transactions")] }
