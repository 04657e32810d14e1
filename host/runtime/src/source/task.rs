//! The loop of a source task's thread.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_plugin_abi::api::{SourceContext, SourceTask};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::Pipeline;
use crate::crash;
use crate::executor::{Control, TaskEvent, lock};

/// Runs the task until it is to stop or fails; `report` tells its listener.
pub fn run(
    task: &mut dyn SourceTask,
    context: SourceContext,
    config: &ConfigMap,
    pipeline: &Arc<Mutex<Pipeline>>,
    control: &Control,
    flush_timeout: Duration,
    report: &mut dyn FnMut(TaskEvent),
) -> Result<()> {
    if !pause(pipeline, control, report) {
        return Ok(());
    }
    lock(pipeline).register()?;
    if control.stopping() {
        return Ok(());
    }
    control.calling("start", || task.start(context, config))?;
    report(TaskEvent::Running);
    let ran = work(task, pipeline, control, report);
    let finished =
        if control.abandoned() { Ok(()) } else { lock(pipeline).finish(flush_timeout, ran.is_err()) };
    let told = tell(task, pipeline, control);
    let stopped = control.calling("stop", || task.stop());
    ran?;
    for result in [finished, told, stopped] {
        if let Err(error) = result {
            tracing::warn!(error = error.trace(), "source task did not end cleanly");
        }
    }
    Ok(())
}

fn work(
    task: &mut dyn SourceTask,
    pipeline: &Arc<Mutex<Pipeline>>,
    control: &Control,
    report: &mut dyn FnMut(TaskEvent),
) -> Result<()> {
    let metrics = lock(pipeline).metrics().clone();
    lock(pipeline).enter_loop();
    while !control.stopping() {
        if control.paused() {
            lock(pipeline).rest()?;
            tell(task, pipeline, control)?;
            if !pause(pipeline, control, report) {
                break;
            }
            lock(pipeline).enter_loop();
            report(TaskEvent::Running);
        }
        lock(pipeline).upkeep()?;
        tell(task, pipeline, control)?;
        if lock(pipeline).has_rest() {
            if !control.wait(SEND_FAILED_BACKOFF) {
                lock(pipeline).send_rest(&mut |topic| report(TaskEvent::Topic(topic)))?;
            }
            continue;
        }
        if !lock(pipeline).make_room()? || control.stopping() || control.paused() {
            continue;
        }
        let began = Instant::now();
        let polled = match control.calling("poll", || task.poll()) {
            Err(error) if error.kind() == ErrorKind::Retriable => {
                tracing::warn!(error = error.trace(), "poll failed, trying again");
                None
            }
            polled => polled?,
        };
        crash::point("poll");
        if let Some(batch) = &polled {
            metrics.polled(batch.len(), began.elapsed());
        }
        match polled {
            // Somebody else may run in its place by now, and reads the same again.
            Some(_) if control.abandoned() => {}
            Some(batch) => lock(pipeline).send(batch, &mut |topic| report(TaskEvent::Topic(topic)))?,
            None => {
                lock(pipeline).idle()?;
                // A task that has nothing should wait by itself; one that does not must not burn a core.
                if began.elapsed() < IDLE {
                    control.wait(IDLE);
                }
            }
        }
    }
    Ok(())
}

const IDLE: Duration = Duration::from_millis(1);
/// Wait before a batch that met passing trouble is tried again (`SEND_FAILED_BACKOFF_MS`).
const SEND_FAILED_BACKOFF: Duration = Duration::from_millis(100);
/// How often a paused task looks after what is in flight.
const PAUSED_UPKEEP: Duration = Duration::from_millis(100);
/// And after the time of its offsets, where nothing is.
const QUIET_UPKEEP: Duration = Duration::from_secs(1);

/// Waits while paused; `false`: the task is to stop.
fn pause(pipeline: &Arc<Mutex<Pipeline>>, control: &Control, report: &mut dyn FnMut(TaskEvent)) -> bool {
    if control.paused() && !control.stopping() {
        report(TaskEvent::Paused);
        let mut wait = PAUSED_UPKEEP;
        while control.wait_paused(wait) {
            let mut pipeline = lock(pipeline);
            pipeline.upkeep_aside();
            wait = if pipeline.is_quiet() { QUIET_UPKEEP } else { PAUSED_UPKEEP };
        }
    }
    !control.stopping()
}

/// Tells the task what was acknowledged and stored. Errors of it are logged only, as in Connect.
fn tell(task: &mut dyn SourceTask, pipeline: &Mutex<Pipeline>, control: &Control) -> Result<(), Error> {
    let (finished, commit) = {
        let mut pipeline = lock(pipeline);
        (pipeline.take_finished(), std::mem::take(&mut pipeline.commit_due))
    };
    for (batch, acks) in &finished {
        fatal_only(control.calling("commit", || task.commit_records(batch, acks)))?;
    }
    if commit {
        fatal_only(control.calling("commit", || task.commit()))?;
    }
    Ok(())
}

fn fatal_only(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::Panic => Err(error),
        Err(error) => {
            tracing::error!(error = error.trace(), "commit of the task failed");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
