//! `Filter`: no record passes. Used with a predicate.

use ferry_sdk::Result;
use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Record};

/// `org.apache.kafka.connect.transforms.Filter`
pub struct Filter;

impl Transform for Filter {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn apply<'a>(&mut self, _: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> {
        Ok(Outcome::Drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::Scratch;

    #[test]
    fn nothing_passes() {
        let scratch = Scratch::new();
        assert_eq!(Filter.apply(&mut Record::to("t"), scratch.arena()), Ok(Outcome::Drop));
    }
}
