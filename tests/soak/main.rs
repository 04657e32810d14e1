//! Churn under load: connectors are created, paused, stopped, restarted, reconfigured and deleted while
//! lines flow. Nothing is lost, no thread or file is left behind, memory stays where it is.
//!
//! `FERRY_SOAK_SECONDS` says for how long; the default is a minute, in CI (`CI=true`) five.

mod pair;
mod vitals;

use std::time::{Duration, Instant};

use ferry_tests::lines::Delivery;
use ferry_tests::{Bed, Dice, FerryWorker, Place, Setup, Worker};

use crate::pair::Pair;
use crate::vitals::Vitals;

/// Pairs that are churned; one more is left alone.
const PAIRS: usize = 4;

fn duration() -> Duration {
    let default = if std::env::var_os("CI").is_some() { 300 } else { 60 };
    let asked = std::env::var("FERRY_SOAK_SECONDS").ok();
    let seconds = asked.map(|s| s.parse().expect("FERRY_SOAK_SECONDS is a number")).unwrap_or(default);
    Duration::from_secs(seconds)
}

#[test]
fn churn_on_the_embedded_log() {
    // The log grows all the time, and the index of its files is in memory.
    soak(&Bed::embedded(), Delivery::AtLeastOnce, 0.15);
}

#[test]
fn churn_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        soak(&bed, Delivery::AtLeastOnce, 0.05);
    }
}

#[test]
fn churn_with_transactions() {
    if let Some(bed) = Bed::broker() {
        soak(&bed, Delivery::ExactlyOnce, 0.05);
    }
}

fn setup(bed: &Bed, place: &Place, promise: Delivery) -> Setup {
    let setup = Setup::standalone(&bed.bootstrap(), place)
        .with("offset.flush.interval.ms", "100")
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter");
    match promise {
        Delivery::ExactlyOnce => setup
            .with("exactly.once.source.support", "enabled")
            .with("group.id", "soak")
            .with("offset.storage.topic", "soak-offsets")
            .with("offset.storage.partitions", "2")
            .with("offset.storage.replication.factor", "1")
            .with("consumer.isolation.level", "read_committed"),
        _ => setup,
    }
}

fn soak(bed: &Bed, promise: Delivery, growth: f64) {
    let mut dice = Dice::seeded();
    let place = Place::new("soak");
    let setup = setup(bed, &place, promise);
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();
    // Never touched: whatever happens to the others, its lines flow. It is the clock, too: a round is
    // over when its lines have arrived.
    let mut calm = Pair::create(&rest, &place, "calm");
    calm.append(1);
    calm.wait_all();
    let before = Vitals::of(&worker);

    let mut pairs: Vec<Pair> =
        (0..PAIRS).map(|i| Pair::create(&rest, &place, &format!("churned{i}"))).collect();
    let (begun, limit) = (Instant::now(), duration());
    let (mut samples, mut actions, mut lives) = (Vec::new(), 0_u64, 0_u64);
    while begun.elapsed() < limit {
        for pair in &mut pairs {
            pair.append(20 + dice.below(200) as usize);
        }
        calm.append(20 + dice.below(200) as usize);
        let chosen = dice.below(PAIRS as u64) as usize;
        if dice.below(25) == 0 {
            // The end of one life: everything has arrived; and the beginning of another, with another topic.
            lives += 1;
            let name = format!("churned{chosen}");
            pairs.remove(chosen).end(bed, promise);
            pairs.insert(chosen, Pair::create(&rest, &place, &name));
        } else {
            actions += 1;
            pairs[chosen].disturb(&mut dice);
        }
        calm.wait_all();
        samples.push(Vitals::of(&worker));
    }
    for pair in pairs {
        pair.end(bed, promise);
    }
    println!("{actions} actions, {lives} lives, {} lines beside them", calm.lines());
    vitals::assert_flat(&samples, growth);
    vitals::assert_back(&before, &worker);
    calm.end(bed, promise);
    worker.stop();
}
