//! One record of a source, up to the bytes that would be produced.

use std::time::Duration;

use ferry_plugin_abi::api::{SourceContext, SourceTask};
use ferry_plugin_abi::data::{Batch, Record, Scratch};
use ferry_plugin_abi::{ErrorKind, Result as PluginResult};

use super::{Ended, Trial};
use crate::chain::{Origin, Verdict};
use crate::herder::instance::guarded;
use crate::tap::{Observer, Stages, What};

/// Wait between two polls of a task that has nothing and does not wait by itself.
const IDLE: Duration = Duration::from_millis(10);

impl Trial<'_> {
    pub(super) fn source(&self, make: impl Fn() -> PluginResult<Box<dyn SourceTask>>) -> Result<(), Ended> {
        let mut task = self.progress.step("task.start", || {
            let mut task = guarded(&make)?;
            guarded(|| task.start(SourceContext::new(self.host()), &self.task_config))?;
            Ok(task)
        })?;
        let tried = self.poll(&mut *task).and_then(|batch| match batch {
            Some(batch) => self.produce(&batch.records()[0]),
            None => Ok(()),
        });
        let stopped = self.progress.step("task.stop", || {
            guarded(|| {
                let stopped = task.stop();
                drop(task);
                stopped
            })
        });
        tried.and(stopped)
    }

    /// The first batch with records; `None`: out of time.
    fn poll(&self, task: &mut dyn SourceTask) -> Result<Option<Batch>, Ended> {
        self.progress.begin(Stages::POLL);
        while !self.control.stopping() {
            match guarded(|| task.poll()) {
                Ok(Some(batch)) if !batch.is_empty() => return Ok(Some(batch)),
                // It would be asked again, and may have better luck.
                Err(error) if error.kind() != ErrorKind::Retriable => {
                    return self.progress.step(Stages::POLL, || Err(error));
                }
                _ => {
                    self.control.wait(IDLE);
                }
            }
        }
        Ok(None)
    }

    fn produce(&self, record: &Record<'_>) -> Result<(), Ended> {
        let stages = Stages::of(true, self.aliases());
        let mut watch = self.progress.watch(&stages);
        watch.see(Stages::POLL, What::Record(record));
        let (mut converters, mut chain, mut policy) = self.chain().map_err(|error| watch.failed(&error))?;
        let scratch = Scratch::new();
        let mut out = *record;
        let origin = Origin::Source(record);
        let applied = chain.apply_seen(&mut out, scratch.arena(), &mut policy, &origin, &mut watch);
        if applied.map_err(|error| watch.failed(&error))? == Verdict::Skip {
            return Ok(());
        }
        let converted = converters.to_bytes(&out, &mut policy, &origin);
        if let Verdict::Go(bytes) = converted.map_err(|error| watch.failed(&error))? {
            watch.see(Stages::CONVERTER, What::Bytes(&out, &bytes));
            let size = |bytes: Option<&[u8]>| bytes.map(<[u8]>::len);
            self.progress.record(What::Bytes(&out, &bytes), size(bytes.key), size(bytes.value));
        }
        Ok(())
    }
}
