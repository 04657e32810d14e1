//! One running connector object; calls into it are made on a thread of its own (`WorkerConnector`).

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_log::Loggers;
use ferry_plugin_abi::api::{Connector, ConnectorContext, Factory, Host, Level, PluginClass};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::metrics::MetricsHost;
use ferry_plugin_abi::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use crate::executor::{Control, PluginLog, lock};
use crate::metrics::PluginScope;
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
    Start,
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
    pub(super) metrics: Arc<PluginScope>,
    pub(super) tell: Tell,
}

/// A connector object that was started.
pub(super) struct Instance {
    pub(super) number: u64,
    control: Arc<Control>,
    metrics: Arc<PluginScope>,
    work: Arc<Work>,
    ended: oneshot::Receiver<()>,
}

/// What is to be done with the object, in order. A thread does it, which is there as long as there is something:
/// connectors do nothing for most of their lives.
struct Work {
    number: u64,
    name: Arc<str>,
    tell: Tell,
    orders: Mutex<Orders>,
    object: Mutex<Object>,
}

#[derive(Default)]
struct Orders {
    waiting: VecDeque<Order>,
    /// A thread is at it.
    busy: bool,
}

struct Object {
    /// What it is made of, before it is made.
    start: Option<Start>,
    control: Arc<Control>,
    metrics: Arc<PluginScope>,
    /// `None` before it was started, and after it ended.
    connector: Option<Box<dyn Connector>>,
    /// Tells that it ended.
    end: Option<oneshot::Sender<()>>,
}

struct ConnectorHost {
    name: Arc<str>,
    log: PluginLog,
    number: u64,
    control: Arc<Control>,
    offsets: Option<Arc<dyn OffsetStore>>,
    metrics: Arc<PluginScope>,
    tell: Tell,
}

impl Host for ConnectorHost {
    fn log_enabled(&self, level: Level) -> bool {
        self.log.enabled(level)
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        self.log.log(level, target, message);
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
    fn metrics(&self) -> Arc<dyn MetricsHost> {
        self.metrics.clone()
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
        let (end, ended) = oneshot::channel();
        let control = Arc::new(Control::new(false));
        let (number, name, tell) = (start.number, start.name.clone(), start.tell.clone());
        let metrics = start.metrics.clone();
        let object = Object {
            start: Some(start),
            control: control.clone(),
            metrics: metrics.clone(),
            connector: None,
            end: Some(end),
        };
        let (orders, object) = (Mutex::default(), Mutex::new(object));
        let work = Arc::new(Work { number, name, tell, orders, object });
        work.order(Order::Start)?;
        Ok(Self { number, control, metrics, work, ended })
    }

    /// Asks for task configurations; they are told.
    pub(super) fn task_configs(&self, max_tasks: usize) {
        if let Err(error) = self.work.order(Order::TaskConfigs(max_tasks)) {
            (self.work.tell)(self.number, Told::TaskConfigs(Err(error)));
        }
    }

    /// Stops it, or gives it up after a while. It tells nothing any more that counts.
    pub(super) async fn stop(self) {
        self.control.stop();
        let stopping = self.work.order(Order::Stop);
        if stopping.is_err() || tokio::time::timeout(GRACE, self.ended).await.is_err() {
            tracing::error!(connector = &*self.work.name, "connector did not stop in time and was given up");
            self.metrics.close();
        }
    }
}

impl Work {
    /// Has an order carried out after those before it.
    fn order(self: &Arc<Self>, order: Order) -> Result<()> {
        let mut orders = lock(&self.orders);
        orders.waiting.push_back(order);
        if !orders.busy {
            let work = self.clone();
            std::thread::Builder::new()
                .name(format!("connector-{}", self.name))
                .spawn(move || work.carry_out())
                .map_err(|error| {
                    orders.waiting.pop_back();
                    Error::fatal("cannot start a thread for the connector").source(&error)
                })?;
            orders.busy = true;
        }
        Ok(())
    }

    fn carry_out(&self) {
        let _entered = Loggers::of_process().context(&self.name, None).enter();
        let mut object = lock(&self.object);
        loop {
            let order = {
                let mut orders = lock(&self.orders);
                let Some(order) = orders.waiting.pop_front() else {
                    orders.busy = false;
                    return;
                };
                order
            };
            match order {
                Order::Start => object.start(&self.name),
                Order::TaskConfigs(most) => {
                    let Some(connector) = &mut object.connector else { continue };
                    let configs = guarded(|| connector.task_configs(most));
                    let poisoned = matches!(&configs, Err(error) if error.kind() == ErrorKind::Panic);
                    (self.tell)(self.number, Told::TaskConfigs(configs));
                    if poisoned {
                        object.end(true, &self.name);
                    }
                }
                Order::Stop => object.end(false, &self.name),
            }
        }
    }
}

impl Object {
    fn start(&mut self, connector: &str) {
        let Some(Start { name, number, class, config, offsets, metrics, tell }) = self.start.take() else {
            return;
        };
        let control = self.control.clone();
        let log = PluginLog::new(&name, None, &class.class);
        let host = ConnectorHost { name, log, number, control, offsets, metrics, tell: tell.clone() };
        let mut object = match guarded(|| make(&class)) {
            Ok(object) => object,
            Err(error) => {
                tell(number, Told::Started(Err(error)));
                return self.end(false, connector);
            }
        };
        let context = ConnectorContext::new(Arc::new(host));
        let started = guarded(|| object.start(context, &config));
        self.connector = Some(object);
        let failed = started.as_ref().err().map(Error::kind);
        tell(number, Told::Started(started));
        if let Some(kind) = failed {
            // One that did not start is asked nothing any more.
            self.end(kind == ErrorKind::Panic, connector);
        }
    }

    /// After a panic (`poisoned`) an object is in no state to be called again.
    fn end(&mut self, poisoned: bool, name: &str) {
        let connector = self.connector.take();
        let ended = guarded(|| {
            let Some(mut connector) = connector else { return Ok(()) };
            if poisoned { Ok(()) } else { connector.stop() }
        });
        if let Err(error) = ended {
            tracing::warn!(connector = name, error = error.trace(), "connector failed to stop");
        }
        self.metrics.close();
        if let Some(end) = self.end.take() {
            // Nobody waits any more if it took too long.
            let _ = end.send(());
        }
    }
}
