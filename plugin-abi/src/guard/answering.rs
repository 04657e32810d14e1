//! The guard round a function that a plugin gave away to be asked for a number.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::{contain, install_hook, poisoned};
use crate::metrics::MetricValueProvider;
use crate::{Error, ErrorKind, Result};

/// A function that is not called again once it panicked. It is dropped as guardedly as it is called.
pub(crate) struct Answering {
    name: String,
    answer: Option<Box<dyn Fn() -> f64 + Send + Sync>>,
    panicked: AtomicBool,
}

impl Answering {
    pub(crate) fn new(name: &str, answer: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        install_hook();
        Self { name: name.to_owned(), answer: Some(Box::new(answer)), panicked: AtomicBool::new(false) }
    }
}

impl MetricValueProvider for Answering {
    fn value(&self) -> Result<f64> {
        let answer = match &self.answer {
            Some(answer) if !self.panicked.load(Relaxed) => answer,
            _ => return Err(poisoned(&self.name, "value")),
        };
        let answered = contain(&self.name, "value", || Ok(answer()));
        if answered.as_ref().err().map(Error::kind) == Some(ErrorKind::Panic) {
            self.panicked.store(true, Relaxed);
        }
        answered
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let answer = self.answer.take();
        let dropped = contain(&self.name, "drop", || {
            drop(answer);
            Ok(())
        });
        super::report(dropped, None, &self.name);
    }
}
