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
    /// What decides which records it is for.
    pub guard: Option<Guard>,
}

/// The predicate of a transform.
pub struct Guard {
    /// Its name in the configuration.
    pub alias: String,
    /// Its class.
    pub class: String,
    /// The predicate.
    pub predicate: Box<dyn Predicate>,
    /// Whether the transform is for the records that it does not hold for.
    pub negate: bool,
    /// Whether it failed when it was last asked.
    failed: bool,
}

impl Guard {
    /// Of a predicate that was configured.
    pub fn new(alias: &str, class: &str, predicate: Box<dyn Predicate>, negate: bool) -> Self {
        Self { alias: alias.to_owned(), class: class.to_owned(), predicate, negate, failed: false }
    }

    fn lets_pass_by(&mut self, record: &Record<'_>) -> Result<bool> {
        let held = self.predicate.test(record);
        self.failed = held.is_err();
        Ok(held? == self.negate)
    }
}

/// A plugin that failed, and the setting that put it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// `value.converter`, `transforms.ALIAS.type` or `predicates.ALIAS.type`.
    pub setting: String,
    /// Its class.
    pub class: String,
}

impl Stage {
    /// `None`: its predicate lets the record pass by.
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Option<Outcome>> {
        if let Some(guard) = &mut self.guard
            && guard.lets_pass_by(record)?
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

    /// What failed in the stage of this name when it was last run.
    pub fn culprit(&self, alias: &str) -> Option<Culprit> {
        let stage = self.stages.iter().find(|stage| stage.alias == alias)?;
        Some(match &stage.guard {
            Some(guard) if guard.failed => {
                Culprit { setting: format!("predicates.{}.type", guard.alias), class: guard.class.clone() }
            }
            _ => Culprit { setting: format!("transforms.{alias}.type"), class: stage.class.clone() },
        })
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ferry_plugin_abi::Error;
    use ferry_plugin_abi::config::ConfigMap;
    use ferry_plugin_abi::data::Scratch;

    use super::*;
    use crate::executor::{Control, TaskId};

    /// Fails if it is told to.
    struct Moody(bool);

    impl Moody {
        fn answer<T>(&self, good: T) -> Result<T> {
            if self.0 { Err(Error::data("in a mood")) } else { Ok(good) }
        }
    }

    impl Transform for Moody {
        fn configure(&mut self, _: &ConfigMap) -> Result<()> {
            Ok(())
        }
        fn apply<'a>(&mut self, _: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> {
            self.answer(Outcome::Keep)
        }
    }

    impl Predicate for Moody {
        fn configure(&mut self, _: &ConfigMap) -> Result<()> {
            Ok(())
        }
        fn test(&mut self, _: &Record<'_>) -> Result<bool> {
            self.answer(true)
        }
    }

    #[test]
    fn a_predicate_is_told_from_its_transform() {
        for (predicate, setting, class) in
            [(true, "predicates.p.type", "P"), (false, "transforms.two.type", "T")]
        {
            let guard = Guard::new("p", "P", Box::new(Moody(predicate)), false);
            let stage = |alias: &str, fails, guard| Stage {
                alias: alias.to_owned(),
                class: "T".to_owned(),
                transform: Box::new(Moody(fails)),
                guard,
            };
            let mut chain = Chain::new(vec![stage("one", false, None), stage("two", true, Some(guard))]);
            let mut policy = ErrorPolicy {
                tolerate_all: false,
                retry_timeout: None,
                retry_delay_max: std::time::Duration::ZERO,
                reporters: Reporters::silent(TaskId { connector: "c".into(), task: 0 }),
                control: Arc::new(Control::new(false)),
            };
            let (scratch, original) = (Scratch::new(), Record::to("t"));
            let mut record = original;
            let applied = chain.apply(&mut record, scratch.arena(), &mut policy, &Origin::Source(&original));
            assert!(applied.is_err());
            let wanted = Culprit { setting: setting.to_owned(), class: class.to_owned() };
            assert_eq!(chain.culprit("two"), Some(wanted));
            assert_eq!(chain.culprit("three"), None);
        }
    }
}
