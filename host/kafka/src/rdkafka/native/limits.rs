//! Asking brokers what their topics take at once, beside the sending.

use super::event::Event;
use super::handle::{Handle, c_string, millis};
use super::topic_config;
use crate::rdkafka::window::Window;
use crate::{ErrorKind, Result};
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaAdminOp as Op;
use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a question that was not answered waits for the next (`retry.backoff.ms`): a new topic is not known to
/// all brokers at once, and connections break.
const BACKOFF: Duration = Duration::from_millis(100);

/// The topics of one producing client, and what is known of their limits.
pub(super) struct Limits {
    servers: String,
    /// Bytes that a batch may hold at most.
    batch: usize,
    /// How long an answer may take.
    timeout: Duration,
    state: Mutex<State>,
    /// Whether there are questions.
    asking: AtomicBool,
}

#[derive(Default)]
struct State {
    windows: HashMap<Box<str>, Arc<Window>>,
    questions: Vec<Question>,
    /// For the answers; made with the first question.
    queue: Option<Queue>,
}

/// A topic whose limit is asked for.
struct Question {
    window: Arc<Window>,
    /// When to ask; `None`: it was asked.
    due: Option<Instant>,
}

struct Queue(NonNull<sys::rd_kafka_queue_t>);

// SAFETY: queues may be used by any thread; this one is freed before its client (see `Limits::close`).
unsafe impl Send for Queue {}

impl Limits {
    /// For a client of the cluster at `servers` whose batches have up to `batch` bytes; answers may take up to
    /// `timeout`.
    pub(super) fn new(servers: String, batch: usize, timeout: Duration) -> Self {
        Self { servers, batch, timeout, state: Mutex::default(), asking: AtomicBool::new(false) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The window of a topic, the same for all who send to it through this client. It lives as long as this does.
    pub(super) fn window(&self, topic: &str) -> Arc<Window> {
        let mut state = self.state();
        if let Some(window) = state.windows.get(topic) {
            return window.clone();
        }
        let window = Arc::new(Window::new(&self.servers, topic, self.batch));
        state.windows.insert(topic.into(), window.clone());
        window
    }

    /// How many topics nobody sends to any more.
    pub(super) fn forgotten(&self) -> usize {
        self.state().windows.values().filter(|window| Arc::strong_count(window) == 1).count()
    }

    /// Asks for the limit of a topic where it is not known.
    pub(super) fn ask(&self, window: &Arc<Window>) {
        if window.is_unknown() {
            let mut state = self.state();
            if !state.questions.iter().any(|question| Arc::ptr_eq(&question.window, window)) {
                state.questions.push(Question { window: window.clone(), due: Some(Instant::now()) });
                self.asking.store(true, Ordering::Release);
            }
        }
    }

    /// Takes in what was answered, and asks again what was not.
    pub(super) fn look(&self, handle: &Handle) {
        if !self.asking.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        while let Some((at, limit)) = state.next_answer() {
            match limit {
                Err(error) if may_pass(error.kind()) => {
                    state.questions[at].due = Some(Instant::now() + BACKOFF);
                }
                limit => {
                    let window = state.questions.swap_remove(at).window;
                    if let Err(error) = &limit {
                        tracing::debug!(error = %error, "taken to accept batches of any size");
                    }
                    window.settle(limit.ok().flatten());
                }
            }
        }
        let now = Instant::now();
        for at in 0..state.questions.len() {
            if state.questions[at].due.is_some_and(|due| due <= now) {
                state.send(handle, at, self.timeout);
            }
        }
        self.asking.store(!state.questions.is_empty(), Ordering::Release);
    }

    /// Frees what belongs to the client; before the client goes.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.questions.clear();
        if let Some(queue) = state.queue.take() {
            // SAFETY: owned; answers that are still to come are dropped by librdkafka.
            unsafe { sys::rd_kafka_queue_destroy(queue.0.as_ptr()) };
        }
    }
}

/// Whether the same question may be answered later. A broker that says nothing at all is not asked again.
fn may_pass(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Retriable | ErrorKind::UnknownTopic)
}

impl State {
    /// The next answer: which question it is for, and the topic's `max.message.bytes` where it says so.
    fn next_answer(&mut self) -> Option<(usize, Result<Option<usize>>)> {
        let queue = self.queue.as_ref()?;
        // SAFETY: the queue is live; the event is ours, and the pointer is compared and not followed.
        let (event, about) = unsafe {
            let event = Event::own(sys::rd_kafka_queue_poll(queue.0.as_ptr(), 0))?;
            let about = sys::rd_kafka_event_opaque(event.ptr()).cast_const().cast::<Window>();
            (event, about)
        };
        let at = self.questions.iter().position(|question| Arc::as_ptr(&question.window) == about)?;
        let what = format!("cannot read the settings of topic {}", self.questions[at].window.topic());
        let settings = topic_config::answer(&event, &what);
        Some((at, settings.map(|settings| settings.get("max.message.bytes")?.parse().ok())))
    }

    fn send(&mut self, handle: &Handle, at: usize, timeout: Duration) {
        let question = &mut self.questions[at];
        question.due = None;
        let Ok(name) = c_string(question.window.topic()) else { return };
        let about = Arc::as_ptr(&question.window).cast_mut().cast::<c_void>();
        // SAFETY: the client is live, and the options until the request has copied them; the queue lives until
        // `close`. What is asked about is only a number to librdkafka.
        unsafe {
            let queue = self.queue.get_or_insert_with(|| {
                let made = sys::rd_kafka_queue_new(handle.ptr());
                Queue(NonNull::new(made).expect("librdkafka is out of memory"))
            });
            let options = sys::rd_kafka_AdminOptions_new(handle.ptr(), Op::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
            sys::rd_kafka_AdminOptions_set_opaque(options, about);
            // The range is librdkafka's; a refused value leaves its default of a minute.
            let (limit, mut text) = (millis(timeout).clamp(1, 3_600_000), [0 as c_char; 256]);
            let _ =
                sys::rd_kafka_AdminOptions_set_request_timeout(options, limit, text.as_mut_ptr(), text.len());
            topic_config::ask(handle, &name, options, queue.0.as_ptr());
            sys::rd_kafka_AdminOptions_destroy(options);
        }
    }
}
