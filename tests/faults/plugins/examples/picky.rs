//! A sink that is told by each value what to do with it: take it, report it, refuse it, or take its time, which
//! for `hold` is as long as there is no file with `.go`.
//!
//! What it takes it appends to `file`, a line each; opened and closed partitions to `file` with `.partitions`.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use fault_plugins::abi::api::{SinkContext, SinkTask, TopicPartition};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::{Batch, Record, ValueRef};
use fault_plugins::abi::{Error, Result};

#[derive(Default)]
struct Picky {
    context: Option<SinkContext>,
    file: String,
    /// Milliseconds that each put of records takes.
    slow: u64,
    /// Records to be reported at the next flush, by batch and index.
    late: Vec<(Batch, usize)>,
}

impl Picky {
    fn context(&self) -> Result<&SinkContext> {
        self.context.as_ref().ok_or_else(|| Error::fatal("not started"))
    }

    fn note(&self, file: &str, line: &str) -> Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .map_err(|e| Error::fatal(format!("{file}: {e}")))?;
        writeln!(file, "{line}").map_err(|e| Error::fatal(e.to_string()))
    }

    /// Complains before anything is taken.
    fn look(&self, batch: &Batch) -> Result<()> {
        for (index, record) in batch.records().iter().enumerate() {
            let value = record.value().as_str().unwrap_or_default();
            if value.starts_with("refuse") {
                return Err(Error::data("this is refused"));
            }
            if value.starts_with("blame") {
                return Err(Error::data("this is blamed").at_record(index));
            }
            if value.starts_with("down") && !std::path::Path::new(&format!("{}.up", self.file)).exists() {
                return Err(Error::retriable("the destination is down"));
            }
        }
        Ok(())
    }

    fn take(&mut self, batch: &Batch, index: usize, record: &Record<'_>) -> Result<()> {
        let value = record.value().as_str().unwrap_or_default();
        if value.starts_with("report") {
            let reported = self.context()?.report(record, &Error::data("this is reported"))?;
            if value.contains("wait") {
                let arrived = reported.wait(Duration::from_secs(300))?;
                self.note(&self.file, &format!("{value}: arrived={arrived}"))?;
            }
        } else if value.starts_with("swallow") {
            // As a task does that ignores what the reporter answers.
            let _ = self.context()?.report(record, &Error::data("this is reported"));
        } else if value.starts_with("late") {
            self.late.push((batch.clone(), index));
        } else if value.starts_with("made") {
            let made = Record::to("made").with_value(record.value_schema(), ValueRef::str("by the task"));
            self.context()?.report(&made, &Error::data("this was made"))?;
        } else {
            if let Some(Ok(millis)) = value.strip_prefix("busy ").map(str::parse) {
                self.context()?.sleep(Duration::from_millis(millis));
            }
            if value.starts_with("hold") {
                let go = format!("{}.go", self.file);
                while !std::path::Path::new(&go).exists() && !self.context()?.sleep(Duration::from_millis(20)) {}
            }
            self.note(&self.file, &value.chars().take(200).collect::<String>())?;
        }
        Ok(())
    }

    fn partitions(&self, what: &str, partitions: &[TopicPartition]) -> Result<()> {
        let numbers: Vec<_> = partitions.iter().map(|p| p.partition.to_string()).collect();
        self.note(&format!("{}.partitions", self.file), &format!("{what} {}", numbers.join(",")))
    }
}

impl SinkTask for Picky {
    fn start(&mut self, context: SinkContext, config: &ConfigMap) -> Result<()> {
        self.file = config.get("file").ok_or_else(|| Error::config("file is missing"))?.to_owned();
        self.slow = config.get("slow.ms").and_then(|ms| ms.parse().ok()).unwrap_or(0);
        self.context = Some(context);
        Ok(())
    }
    fn open(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.partitions("open", partitions)
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        self.look(&batch)?;
        if self.slow > 0 && !batch.is_empty() {
            self.context()?.sleep(Duration::from_millis(self.slow));
        }
        batch.records().iter().enumerate().try_for_each(|(index, record)| self.take(&batch, index, record))
    }
    fn flush(&mut self, _: &[(TopicPartition, i64)]) -> Result<()> {
        for (batch, index) in std::mem::take(&mut self.late) {
            self.context()?.report(&batch.records()[index], &Error::data("this came late"))?;
        }
        Ok(())
    }
    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.partitions("close", partitions)
    }
}

fault_plugins::sink_plugin!("faults.Picky", Picky);
