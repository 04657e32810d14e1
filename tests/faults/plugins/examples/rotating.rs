//! A config provider whose values hold for `ttl.ms`, and a source that runs on what it is given.

use std::sync::Arc;
use std::time::Duration;

use fault_plugins::abi::api::{ConfigProvider, Factory, PluginClass, Provided};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::{Error, Result};
use fault_plugins::class;

/// Keys are files of the directory that the path names.
#[derive(Default)]
struct Rotating {
    ttl: Option<Duration>,
}

impl ConfigProvider for Rotating {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        let text = config.get("ttl.ms").unwrap_or("1000");
        let millis = text.parse().map_err(|_| Error::config(format!("ttl.ms {text} is no number")))?;
        self.ttl = Some(Duration::from_millis(millis));
        Ok(())
    }

    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        let read = |key: &&str| {
            let file = std::path::Path::new(path).join(key);
            let text = std::fs::read_to_string(&file);
            let text = text.map_err(|e| Error::config(format!("{}: {e}", file.display())))?;
            Ok(((*key).to_owned(), text.trim_end().to_owned()))
        };
        let values: Vec<(String, String)> = keys.iter().map(read).collect::<Result<_>>()?;
        Ok(Provided { values: values.into_iter().collect(), ttl: self.ttl })
    }
}

fn classes() -> Vec<PluginClass> {
    let make = Arc::new(|| Ok(Box::<Rotating>::default() as Box<dyn ConfigProvider>));
    vec![class("faults.RotatingConfigProvider", Factory::ConfigProvider(make))]
}

fault_plugins::abi::export_plugin! {
    classes: classes,
    list: [(config_provider, "faults.RotatingConfigProvider")],
}
