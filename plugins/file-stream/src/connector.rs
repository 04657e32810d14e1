//! The two connectors: they check the configuration and hand it to their tasks unchanged.

use ferry_sdk::api::{Connector, ConnectorContext, ExactlyOnceSupport, Level};
use ferry_sdk::config::{Config, ConfigMap, ConfigValueInfo};
use ferry_sdk::data::Value;
use ferry_sdk::{Error, Result};

use crate::config::{From, SourceConfig, complaints, sink_file, source_def};

/// The key of a source partition.
pub const FILENAME: &str = "filename";
/// The key of a source offset.
pub const POSITION: &str = "position";

/// `org.apache.kafka.connect.file.FileStreamSourceConnector`.
#[derive(Default)]
pub struct FileStreamSourceConnector {
    config: ConfigMap,
}

impl Connector for FileStreamSourceConnector {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        let from = match SourceConfig::parse(config)?.from {
            From::Stdin => "standard input".to_owned(),
            From::File(file) => file,
            From::Globs(globs) => globs.join(","),
        };
        let message = format!("Starting file source connector reading from {from}");
        context.host().log(Level::Info, crate::SOURCE, &message);
        self.config = config.clone();
        Ok(())
    }

    /// One task always: the lines of a file have an order.
    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![self.config.clone()])
    }

    fn validate(&mut self, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        // What does not parse is the definition's complaint already.
        let Ok(parsed) = Config::parse(&source_def(), config) else { return Ok(Vec::new()) };
        let mut infos: Vec<ConfigValueInfo> = Vec::new();
        for (key, error) in complaints(&parsed) {
            match infos.iter_mut().find(|info| info.name == key) {
                Some(info) => info.errors.push(error),
                None => infos.push(ConfigValueInfo {
                    name: key.to_owned(),
                    value: parsed.value(key).to_text(),
                    recommended_values: Vec::new(),
                    errors: vec![error],
                    visible: true,
                }),
            }
        }
        Ok(infos)
    }

    fn exactly_once_support(&mut self, config: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        Ok(Some(match SourceConfig::parse(config)?.from {
            From::Stdin => ExactlyOnceSupport::Unsupported,
            From::File(_) | From::Globs(_) => ExactlyOnceSupport::Supported,
        }))
    }

    fn alter_offsets(&mut self, config: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        if SourceConfig::parse(config)?.from == From::Stdin {
            return Err(Error::fatal(
                "Offsets cannot be modified if the 'file' configuration is unspecified. \
                 This is because stdin is used for input and offsets are not tracked.",
            ));
        }
        for (partition, offset) in offsets {
            // Whatever is stored, it may be removed.
            let Some(offset) = offset else { continue };
            match offset.get(POSITION) {
                None => {
                    return Err(Error::fatal(
                        "Offset objects should either be null or contain the key 'position'",
                    ));
                }
                Some(Value::Int64(position)) if *position >= 0 => {}
                Some(Value::Int64(_)) => {
                    return Err(Error::fatal(
                        "The value for the 'position' key in the offset should be a non-negative value",
                    ));
                }
                Some(_) => {
                    return Err(Error::fatal(
                        "The value for the 'position' key in the offset is expected to be a Long value",
                    ));
                }
            }
            if *partition == Value::Null {
                return Err(Error::fatal("Partition objects cannot be null"));
            }
            if partition.get(FILENAME).is_none() {
                return Err(Error::fatal("Partition objects should contain the key 'filename'"));
            }
        }
        // Whether the file is long enough is seen by the task.
        Ok(true)
    }
}

/// `org.apache.kafka.connect.file.FileStreamSinkConnector`.
#[derive(Default)]
pub struct FileStreamSinkConnector {
    config: ConfigMap,
}

impl Connector for FileStreamSinkConnector {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        let to = sink_file(config)?.unwrap_or_else(|| "standard output".to_owned());
        let message = format!("Starting file sink connector writing to {to}");
        context.host().log(Level::Info, crate::SINK, &message);
        self.config = config.clone();
        Ok(())
    }

    /// As many as wanted, all writing to the one file: each of them appends whole lines.
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![self.config.clone(); max_tasks])
    }

    /// The consumer group's offsets are all there is to alter.
    fn alter_offsets(&mut self, _config: &ConfigMap, _offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        Ok(true)
    }
}
