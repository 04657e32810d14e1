//! One running connector object on a thread of its own (`WorkerConnector`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use ferry_plugin_abi::api::{Connector, ConnectorContext, Factory, Host, Level, PluginClass};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use crate::executor::{Control, log, log_enabled};
use crate::stores::OffsetStore;

/// Time for `Connector::stop` (`CONNECTOR_GRACEFUL_SHUTDOWN_TIMEOUT_MS`).
const GRACE: Duration = Duration::from_secs(5);

/// What an instance tells the one who started it; the number is that of the instance.
#[derive(Debug)]
pub(super) enum Told {
    /// `start` has returned.
    Started(Result<()>),
    /// `task_configs` has returned.
    TaskConfigs(Result<Vec<ConfigMap>>),
    /// It asks for `task_configs` to be called.
    Reconfigure,
    /// It failed by itself.
    Raised(Error),
}

/// Where an instance tells; may be called from any thread and must not block.
pub(super) type Tell = Arc<dyn Fn(u64, Told) + Send + Sync>;

enum Order {
    TaskConfigs(usize),
    Stop,
}

/// What an instance needs.
pub(super) struct Start {
    pub(super) name: Arc<str>,
    pub(super) number: u64,
    pub(super) class: Arc<PluginClass>,
    pub(super) config: ConfigMap,
    pub(super) offsets: Option<Arc<dyn OffsetStore>>,
    pub(super) tell: Tell,
}

/// A connector object that was started.
pub(super) struct Instance {
    pub(super) number: u64,
    name: Arc<str>,
    orders: mpsc::Sender<Order>,
    control: Arc<Control>,
    ended: oneshot::Receiver<()>,
}

struct ConnectorHost {
    name: Arc<str>,
    number: u64,
    control: Arc<Control>,
    offsets: Option<Arc<dyn OffsetStore>>,
    tell: Tell,
}

impl Host for ConnectorHost {
    fn log_enabled(&self, level: Level) -> bool {
        log_enabled(level)
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        log(level, &self.name, None, target, message);
    }
    fn stopping(&self) -> bool {
        self.control.stopping()
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.control.wait(timeout)
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        match &self.offsets {
            Some(offsets) => offsets.get(&self.name, partitions),
            None => Err(Error::fatal("a sink connector has no source offsets")),
        }
    }
    fn request_task_reconfiguration(&self) {
        (self.tell)(self.number, Told::Reconfigure);
    }
    fn raise_error(&self, error: Error) {
        (self.tell)(self.number, Told::Raised(error));
    }
}

/// Calls plugin code that may be linked into the worker, where nobody else stops a panic.
pub(super) fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::new(ErrorKind::Panic, format!("the connector panicked: {}", text.unwrap_or_default())))
    })
}

/// Makes a connector object of a class.
pub(super) fn make(class: &PluginClass) -> Result<Box<dyn Connector>> {
    match &class.factory {
        Factory::Source { connector, .. } | Factory::Sink { connector, .. } => connector(),
        _ => Err(Error::config(format!("{} is no connector", class.class))),
    }
}

impl Instance {
    /// Starts an object on a new thread and returns at once; the rest is told.
    pub(super) fn start(start: Start) -> Result<Self> {
        let (orders, inbox) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let control = Arc::new(Control::new(false));
        let (number, name) = (start.number, start.name.clone());
        let own = control.clone();
        std::thread::Builder::new()
            .name(format!("connector-{name}"))
            .spawn(move || {
                run(start, &own, &inbox);
                // Nobody waits any more if it took too long.
                let _ = end.send(());
            })
            .map_err(|error| Error::fatal("cannot start a thread for the connector").source(&error))?;
        Ok(Self { number, name, orders, control, ended })
    }

    /// Asks for task configurations; they are told.
    pub(super) fn task_configs(&self, max_tasks: usize) {
        // A thread that has ended has told why.
        let _ = self.orders.send(Order::TaskConfigs(max_tasks));
    }

    /// Stops it, or gives it up after a while. It tells nothing any more that counts.
    pub(super) async fn stop(self) {
        self.control.stop();
        let _ = self.orders.send(Order::Stop);
        if tokio::time::timeout(GRACE, self.ended).await.is_err() {
            tracing::error!(connector = &*self.name, "connector did not stop in time and was given up");
        }
    }
}

fn run(start: Start, control: &Arc<Control>, inbox: &mpsc::Receiver<Order>) {
    let Start { name, number, class, config, offsets, tell } = start;
    let host =
        ConnectorHost { name: name.clone(), number, control: control.clone(), offsets, tell: tell.clone() };
    let mut connector = match guarded(|| make(&class)) {
        Ok(connector) => connector,
        Err(error) => return tell(number, Told::Started(Err(error))),
    };
    let context = ConnectorContext::new(Arc::new(host));
    let started = guarded(|| connector.start(context, &config));
    let mut poisoned = matches!(&started, Err(error) if error.kind() == ErrorKind::Panic);
    let failed = started.is_err();
    tell(number, Told::Started(started));
    // One that did not start, or panicked, is asked nothing any more.
    while !failed && !poisoned {
        let Ok(Order::TaskConfigs(max_tasks)) = inbox.recv() else { break };
        let configs = guarded(|| connector.task_configs(max_tasks));
        poisoned = matches!(&configs, Err(error) if error.kind() == ErrorKind::Panic);
        tell(number, Told::TaskConfigs(configs));
    }
    let ended = guarded(|| {
        // After a panic an object is in no state to be called again.
        let stopped = if poisoned { Ok(()) } else { connector.stop() };
        drop(connector);
        stopped
    });
    if let Err(error) = ended {
        tracing::warn!(connector = &*name, error = error.trace(), "connector failed to stop");
    }
}
