//! Measures what it does, as `tests/parity/java/plugins/Measured.java` does for the JVM worker; where it is told to,
//! with a gauge that panics or hangs.

use std::sync::Arc;
use std::time::Duration;

use fault_plugins::abi::api::{
    Connector, ConnectorContext, Converter, Factory, Outcome, PluginClass, Predicate, Role, SourceContext,
    SourceTask, Transform,
};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::{Arena, Batch, Record, Schema, ValueRef};
use fault_plugins::abi::metrics::{Counter, PluginMetrics, Sensor};
use fault_plugins::abi::{Error, Result};

#[derive(Default)]
struct Tables(ConfigMap);

impl Connector for Tables {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        context.metrics().gauge("tables", "Tables found.")?.set(3.0);
        self.0 = config.clone();
        Ok(())
    }
    fn task_configs(&mut self, _: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![self.0.clone()])
    }
}

#[derive(Default)]
struct Rows {
    context: Option<SourceContext>,
    topic: String,
    rows: Sensor,
    sent: bool,
    panics: bool,
}

/// Waits for a file.
fn hang(until: &str) -> f64 {
    while !std::path::Path::new(until).exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    1.0
}

impl SourceTask for Rows {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        let metrics = context.metrics();
        metrics.gauge_of("lag-bytes", "Bytes behind.", || 17.0)?;
        metrics.tagged([("table", "orders: new")]).gauge("lag-rows", "Rows behind.")?.set(4.0);
        metrics.gauge("gone", "Not for long.")?;
        metrics.remove("gone")?;
        self.rows = metrics
            .sensor()
            .total("row-bytes-total", "Bytes.")?
            .max("row-bytes-max", "Largest.")?
            .min("row-bytes-min", "Smallest.")?
            .count("rows-total", "Rows.")?;
        match config.get("provoke").unwrap_or_default() {
            "twice" => drop(metrics.gauge("lag-bytes", "Again.")?),
            "tag" => drop(metrics.tagged([("task", "9")]).gauge("other", "")?),
            "unknown" => metrics.remove("never")?,
            "panic" => metrics.gauge_of("bad", "", || panic!("no number today"))?,
            "hang" => {
                let until = config.get("until").unwrap_or_default().to_owned();
                metrics.gauge_of("bad", "", move || hang(&until))?;
            }
            _ => {}
        }
        self.topic = config.get("topic").unwrap_or("measured").to_owned();
        self.panics = config.get("provoke") == Some("poll");
        self.context = Some(context);
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        assert!(!self.panics, "I will not");
        let context = self.context.as_ref().ok_or_else(|| Error::fatal("not started"))?;
        if std::mem::replace(&mut self.sent, true) {
            context.sleep(Duration::from_millis(20));
            return Ok(None);
        }
        Batch::build(|out| {
            let arena = out.arena();
            for row in ["one", "two", "three"] {
                self.rows.record(row.len() as f64);
                let value = (Some(arena.schema(Schema::string())), ValueRef::str(row));
                out.push(Record::to(arena.str(&self.topic)).with_value(value.0, value.1));
            }
            Ok::<(), Error>(())
        })
        .map(Some)
    }
}

#[derive(Default)]
struct Applied(Counter);

impl Transform for Applied {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.0 = metrics.counter("applied-total", "Calls.")?;
        Ok(())
    }
    fn apply<'a>(&mut self, _: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> {
        self.0.increment();
        Ok(Outcome::Keep)
    }
}

#[derive(Default)]
struct Tested(Counter);

impl Predicate for Tested {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.0 = metrics.counter("tested-total", "Calls.")?;
        Ok(())
    }
    fn test(&mut self, _: &Record<'_>) -> Result<bool> {
        self.0.increment();
        Ok(true)
    }
}

#[derive(Default)]
struct Converted(Counter);

impl Converter for Converted {
    fn configure(&mut self, _: &ConfigMap, _: Role) -> Result<()> {
        Ok(())
    }
    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.0 = metrics.counter("converted-total", "Calls.")?;
        Ok(())
    }
    fn from_connect(
        &mut self,
        _: &str,
        _: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        self.0.increment();
        let Some(text) = value.as_str() else { return Ok(false) };
        out.extend_from_slice(text.as_bytes());
        Ok(true)
    }
    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        _: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let value = bytes.map_or(ValueRef::NULL, ValueRef::bytes);
        Ok((None, value))
    }
}

fn classes() -> Vec<PluginClass> {
    let source = Factory::Source {
        connector: Arc::new(|| Ok(Box::<Tables>::default())),
        task: Arc::new(|| Ok(Box::<Rows>::default())),
    };
    let transform = Factory::Transform(Arc::new(|| Ok(Box::<Applied>::default())));
    let predicate = Factory::Predicate(Arc::new(|| Ok(Box::<Tested>::default())));
    let converter = Factory::Converter(Arc::new(|| Ok(Box::<Converted>::default())));
    vec![
        fault_plugins::class("faults.Measured", source),
        fault_plugins::class("faults.Measured$Transformation", transform),
        fault_plugins::class("faults.Measured$Predicate", predicate),
        fault_plugins::class("faults.Measured$Converter", converter),
    ]
}

fault_plugins::abi::export_plugin! {
    classes: classes,
    list: [
        (source, "faults.Measured"),
        (transform, "faults.Measured$Transformation"),
        (predicate, "faults.Measured$Predicate"),
        (converter, "faults.Measured$Converter"),
    ]
}
