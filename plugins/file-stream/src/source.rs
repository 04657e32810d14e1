//! The source task: polls its files in turn and waits where none has anything new.

use std::time::Duration;

use ferry_sdk::api::{Level, SourceContext, SourceTask};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::Batch;
use ferry_sdk::{Error, Result};

use crate::config::{From, SourceConfig};
use crate::tail::{LOGGER, Step, Tail};
use crate::watch::Watched;

/// How long a poll waits for something new, as Connect's does.
const WAIT: Duration = Duration::from_secs(1);
/// How long it waits before it looks again: this at first, later up to [`LONGEST_LOOK`].
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LONGEST_LOOK: Duration = Duration::from_millis(100);
/// After so many polls in vain it looks once a second, as Connect's does, or [`Watched`] does it for all tasks.
const QUIET: u32 = 3;
/// How long a poll lasts while somebody else looks.
const REST: Duration = Duration::from_secs(60);

/// `org.apache.kafka.connect.file.FileStreamSourceTask`.
#[derive(Default)]
pub struct FileStreamSourceTask(Option<Running>);

struct Running {
    context: SourceContext,
    config: SourceConfig,
    tails: Vec<Tail>,
    /// Whose turn it is.
    turn: usize,
    /// Polls in vain since there was something new.
    vain: u32,
}

impl SourceTask for FileStreamSourceTask {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        let config = SourceConfig::parse(config)?;
        let tails = match &config.from {
            From::Stdin => vec![Tail::new(None)],
            From::File(file) => vec![Tail::new(Some(file.clone()))],
            From::Globs(_) => Vec::new(),
        };
        self.0 = Some(Running { context, config, tails, turn: 0, vain: 0 });
        Ok(())
    }

    fn poll(&mut self) -> Result<Option<Batch>> {
        self.0.as_mut().ok_or_else(|| Error::fatal("the task is not started"))?.poll()
    }

    fn stop(&mut self) -> Result<()> {
        self.0 = None;
        Ok(())
    }
}

impl Running {
    fn poll(&mut self) -> Result<Option<Batch>> {
        self.find_files()?;
        for _ in 0..self.tails.len() {
            self.turn %= self.tails.len();
            let tail = &mut self.tails[self.turn];
            match tail.step(&self.context, &self.config)? {
                Step::Batch(batch) => {
                    self.vain = 0;
                    return Ok(Some(batch));
                }
                Step::Idle => {}
                Step::Missing if self.config.globbing() => {}
                Step::Missing => {
                    let message = format!(
                        "Couldn't find file {} for FileStreamSourceTask, sleeping to wait for it to be created",
                        tail.shown()
                    );
                    self.context.host().log(Level::Warn, LOGGER, &message);
                }
            }
            self.turn += 1;
        }
        if self.vain < QUIET || !self.rest() {
            self.wait();
        }
        Ok(None)
    }

    /// Waits until another thread has seen something new. `false`: there must be a look of one's own.
    fn rest(&mut self) -> bool {
        if self.config.globbing() || !self.tails.iter().all(Tail::rests) {
            return false;
        }
        let Some(waker) = self.context.waker() else { return false };
        match Watched::begin(std::mem::take(&mut self.tails), waker) {
            Ok(watched) => {
                self.context.wait(REST);
                self.tails = watched.end();
                true
            }
            Err(tails) => {
                self.tails = tails;
                false
            }
        }
    }

    /// Waits for something new, not longer than Connect does.
    fn wait(&mut self) {
        let (first, longest) = if self.vain < QUIET { (FIRST_LOOK, LONGEST_LOOK) } else { (WAIT, WAIT) };
        let (mut waited, mut look) = (Duration::ZERO, first);
        while waited < WAIT {
            let time = look.min(WAIT - waited);
            if self.context.sleep(time) || self.tails.iter_mut().any(Tail::more) {
                return;
            }
            waited += time;
            look = (look * 2).min(longest);
        }
        self.vain = self.vain.saturating_add(1);
        self.tails.iter_mut().for_each(Tail::rested);
    }

    /// Takes up files that match the patterns and are not known yet, in the order of their names.
    fn find_files(&mut self) -> Result<()> {
        let From::Globs(patterns) = &self.config.from else { return Ok(()) };
        let mut names = Vec::new();
        for pattern in patterns {
            let paths = glob::glob(pattern).map_err(|error| Error::config(format!("{pattern}: {error}")))?;
            // A folder that cannot be read is left out: it may be none of ours.
            names
                .extend(paths.flatten().filter(|path| path.is_file()).map(|path| path.display().to_string()));
        }
        names.sort();
        names.dedup();
        // The file of a tail may be gone: it is read to its end as long as it is open.
        names.retain(|name| self.tails.iter().all(|tail| tail.shown() != name));
        self.tails.extend(names.into_iter().map(|name| Tail::new(Some(name))));
        Ok(())
    }
}
