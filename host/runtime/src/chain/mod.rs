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

pub use converters::Converters;
pub use dead_letters::{DeadLetters, Parts as DeadLetterParts};
pub use errors::{ErrorPolicy, Verdict};
pub use original::Original;
pub use report::{Failure, Reporters, Ticket};
pub use stage::{Origin, SINK_TASK, StageName, WORKER_SOURCE_TASK};

use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{Outcome, Predicate, Transform};
use ferry_plugin_abi::data::{Arena, Record};

/// One transform with the predicate that guards it (`TransformationStage`).
pub struct Stage {
    /// The transform's class, for error reports.
    pub class: String,
    /// The transform.
    pub transform: Box<dyn Transform>,
    /// The predicate, and whether it is negated.
    pub predicate: Option<(Box<dyn Predicate>, bool)>,
}

impl Stage {
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        if let Some((predicate, negate)) = &mut self.predicate
            && predicate.test(record)? == *negate
        {
            return Ok(Outcome::Keep);
        }
        self.transform.apply(record, arena)
    }
}

/// The transforms of a connector in their order (`TransformationChain`).
pub struct Chain {
    stages: Vec<Stage>,
}

impl Chain {
    /// A chain of `stages`.
    pub fn new(stages: Vec<Stage>) -> Self {
        Self { stages }
    }

    /// Runs `record` through the chain; errors are dealt with as `policy` says.
    pub fn apply<'a>(
        &mut self,
        record: &mut Record<'a>,
        arena: &'a Arena,
        policy: &mut ErrorPolicy,
        origin: &Origin<'_>,
    ) -> Result<Verdict<()>> {
        for stage in &mut self.stages {
            let class = std::mem::take(&mut stage.class);
            let outcome =
                policy.run(StageName::Transformation, &class, origin, || stage.apply(record, arena));
            stage.class = class;
            match outcome? {
                Verdict::Go(Outcome::Keep) => {}
                Verdict::Go(Outcome::Drop) | Verdict::Skip => return Ok(Verdict::Skip),
            }
        }
        Ok(Verdict::Go(()))
    }
}
