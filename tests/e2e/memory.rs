//! Memory stays within the budget, however slow a sink is and however large its records.

use std::time::{Duration, Instant};

use ferry_tests::topics::TopicRecord;
use ferry_tests::{Bed, LONG, Place, Worker, process, topics, wait_until};
use serde_json::json;

use crate::{picky, start, topic};

const MIB: usize = 1 << 20;
const RECORDS: usize = 200;

#[test]
fn a_slow_sink_of_large_records_stays_within_its_budget_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        stays_within_its_budget(&bed);
    }
}

#[test]
fn a_slow_sink_of_large_records_stays_within_its_budget_on_the_embedded_log() {
    stays_within_its_budget(&Bed::embedded());
}

/// Beside the budget: the worker itself, and one batch for each task.
const BESIDE: usize = 16;

/// 200 records of a mebibyte, a budget of 16 MiB: the worker never has more than that and [`BESIDE`], not counting
/// the pages of its program file, which are 25 MiB in a program that is not optimised and half of that in one
/// that is.
fn stays_within_its_budget(bed: &Bed) {
    const BUDGET: usize = 16;
    let (place, name) = (Place::new("memory"), topic("memory"));
    let value = "x".repeat(MIB - 1024);
    match bed {
        Bed::Broker(broker) => {
            let records = vec![TopicRecord::value(value.as_str()); 20];
            (0..RECORDS / 20).for_each(|_| topics::write(&broker.bootstrap, &name, &records));
        }
        Bed::Embedded(_) => (0..RECORDS / 20).for_each(|_| bed.write(&name, &vec![value.as_str(); 20])),
    }
    let setup = picky::setup(bed, &place)
        .with("ferry.task.max.inflight.bytes", &(BUDGET * MIB).to_string())
        .with("ferry.worker.memory.max", &(BUDGET * MIB).to_string());
    let mut worker = start(&setup);
    worker.rest().create(&name, picky::sink(&place, &name, json!({"slow.ms": "100"})));
    let (mut most, began) = (0.0_f64, Instant::now());
    wait_until(LONG, "all is taken", || {
        let of = |name| process::memory_mib(worker.pid(), name).unwrap_or(0.0);
        most = most.max(of("VmHWM") - of("RssFile"));
        picky::taken(&place).len() >= RECORDS
    });
    assert!(began.elapsed() > Duration::from_secs(1), "the sink was not slow");
    println!("most memory: {most:.1} MiB with a budget of {BUDGET} MiB");
    assert!(most < (BUDGET + BESIDE) as f64, "{most:.1} MiB");
    worker.stop();
}
