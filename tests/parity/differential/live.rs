//! `cargo xtask parity`: fresh cases on both sides, and new records.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use crate::compare::{self, Met};
use crate::generate::{self, Gen, Subject};
use crate::golden::{self, Recorded};
use crate::jvm::Jvm;
use crate::{ferry, shrink};

/// How many differing cases of a class are shown.
const SHOWN: usize = 8;

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("FERRY_PARITY_{name}")).ok()
}

#[test]
#[ignore = "needs a JVM and is run by `cargo xtask parity`"]
fn fresh_cases() {
    let number = |name| setting(name).map(|text| text.parse::<u64>().expect("a number"));
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").subsec_nanos().into();
    let seed = number("SEED").unwrap_or_else(now);
    let cases = number("CASES").unwrap_or(300) as usize;
    let filter = setting("CLASS").unwrap_or_default();
    let record = setting("RECORD").is_some();
    println!("seed {seed}, {cases} cases per class");
    let mut jvm = Jvm::start();
    let (mut met, mut differing, mut count) = (Met::new(), 0, 0);
    let subjects = generate::subjects().into_iter().filter(|s| s.name.contains(&filter));
    for subject in subjects {
        let made = make(&subject, seed, cases);
        let outcomes = jvm.run(&made);
        count += made.len();
        differing += show(&mut jvm, &subject, &made, &outcomes, &mut met);
        if record {
            let recorded = made.into_iter().zip(outcomes).map(|(case, jvm)| Recorded { case, jvm });
            golden::write(subject.name, &recorded.collect::<Vec<_>>());
        }
    }
    for (row, times) in met {
        println!("on purpose, {times} times: {row}");
    }
    println!("{differing} of {count} cases differ (seed {seed})");
    assert!(differing == 0 || record, "{differing} of {count} cases differ; again with --seed {seed}");
}

/// The cases of a class, each once.
fn make(subject: &Subject, seed: u64, count: usize) -> Vec<Json> {
    let mut rng = Gen::new(seed, subject.name);
    let mut seen = std::collections::HashSet::new();
    let mut cases = generate::by_hand(subject);
    // A class with few distinct cases gets fewer.
    for _ in 0..count * 20 {
        if cases.len() >= count {
            break;
        }
        let case = subject.case(&mut rng);
        if seen.insert(case.to_string()) {
            cases.push(case);
        }
    }
    cases
}

/// Prints the first cases that differ, each kind of fault once and made as small as it gets; returns how many do.
fn show(jvm: &mut Jvm, subject: &Subject, cases: &[Json], outcomes: &[Json], met: &mut Met) -> usize {
    let mut differing = 0;
    let mut shown = std::collections::HashSet::new();
    for (case, outcome) in cases.iter().zip(outcomes) {
        let found = ferry::run(case);
        if compare::faults(outcome, &found, met).is_empty() {
            continue;
        }
        differing += 1;
        if shown.len() < SHOWN {
            let panicked = found.get("panic").is_some();
            let small = shrink::shrink(case, |case| differs(jvm, case, panicked));
            let outcome = &jvm.run(std::slice::from_ref(&small))[0];
            let faults = compare::faults(outcome, &ferry::run(&small), &mut Met::new()).join("\n");
            if shown.insert(faults.clone()) {
                println!("== {}: {small}\n{faults}", subject.name);
            }
        }
    }
    println!("{}: {differing} of {} cases differ", subject.name, cases.len());
    differing
}

/// Whether a part of a case still differs. One that only Ferry cannot build shows as a panic.
fn differs(jvm: &mut Jvm, case: &Json, panicked: bool) -> bool {
    let outcome = &jvm.try_run(std::slice::from_ref(case))[0];
    let found = ferry::run(case);
    outcome.get("no_case").is_none()
        && found.get("panic").is_some() == panicked
        && !compare::faults(outcome, &found, &mut Met::new()).is_empty()
}
