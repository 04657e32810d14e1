//! The process dies right at each step of the delivery contract.

use std::os::unix::process::ExitStatusExt;

use ferry_tests::{Bed, SHORT, Worker, wait_for};

use crate::{Job, Kind, spawn};

/// The steps, as `crash::point` names them in the code.
const POINTS: &[&str] =
    &["poll", "send", "ack", "offset-write", "commit", "put", "pre-commit", "sink-commit"];
/// Those of a sink that sends some records to a dead letter queue.
const POINTS_OF_A_CHECKED_SINK: &[&str] = &["report", "put", "pre-commit", "sink-commit"];

/// Those of a sink that refuses batches, which are divided until the bad records stand alone.
const POINTS_OF_A_DIVIDED_BATCH: &[&str] = &["divide", "report", "put", "sink-commit"];

/// SIGABRT.
const ABORTED: i32 = 6;

#[test]
fn every_step_on_the_embedded_log() {
    every_step(Job::new(Bed::embedded(), Kind::Plain, "points"), POINTS, &[1, 2, 3, 7]);
}

#[test]
fn every_step_with_dead_letters_on_the_embedded_log() {
    let job = Job::new(Bed::embedded(), Kind::Checked, "points-checked");
    every_step(job, POINTS_OF_A_CHECKED_SINK, &[1, 2, 30]);
}

#[test]
fn every_step_with_dead_letters_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        let job = Job::new(bed, Kind::Checked, "points-checked-broker");
        every_step(job, POINTS_OF_A_CHECKED_SINK, &[2]);
    }
}

#[test]
fn every_step_of_a_divided_batch_on_the_embedded_log() {
    let job = Job::new(Bed::embedded(), Kind::Divided, "points-divided");
    every_step(job, POINTS_OF_A_DIVIDED_BATCH, &[1, 3, 40]);
}

#[test]
fn every_step_of_a_divided_batch_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        every_step(Job::new(bed, Kind::Divided, "points-divided-broker"), POINTS_OF_A_DIVIDED_BATCH, &[9]);
    }
}

#[test]
fn every_step_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        every_step(Job::new(bed, Kind::Plain, "points-broker"), POINTS, &[2]);
    }
}

fn every_step(mut job: Job, points: &[&str], passes: &[usize]) {
    let mut story = String::new();
    for pass in passes {
        for point in points {
            // More than a batch, so that the later passes of a point are reached too.
            job.append(1500);
            let at = format!("{point}:{pass}");
            let mut worker = spawn(&job.setup().env("FERRY_CRASH_AT", &at));
            // Points that need new lines more often than one append gives them.
            let status = wait_for(SHORT, &format!("ferry dies at {at}"), || {
                let ended = worker.ended();
                if ended.is_none() {
                    job.append(1);
                }
                ended
            });
            assert_eq!(status.signal(), Some(ABORTED), "{at}: {status}\n{}", worker.log());
            story.push_str(&format!("died at {at}, {} bytes of output\n", job.output_len()));
        }
    }
    job.finish(&story);
}
