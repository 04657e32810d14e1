//! The guard round every call of a plugin object: a panic becomes an error and the object is not
//! called again.
//!
//! It runs on the plugin's side of the boundary, because a panic must not cross it, and round the
//! classes that are linked into the host, so that both behave the same. While a task or a connector
//! is called, [`current_host`] is the host's side of its context: log events find their way by it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

use crate::api::{Host, Level};
use crate::{Cause, Error, ErrorKind, Result};

mod answering;
mod classes;

pub(crate) use answering::Answering;

/// What the panic hook saw on this thread.
struct Seen {
    place: String,
    backtrace: Option<String>,
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
    static HOST: RefCell<Option<Arc<dyn Host>>> = const { RefCell::new(None) };
}

/// The host's side of the context of the connector or task that this thread is called for.
pub fn current_host() -> Option<Arc<dyn Host>> {
    HOST.try_with(|host| host.try_borrow().ok()?.clone()).ok()?
}

/// Makes the panic hook note where a guarded call panicked instead of printing it. A panic elsewhere,
/// in a thread of the plugin, goes to the host's log; without one, it is printed as before.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                let Some(host) = crate::plugin::host() else { return previous(info) };
                let thread = std::thread::current().name().unwrap_or("without a name").to_owned();
                return host.log(Level::Error, "panic", &format!("thread {thread} {info}"));
            }
            let backtrace = std::backtrace::Backtrace::capture();
            let captured = backtrace.status() == std::backtrace::BacktraceStatus::Captured;
            let seen = Seen {
                place: info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string),
                backtrace: captured.then(|| backtrace.to_string()),
            };
            let _ = SEEN.try_with(|slot| slot.replace(Some(seen)));
        }));
    });
}

struct Depth;
impl Depth {
    fn enter() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self
    }
}
impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}

struct Calling(Option<Arc<dyn Host>>);
impl Calling {
    fn enter(host: &Option<Arc<dyn Host>>) -> Option<Self> {
        let host = host.clone()?;
        Some(Self(HOST.with(|slot| slot.replace(Some(host)))))
    }
}
impl Drop for Calling {
    fn drop(&mut self) {
        let outer = self.0.take();
        drop(HOST.with(|slot| slot.replace(outer)));
    }
}

/// Runs `call`; a panic in it is an error that says where it happened.
pub(crate) fn contain<R>(class: &str, method: &str, call: impl FnOnce() -> Result<R>) -> Result<R> {
    let depth = Depth::enter();
    let outcome = catch_unwind(AssertUnwindSafe(call));
    drop(depth);
    outcome.unwrap_or_else(|payload| Err(panicked(class, method, payload)))
}

#[cold]
fn panicked(class: &str, method: &str, payload: Box<dyn Any + Send>) -> Error {
    let text = match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => {
                // Its destructor may panic too, and nothing would catch that.
                std::mem::forget(payload);
                "a panic without a message".to_owned()
            }
        },
    };
    let seen = SEEN.with(RefCell::take);
    let (place, backtrace) = seen.map_or((None, None), |seen| (Some(seen.place), seen.backtrace));
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    let head = Error::new(ErrorKind::Panic, format!("{class}.{method} panicked{place}: {text}"));
    match backtrace {
        Some(backtrace) => head.caused_by(Error::from_parts(
            ErrorKind::Panic,
            Cause { class: "panic backtrace".into(), message: backtrace },
            Vec::new(),
            None,
        )),
        None => head,
    }
}

/// An object that is not called again once it panicked.
pub(crate) struct Guarded<T: ?Sized> {
    object: Option<Box<T>>,
    class: Arc<str>,
    host: Option<Arc<dyn Host>>,
    panicked: Cell<bool>,
}

impl<T: ?Sized> Guarded<T> {
    pub(crate) fn make(class: &Arc<str>, make: impl FnOnce() -> Result<Box<T>>) -> Result<Self> {
        install_hook();
        let object = contain(class, "new", make)?;
        Ok(Self { object: Some(object), class: class.clone(), host: None, panicked: Cell::new(false) })
    }

    /// Calls until the object ends belong to this context.
    fn belong_to(&mut self, host: &Arc<dyn Host>) {
        self.host = Some(host.clone());
    }

    #[inline]
    fn call<R>(&mut self, method: &str, call: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let object = match &mut self.object {
            Some(object) if !self.panicked.get() => &mut **object,
            _ => return Err(poisoned(&self.class, method)),
        };
        let _calling = Calling::enter(&self.host);
        note(&self.panicked, contain(&self.class, method, || call(object)))
    }

    fn ask<R>(&self, method: &str, call: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        let object = match &self.object {
            Some(object) if !self.panicked.get() => &**object,
            _ => return Err(poisoned(&self.class, method)),
        };
        let _calling = Calling::enter(&self.host);
        note(&self.panicked, contain(&self.class, method, || call(object)))
    }
}

#[inline]
fn note<R>(panicked: &Cell<bool>, outcome: Result<R>) -> Result<R> {
    if let Err(error) = &outcome
        && error.kind() == ErrorKind::Panic
    {
        panicked.set(true);
    }
    outcome
}

#[cold]
fn poisoned(class: &str, method: &str) -> Error {
    Error::new(ErrorKind::Panic, format!("{class}.{method} was not called: the object panicked earlier"))
}

impl<T: ?Sized> Drop for Guarded<T> {
    fn drop(&mut self) {
        let object = self.object.take();
        let _calling = Calling::enter(&self.host);
        let dropped = contain(&self.class, "drop", || {
            drop(object);
            Ok(())
        });
        report(dropped, self.host.clone(), &self.class);
    }
}

/// Nobody waits for what a destructor says: its panic goes to the log.
fn report(dropped: Result<()>, host: Option<Arc<dyn Host>>, class: &str) {
    if let Err(error) = dropped {
        match host.or_else(crate::plugin::host) {
            Some(host) => host.log(Level::Error, class, &error.to_string()),
            None => eprintln!("{error}"),
        }
    }
}
