//! Tasks on threads: one each, and one supervisor for all.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use ferry_log::{Context, Loggers};
use ferry_plugin_abi::api::ClassKind;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::assemble::{Assembled, assemble};
use super::{Aside, Control, Executor, TaskEvent, TaskId, TaskListener, TaskSpec, lock};
use crate::environment::Environment;
use crate::herder::State;
use crate::metrics::{TaskKind, TaskMetrics};
use crate::source;

/// Runs each task on a thread of this process.
pub struct ThreadExecutor {
    shared: Arc<Shared>,
}

struct Shared {
    environment: Arc<Environment>,
    listener: Weak<dyn TaskListener>,
    running: Mutex<HashMap<TaskId, Running>>,
}

struct Running {
    control: Arc<Control>,
    metrics: Arc<TaskMetrics>,
    aside: Option<Arc<Mutex<dyn Aside>>>,
    /// Whether the listener was told that the current call is stuck.
    stuck: bool,
    /// What is logged for it is logged in this name.
    context: Context,
}

/// How often the supervisor looks at each task.
const SUPERVISION: Duration = Duration::from_millis(200);

impl ThreadExecutor {
    /// An executor whose tasks report to `listener`.
    pub fn new(environment: Arc<Environment>, listener: Weak<dyn TaskListener>) -> Self {
        let shared = Arc::new(Shared { environment, listener, running: Mutex::default() });
        let watched = Arc::downgrade(&shared);
        let spawned = thread::Builder::new().name("supervisor".to_owned()).spawn(move || supervise(&watched));
        if let Err(error) = spawned {
            tracing::error!(error = %error, "no supervisor thread: stuck calls are not reported");
        }
        Self { shared }
    }
}

impl Executor for ThreadExecutor {
    fn start(&self, spec: TaskSpec) {
        let control = Arc::new(Control::new(spec.paused));
        let id = spec.id.clone();
        let metrics = self.shared.environment.metrics.task(&id, self.shared.kind(&spec), spec.paused);
        let context = Loggers::of_process().context(&id.connector, Some(id.task));
        let entry = Running {
            control: control.clone(),
            metrics: metrics.clone(),
            aside: None,
            stuck: false,
            context: context.clone(),
        };
        lock(&self.shared.running).insert(id.clone(), entry);
        let shared = self.shared.clone();
        // Linux shows 15 characters: the end of the name tells tasks apart.
        let name: String =
            id.to_string().chars().rev().take(15).collect::<Vec<_>>().into_iter().rev().collect();
        let (own, told) = (control.clone(), metrics.clone());
        let spawned = thread::Builder::new().name(name).spawn(move || {
            let _entered = context.enter();
            shared.run(&spec, &own, &told);
        });
        if let Err(error) = spawned {
            self.shared.end(
                &metrics,
                &control,
                Err(Error::fatal(format!("cannot start a thread for task {id}: {error}"))),
            );
        }
    }

    fn set_paused(&self, id: &TaskId, paused: bool) {
        if let Some(task) = lock(&self.shared.running).get(id) {
            task.control.set_paused(paused);
        }
    }

    fn stop(&self, ids: &[TaskId], timeout: Duration) -> Vec<TaskId> {
        let waiting: Vec<_> = {
            let running = lock(&self.shared.running);
            ids.iter().filter_map(|id| Some((id, running.get(id)?.control.clone()))).collect()
        };
        waiting.iter().for_each(|(_, control)| control.stop());
        let began = Instant::now();
        for (_, control) in &waiting {
            control.wait_ended(timeout.saturating_sub(began.elapsed()));
        }
        let mut running = lock(&self.shared.running);
        let mut late = Vec::new();
        for (id, control) in waiting {
            // It may have ended just now.
            if running.get(id).is_some_and(|task| Arc::ptr_eq(&task.control, &control)) {
                control.abandon();
                let Some(task) = running.remove(id) else { continue };
                task.metrics.close_plugins();
                if let Some(Ok(mut aside)) = task.aside.as_ref().map(|aside| aside.try_lock()) {
                    aside.abandon();
                }
                tracing::error!(task = %id, call = control.current_call().map(|(call, _)| call), "task did not stop in time and was abandoned");
                self.shared.environment.metrics.task_abandoned();
                late.push(id.clone());
            }
        }
        drop(running);
        // What failed is measured until somebody stops it, as in Connect.
        ids.iter().for_each(|id| self.shared.environment.metrics.forget_task(id));
        late
    }
}

impl Shared {
    fn kind(&self, spec: &TaskSpec) -> TaskKind {
        match spec.class.kind() {
            ClassKind::Source => {
                TaskKind::Source { exactly_once: self.environment.worker.exactly_once.is_some() }
            }
            _ => TaskKind::Sink,
        }
    }

    fn report(&self, task: &TaskMetrics, control: &Control, event: TaskEvent) {
        if control.abandoned() {
            return;
        }
        let (state, start) = match &event {
            TaskEvent::Running => (Some(State::Running), Some(true)),
            TaskEvent::Paused => (Some(State::Paused), None),
            TaskEvent::Failed(_) => (Some(State::Failed), Some(false)),
            TaskEvent::Stopped => (Some(State::Unassigned), None),
            TaskEvent::Stuck { .. } | TaskEvent::Topic(_) => (None, None),
        };
        if let Some(state) = state {
            task.state(state);
        }
        if let Some(success) = start.filter(|_| task.first_start()) {
            self.environment.metrics.task_start(success);
        }
        if let Some(listener) = self.listener.upgrade() {
            listener.on_event(&task.id, event);
        }
    }

