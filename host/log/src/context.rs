//! In whose name something is logged: a connector's or a task's (`LoggingContext`, KIP-449).

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Weak};
use std::task::Poll;

use tracing::level_filters::LevelFilter;

use crate::level::{filter, number};

const UNSET: u8 = u8::MAX;

pub(crate) fn encode(level: Option<LevelFilter>) -> u8 {
    level.map_or(UNSET, number)
}

pub(crate) struct Shared {
    pub(crate) connector: Box<str>,
    pub(crate) task: Option<u32>,
    /// The level that was set for it, if any.
    pub(crate) level: AtomicU8,
}

impl Shared {
    pub(crate) fn logger(&self, root: &str) -> String {
        match self.task {
            Some(task) => format!("{root}.{}.task.{task}", self.connector),
            None => format!("{root}.{}", self.connector),
        }
    }
}

/// A connector or a task, as the log knows it. `Display` is Connect's `connector.context`, without brackets.
#[derive(Clone)]
pub struct Context(Arc<Shared>);

thread_local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// The level that was set for the current context.
pub(crate) fn level() -> Option<LevelFilter> {
    // An event of a destructor of the thread's own has no context.
    CURRENT.try_with(|current| current.try_borrow().ok()?.as_ref()?.level()).ok().flatten()
}

impl Context {
    pub(crate) fn new(connector: &str, task: Option<u32>) -> Self {
        Self(Arc::new(Shared { connector: connector.into(), task, level: AtomicU8::new(UNSET) }))
    }

    pub(crate) fn set(&self, level: Option<LevelFilter>) {
        self.0.level.store(encode(level), Ordering::Relaxed);
    }

    pub(crate) fn downgrade(&self) -> Weak<Shared> {
        Arc::downgrade(&self.0)
    }

    /// The level that was set for it.
    pub(crate) fn level(&self) -> Option<LevelFilter> {
        let number = self.0.level.load(Ordering::Relaxed);
        (number != UNSET).then(|| filter(number))
    }

    /// The context of this thread.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|current| current.try_borrow().ok()?.clone()).ok().flatten()
    }

    /// The connector.
    pub fn connector(&self) -> &str {
        &self.0.connector
    }

    /// The number of the task, where it is one.
    pub fn task(&self) -> Option<u32> {
        self.0.task
    }

    /// What this thread logs is logged in this name until the guard goes.
    pub fn enter(&self) -> Entered {
        let before = CURRENT.try_with(|current| current.replace(Some(self.clone())));
        Entered { before: before.ok().flatten(), thread: std::marker::PhantomData }
    }

    /// What this thread logs is logged in nobody's name until the guard goes.
    pub fn leave() -> Entered {
        let before = CURRENT.try_with(|current| current.replace(None));
        Entered { before: before.ok().flatten(), thread: std::marker::PhantomData }
    }

    /// What `future` logs is logged in this name.
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped { context: self, future: Box::pin(future) }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.task {
            Some(task) => write!(f, "{}|task-{task}", self.0.connector),
            None => write!(f, "{}|worker", self.0.connector),
        }
    }
}

/// While it lives, the thread logs in a context's name; then in the one before.
#[must_use = "the context ends with this guard"]
pub struct Entered {
    before: Option<Context>,
    /// It belongs to its thread.
    thread: std::marker::PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = CURRENT.try_with(|current| current.replace(before));
    }
}

/// A future that logs in a context's name.
pub struct Scoped<F> {
    context: Context,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let _entered = self.context.enter();
        self.future.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn current() -> Option<String> {
        Context::current().map(|context| context.to_string())
    }

    #[test]
    fn contexts_are_entered_and_left() {
        let (task, connector) = (Context::new("a", Some(3)), Context::new("b", None));
        assert_eq!(current(), None);
        let outer = task.enter();
        {
            let _inner = connector.enter();
            assert_eq!(current().as_deref(), Some("b|worker"));
            let left = Context::leave();
            assert_eq!(current(), None);
            drop(left);
            assert_eq!(current().as_deref(), Some("b|worker"));
        }
        assert_eq!(current().as_deref(), Some("a|task-3"));
        drop(outer);
        assert_eq!(current(), None);
        let mut scoped = connector.scope(async { current() });
        let mut cx = std::task::Context::from_waker(Waker::noop());
        assert_eq!(Pin::new(&mut scoped).poll(&mut cx), Poll::Ready(Some("b|worker".to_owned())));
        assert_eq!(current(), None);
    }
}
