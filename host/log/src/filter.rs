//! The loggers as a filter of the log.

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::Loggers;

/// Lets pass what the loggers want. What nobody wants costs one atomic load: the answer is kept at each place in
/// the code, until a level changes.
pub struct Filter<'l>(pub &'l Loggers);

impl<S: Subscriber> Layer<S> for Filter<'static> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.0.interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.0.enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.most())
    }
}
