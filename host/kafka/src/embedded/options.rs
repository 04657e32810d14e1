//! Settings of the embedded log, read from the worker's own settings (`embedded.*`).

use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::time::Duration;

/// When what is written reaches the disk. Each of them survives `kill -9` of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncPolicy {
    /// Acknowledged once the operating system has it; a power cut may lose the last seconds.
    Os,
    /// Records are acknowledged after an `fdatasync` that all records waiting at that moment
    /// share; group offsets follow with the next one. A power cut loses no acknowledged record.
    Batch,
    /// As `Batch`, and committed offsets, topics and transactions are synced before the call returns.
    Always,
}

/// Settings of one embedded log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// `embedded.sync` = `os` (default), `batch` or `always`.
    pub sync: SyncPolicy,
    /// `embedded.num.partitions`: partitions of a topic created without a number; 1.
    pub partitions: i32,
    /// `embedded.auto.create.topics.enable`: writing to an unknown topic creates it; true.
    pub auto_create: bool,
    /// `embedded.log.retention.ms`: age at which records are dropped; 7 days; -1 is never.
    pub retention_ms: i64,
    /// `embedded.log.retention.bytes`: size of a partition above which its oldest records are
    /// dropped; -1 is none.
    pub retention_bytes: i64,
    /// `embedded.log.retention.check.interval.ms`: 5 minutes.
    pub check_interval: Duration,
    /// `embedded.memory.bytes`: written data kept in memory before it is moved to its final
    /// file, at most twice this; 8 MiB.
    pub memory_bytes: u64,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            sync: SyncPolicy::Os,
            partitions: 1,
            auto_create: true,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            check_interval: Duration::from_secs(300),
            memory_bytes: 8 << 20,
        }
    }
}

impl EmbeddedOptions {
    /// Reads the `embedded.*` names among `settings`; an unknown one is refused by name.
    pub fn read(settings: &BTreeMap<String, String>) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in settings {
            let Some(short) = name.strip_prefix("embedded.") else { continue };
            let value = value.trim();
            match short {
                "sync" => {
                    options.sync = match value {
                        "os" => SyncPolicy::Os,
                        "batch" => SyncPolicy::Batch,
                        "always" => SyncPolicy::Always,
                        _ => return Err(refused(name, value, "os, batch or always")),
                    }
                }
                "num.partitions" => options.partitions = number(name, value, 1, 10_000)?,
                "auto.create.topics.enable" => {
                    options.auto_create = value.parse().map_err(|_| refused(name, value, "true or false"))?;
                }
                "log.retention.ms" => options.retention_ms = number(name, value, -1, i64::MAX)?,
                "log.retention.bytes" => options.retention_bytes = number(name, value, -1, i64::MAX)?,
                "log.retention.check.interval.ms" => {
                    options.check_interval = Duration::from_millis(number(name, value, 1, u64::MAX)?);
                }
                "memory.bytes" => options.memory_bytes = number(name, value, 1 << 20, 1 << 32)?,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Config,
                        format!(
                            "{name} is not a setting of the embedded log; see its documentation for the names"
                        ),
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn number<T>(name: &str, value: &str, least: T, most: T) -> Result<T>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    match value.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => Err(refused(name, value, &format!("a number from {least} to {most}"))),
    }
}

fn refused(name: &str, value: &str, wanted: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{name}={value} is not {wanted}"))
}
