//! The differential proof: the same cases run on Connect's own classes in the JVM and on Ferry's, and every result
//! and every error message is compared.
//!
//! `generate` makes cases from a seed, `java/Harness.java` and `ferry` run them, `compare` looks for differences.
//! What the JVM made of some hundreds of cases per class is recorded in `golden/`, so that most of this needs no
//! JVM; `cargo xtask parity` runs fresh ones on both sides, `cargo xtask parity --record` records anew.

mod compare;
mod data;
mod ferry;
mod files;
mod generate;
mod golden;
mod jvm;
mod live;
mod shrink;

use std::collections::BTreeSet;

use compare::{DIFFERENCES, Met};
use ferry_tests::servers;
use generate::Subject;

/// What each class must have recorded at least.
const FEWEST_CASES: usize = 200;

#[test]
fn ferry_does_what_the_jvm_did() {
    let mut met = Met::new();
    let mut faults = Vec::new();
    for Subject { name, .. } in generate::subjects() {
        for recorded in golden::read(name) {
            let found = compare::faults(&recorded.jvm, &ferry::run(&recorded.case), &mut met);
            if !found.is_empty() {
                faults.push(format!("== {name}: {}\n{}", recorded.case, found.join("\n")));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} recorded cases differ from the JVM; the first of them:\n{}",
        faults.len(),
        faults[..faults.len().min(20)].join("\n")
    );
    let documented = include_str!("../../../docs/differences.md");
    for difference in DIFFERENCES {
        assert!(met.contains_key(difference.row), "{:?} is no difference any more", difference.row);
        assert!(
            documented.contains(difference.row),
            "docs/differences.md does not tell {:?}",
            difference.row
        );
    }
}

#[test]
fn every_built_in_class_is_compared() {
    let subjects = generate::subjects();
    let compared: BTreeSet<&str> = subjects.iter().map(|subject| subject.class).collect();
    let built_in: BTreeSet<&str> = ferry::classes().iter().map(|class| class.class.as_str()).collect();
    assert_eq!(built_in, compared, "the built-in classes are those that cases are made for");
    for Subject { name, .. } in subjects {
        let count = golden::read(name).len();
        assert!(
            count >= FEWEST_CASES,
            "{name} has {count} recorded cases; run cargo xtask parity --record {name}"
        );
    }
}

/// Keeps the records and the harness honest: some of each class, asked again.
#[test]
fn the_jvm_still_does_what_is_recorded() {
    if !servers::available() {
        return;
    }
    let mut jvm = jvm::Jvm::start();
    for Subject { name, .. } in generate::subjects() {
        let recorded = golden::read(name);
        let some = recorded.iter().step_by((recorded.len() / 12).max(1));
        let (cases, wanted): (Vec<_>, Vec<_>) = some.map(|r| (r.case.clone(), &r.jvm)).unzip();
        for ((case, wanted), found) in cases.iter().zip(wanted).zip(jvm.run(&cases)) {
            let faults = compare::faults(wanted, &found, &mut Met::new());
            assert!(faults.is_empty(), "{name}: {case}\n(jvm: recorded, ferry: now)\n{}", faults.join("\n"));
        }
    }
}
