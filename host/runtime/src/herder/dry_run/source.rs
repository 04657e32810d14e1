//! One record of a source, up to the bytes that would be produced.

use std::time::Duration;

use ferry_plugin_abi::api::{SourceContext, SourceTask};
use ferry_plugin_abi::data::{Batch, Record, Scratch};
use ferry_plugin_abi::{ErrorKind, Result as PluginResult};

use super::{Ended, Tools, Trial};
use crate::chain::{Origin, Verdict};
use crate::herder::instance::guarded;
use crate::tap::{Observer, Stages, What};

/// Wait between two polls of a task that has nothing and does not wait by itself.
const IDLE: Duration = Duration::from_millis(10);

impl Trial<'_> {
    pub(super) fn source(&self, make: impl Fn() -> PluginResult<Box<dyn SourceTask>>) -> Result<(), Ended> {
        let mut tools = self.tools()?;
        self.progress.around(
            "task",
            || {
                let mut task = make()?;
                task.start(SourceContext::new(self.host()), &self.task_config)?;
                Ok(task)
            },
            |task| match self.poll(&mut **task)? {
                Some(batch) => self.produce(&batch.records()[0], &mut tools),
                // Out of time: who waits says so.
                None => Ok(()),
            },
            |task| task.stop(),
        )
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

    fn produce(&self, record: &Record<'_>, tools: &mut Tools) -> Result<(), Ended> {
        let stages = Stages::of(true, self.aliases());
        let mut watch = self.progress.watch(&stages);
        watch.see(Stages::POLL, What::Record(record));
        let scratch = Scratch::new();
        let mut out = *record;
        let origin = Origin::Source(record);
        let Tools { converters, chain, policy } = tools;
        let applied = chain.apply_seen(&mut out, scratch.arena(), policy, &origin, &mut watch);
        if applied.map_err(|error| watch.failed(&error, |alias| chain.culprit(alias)))? == Verdict::Skip {
            return Ok(());
        }
        match converters.to_bytes(&out, policy, &origin) {
            Ok(Verdict::Go(bytes)) => {
                watch.see(Stages::CONVERTER, What::Bytes(&out, &bytes));
                let size = |bytes: Option<&[u8]>| bytes.map(<[u8]>::len);
                self.progress.record(What::Bytes(&out, &bytes), size(bytes.key), size(bytes.value));
                Ok(())
            }
            Ok(Verdict::Skip) => Ok(()),
            Err(error) => Err(watch.failed(&error, |_| Some(converters.culprit()))),
        }
    }
}
