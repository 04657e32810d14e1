//! What happens to a record between connector and Kafka: predicates, transforms, converters, and the
//! rules for the errors of each.

mod context_headers;
mod converters;
mod dead_letters;
mod errors;
mod log_report;
mod original;
mod report;
mod stage;

pub use converters::{Converted, Converters};
pub use dead_letters::{DeadLetters, Parts as DeadLetterParts};
pub use errors::{ErrorPolicy, Verdict};
pub use original::Original;
pub use report::{Failure, Reporters, Ticket};
pub use stage::{Origin, SINK_TASK, StageName, WORKER_SOURCE_TASK};

use crate::tap::{Observer, Sampler, TaskTap, Unseen, What};
use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{Outcome, Predicate, Transform};
use ferry_plugin_abi::data::{Arena, Record};

/// One transform with the predicate that guards it (`TransformationStage`).
pub struct Stage {
    /// The transform's name in the configuration.
    pub alias: String,
    /// The transform's class, for error reports.
    pub class: String,
    /// The transform.
    pub transform: Box<dyn Transform>,
    /// The predicate, and whether it is negated.
    pub predicate: Option<(Box<dyn Predicate>, bool)>,
}

impl Stage {
    /// `None`: its predicate lets the record pass by.
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Option<Outcome>> {
        if let Some((predicate, negate)) = &mut self.predicate
            && predicate.test(record)? == *negate
        {
            return Ok(None);
        }
        self.transform.apply(record, arena).map(Some)
    }
}

/// The transforms of a connector in their order (`TransformationChain`).
pub struct Chain {
    stages: Vec<Stage>,
    tap: TaskTap,
}

impl Chain {
    /// A chain of `stages`.
    pub fn new(stages: Vec<Stage>) -> Self {
        Self { stages, tap: TaskTap::none() }
    }

    /// The same, with a tap on the way through it.
    #[must_use]
    pub fn tapped(mut self, tap: TaskTap) -> Self {
        self.tap = tap;
        self
    }

    /// Begins a batch; `None`: nobody looks at it. `first`: what the first stage on the records' way is called.
    #[inline]
    pub fn begin(&self, first: &'static str) -> Option<Sampler> {
        self.tap.begin(first)
    }

    /// Runs `record` through the chain; errors are dealt with as `policy` says.
    pub fn apply<'a>(
        &mut self,
        record: &mut Record<'a>,
        arena: &'a Arena,
        policy: &mut ErrorPolicy,
        origin: &Origin<'_>,
    ) -> Result<Verdict<()>> {
        self.apply_seen(record, arena, policy, origin, &mut Unseen)
    }

    /// The same, in sight of `observer`.
    pub fn apply_seen<'a, O: Observer>(
        &mut self,
        record: &mut Record<'a>,
        arena: &'a Arena,
        policy: &mut ErrorPolicy,
        origin: &Origin<'_>,
        observer: &mut O,
    ) -> Result<Verdict<()>> {
        for stage in &mut self.stages {
            let class = std::mem::take(&mut stage.class);
            let outcome =
                policy.run(StageName::Transformation, &class, origin, || stage.apply(record, arena));
            stage.class = class;
            match outcome? {
                Verdict::Go(None) => observer.see(&stage.alias, What::Passed(record)),
                Verdict::Go(Some(Outcome::Keep)) => observer.see(&stage.alias, What::Record(record)),
                Verdict::Go(Some(Outcome::Drop)) | Verdict::Skip => {
                    observer.see(&stage.alias, What::Dropped(record));
                    return Ok(Verdict::Skip);
                }
            }
        }
        Ok(Verdict::Go(()))
    }
}
