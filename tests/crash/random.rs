//! SIGKILL at random moments.

use std::time::{Duration, Instant};

use ferry_tests::{Bed, Dice, LONG};

use crate::{Job, Kind, spawn};

#[test]
fn kills_at_random_moments_on_the_embedded_log() {
    rounds(Job::new(Bed::embedded(), Kind::Plain, "random"), 40);
}

#[test]
fn kills_at_random_moments_with_dead_letters() {
    rounds(Job::new(Bed::embedded(), Kind::Checked, "random-checked"), 30);
}

#[test]
fn kills_at_random_moments_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        rounds(Job::new(bed, Kind::Plain, "random-broker"), 8);
    }
}

/// Half of the rounds kill after a random time, so also while starting; half when the output has grown
/// by a random part of what this round appended, so in the middle of the work: that much always comes,
/// even when the round before left nothing behind.
fn rounds(mut job: Job, rounds: usize) {
    let mut dice = Dice::seeded();
    let mut story = String::new();
    for round in 0..rounds {
        let appended = job.append(200 + dice.below(2000) as usize);
        let before = job.output_len();
        let mut worker = spawn(&job.setup());
        let end = Instant::now() + LONG;
        let (after, grown) = match round % 2 {
            0 => (Duration::from_micros(dice.below(400_000)), u64::MAX),
            _ => (LONG, dice.below(appended)),
        };
        let started = Instant::now();
        while started.elapsed() < after && job.output_len() < before.saturating_add(grown).saturating_add(1) {
            assert!(worker.ended().is_none(), "round {round}: ferry ended by itself\n{story}");
            assert!(Instant::now() < end, "round {round}: the output did not grow\n{story}");
            std::thread::sleep(Duration::from_micros(200));
        }
        worker.kill();
        let length = job.output_len();
        story.push_str(&format!(
            "round {round}: killed after {:?}, the output went from {before} to {length} bytes\n",
            started.elapsed()
        ));
    }
    job.finish(&story);
}
