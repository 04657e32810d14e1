//! A source that says its password wherever it can: in complaints, task configurations, the log, errors and panics.

use std::sync::Arc;

use fault_plugins::abi::api::{
    Connector, ConnectorContext, Factory, Level, PluginClass, SourceContext, SourceTask,
};
use fault_plugins::abi::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, ConfigValueInfo, Importance};
use fault_plugins::abi::data::Batch;
use fault_plugins::abi::{Error, Result};
use fault_plugins::class;

#[derive(Default)]
struct Blabber(ConfigMap);

fn url(config: &ConfigMap) -> String {
    format!("db://user:{}@host", config.get("password").unwrap_or_default())
}

impl Connector for Blabber {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        context.host().log(Level::Info, "blabbing", &format!("connecting to {}", url(config)));
        self.0 = config.clone();
        match config.get("fail") {
            Some("connector") => Err(Error::fatal(format!("no answer from {}", url(config)))),
            _ => Ok(()),
        }
    }

    fn task_configs(&mut self, _: usize) -> Result<Vec<ConfigMap>> {
        let mut task = self.0.clone();
        task.insert("url", url(&self.0));
        Ok(vec![task])
    }

    fn validate(&mut self, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        let complaint = ConfigValueInfo {
            name: "fail".to_owned(),
            value: None,
            recommended_values: vec![format!("not {}", url(config))],
            errors: vec![format!("cannot connect to {}", url(config))],
            visible: true,
        };
        match config.get("fail") {
            Some("validation") => Ok(vec![complaint]),
            Some("exception") => Err(Error::fatal(format!("no answer from {}", url(config)))),
            _ => Ok(Vec::new()),
        }
    }
}

#[derive(Default)]
struct Task;

impl SourceTask for Task {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        let url = config.get("url").unwrap_or_default();
        context.host().log(Level::Warn, "blabbing", &format!("reading from {url}"));
        let cause = Error::data(format!("{:?} was refused", config.get("password")));
        match config.get("fail") {
            Some("task") => Err(Error::fatal(format!("cannot read from {url}")).caused_by(cause)),
            Some("panic") => panic!("cannot read from {url}"),
            _ => Ok(()),
        }
    }

    fn poll(&mut self) -> Result<Option<Batch>> {
        Ok(None)
    }
}

fn classes() -> Vec<PluginClass> {
    let connector = Arc::new(|| Ok(Box::<Blabber>::default() as Box<dyn Connector>));
    let task = Arc::new(|| Ok(Box::<Task>::default() as Box<dyn SourceTask>));
    let key = |name| ConfigKey::new(name, ConfigType::String, Importance::High, "").or_null();
    let config = ConfigDef::new().define(key("password")).define(key("fail"));
    vec![PluginClass { config, ..class("faults.BlabbingSource", Factory::Source { connector, task }) }]
}

fault_plugins::abi::export_plugin! { classes: classes, list: [(source, "faults.BlabbingSource")] }