    fn run(&self, spec: &TaskSpec, control: &Arc<Control>, metrics: &Arc<TaskMetrics>) {
        let result = catch_unwind(AssertUnwindSafe(|| self.run_task(spec, control, metrics))).unwrap_or_else(
            |panic| Err(Error::new(ErrorKind::Panic, format!("the task panicked: {}", panic_text(&*panic)))),
        );
        self.end(metrics, control, result);
    }

    fn run_task(&self, spec: &TaskSpec, control: &Arc<Control>, metrics: &Arc<TaskMetrics>) -> Result<()> {
        let mut report = |event| self.report(metrics, control, event);
        match assemble(&self.environment, spec, control, metrics)? {
            Assembled::Source { mut task, context, pipeline } => {
                self.share(spec, control, pipeline.clone());
                let timeout = self.environment.worker.offset_flush_timeout;
                let result =
                    source::run(&mut *task, context, &spec.config, &pipeline, control, timeout, &mut report);
                // A destructor of the plugin may panic or hang too: it is still the task's time.
                control.calling("stop", || drop(task));
                result
            }
            Assembled::Sink { run, context } => {
                self.share(spec, control, run.intake());
                run.run(context, &spec.config, &mut report)
            }
        }
    }

    /// From now on the supervisor looks after this half of the task.
    fn share(&self, spec: &TaskSpec, control: &Arc<Control>, aside: Arc<Mutex<dyn Aside>>) {
        if let Some(running) = lock(&self.running).get_mut(&spec.id)
            && Arc::ptr_eq(&running.control, control)
        {
            running.aside = Some(aside);
        }
    }

    /// The last thing a task's thread does. It reports before it leaves the map: whoever waits in
    /// [`Executor::stop`] must not be overtaken by a late event of the old task.
    fn end(&self, metrics: &TaskMetrics, control: &Arc<Control>, result: Result<()>) {
        let id = &metrics.id;
        metrics.close_plugins();
        match result {
            Err(error) if control.stopping() => {
                tracing::warn!(error = error.trace(), "task failed while it was being stopped");
                self.report(metrics, control, TaskEvent::Stopped);
            }
            Err(error) => {
                tracing::error!(task = %id, error = error.trace(), "task failed");
                self.report(metrics, control, TaskEvent::Failed(error));
            }
            Ok(()) => self.report(metrics, control, TaskEvent::Stopped),
        }
        let mut running = lock(&self.running);
        if running.get(id).is_some_and(|task| Arc::ptr_eq(&task.control, control)) {
            running.remove(id);
        }
        drop(running);
        control.end();
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// `poll` may wait for its source as long as it likes.
fn is_stuck(call: &str, since: Duration, limit: Duration) -> bool {
    call != "poll" && since > limit
}

/// Does what takes long on a thread of its own: no other task may wait for this one's broker.
fn catch_up(aside: Arc<Mutex<dyn Aside>>, context: Context) {
    let work = move || {
        let _entered = context.enter();
        lock(&aside).catch_up();
    };
    if let Err(error) = thread::Builder::new().name("catch-up".to_owned()).spawn(work) {
        tracing::error!(error = %error, "no thread to commit a transaction that is due");
    }
}

/// Looks after tasks whose thread is busy: stores their offsets, keeps their group membership, reports stuck calls.
fn supervise(shared: &Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        let began = Instant::now();
        let limit = shared.environment.worker.stuck_after;
        let mut news = Vec::new();
        let mut shared_halves = Vec::new();
        for (id, task) in lock(&shared.running).iter_mut() {
            let call = task.control.current_call();
            if !task.control.is_quiet() {
                let context = || task.context.clone();
                shared_halves.extend(task.aside.clone().map(|aside| (aside, call.is_some(), context())));
            }
            match call {
                Some((call, since)) if is_stuck(call, since, limit) && task.stuck => {}
                Some((call, since)) if is_stuck(call, since, limit) => {
                    task.stuck = true;
                    let _entered = task.context.enter();
                    tracing::warn!(task = %id, call, "a call into the plugin does not return");
                    news.push((task.metrics.clone(), task.control.clone(), TaskEvent::Stuck { call, since }));
                }
                _ if std::mem::take(&mut task.stuck) => {
                    let _entered = task.context.enter();
                    tracing::info!(task = %id, "the call into the plugin returned");
                    let event = if task.control.paused() { TaskEvent::Paused } else { TaskEvent::Running };
                    news.push((task.metrics.clone(), task.control.clone(), event));
                }
                _ => {}
            }
        }
        for (aside, inside, context) in shared_halves {
            // What is in use is looked after by who uses it.
            let Ok(mut held) = aside.try_lock() else { continue };
            let _entered = context.enter();
            held.look_after(inside);
            if inside && held.is_overdue() {
                drop(held);
                catch_up(aside, context.clone());
            }
        }
        for (metrics, control, event) in news {
            shared.report(&metrics, &control, event);
        }
        drop(shared);
        thread::park_timeout(SUPERVISION.saturating_sub(began.elapsed()));
    }
}
