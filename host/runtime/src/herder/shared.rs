//! The connectors of a standalone worker, and what they share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ferry_log::{Context, Loggers};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{Error, Result as PluginResult};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::actor::{Actor, Message, Reply, Slot, Snapshot, Target};
use super::status::Statuses;
use super::{Answer, ConnectorType, Created, HerderError, Result, Write};
use crate::environment::Environment;
use crate::executor::{Executor, lock};

/// What all connectors of the worker share.
pub(super) struct Shared {
    pub(super) env: Arc<Environment>,
    pub(super) statuses: Arc<Statuses>,
    pub(super) runtime: Handle,
    pub(super) executor: Arc<dyn Executor>,
    pub(super) connectors: Mutex<BTreeMap<Arc<str>, Arc<Slot>>>,
}

impl Shared {
    pub(super) fn executor(&self) -> Arc<dyn Executor> {
        self.executor.clone()
    }

    /// Runs something that may take its time on a thread of its own.
    pub(super) async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> PluginResult<T> + Send + 'static,
    ) -> PluginResult<T> {
        off_thread(work).await
    }

    pub(super) fn slot(&self, name: &str) -> Option<Arc<Slot>> {
        lock(&self.connectors).get(name).cloned()
    }

    /// Tells a connector something; `false` if there is none of this name.
    pub(super) fn tell(&self, name: &str, message: Message) -> bool {
        // Under the lock, so that nobody who leaves the map misses a message.
        match lock(&self.connectors).get(name) {
            Some(slot) => slot.sender.send(message).is_ok(),
            None => false,
        }
    }

    /// Creates or updates a connector whose configuration was validated.
    pub(super) fn put(self: &Arc<Self>, name: &str, config: ConfigMap, write: Write, reply: Reply<Created>) {
        let mut connectors = lock(&self.connectors);
        let initial = match (connectors.get(name), write) {
            (Some(slot), Write::Put(condition)) => {
                // It cannot have ended: it leaves the map first.
                let _ = slot.sender.send(Message::Put { config, condition, reply });
                return;
            }
            (Some(_), Write::Create(_)) => {
                let _ = reply.send(Err(HerderError::exists(format!("Connector {name} already exists"))));
                return;
            }
            (None, Write::Create(initial)) => initial,
            (None, Write::Put(condition)) => match condition.check(name, None) {
                Ok(()) => None,
                Err(refused) => {
                    let _ = reply.send(Err(refused));
                    return;
                }
            },
        };
        let name: Arc<str> = name.into();
        let (sender, inbox) = mpsc::unbounded_channel();
        let kind = ConnectorType::Unknown;
        let snapshot = Snapshot { config: config.clone(), kind, target: Target::Started, tasks: Vec::new() };
        let slot = Arc::new(Slot { sender, snapshot: Mutex::new(snapshot) });
        self.statuses.known(&name, kind, None);
        let context = Loggers::of_process().context(&name, None);
        let actor = Actor::new(name.clone(), self.clone(), slot.clone(), inbox);
        let _ = slot.sender.send(Message::Create { config, initial, reply });
        connectors.insert(name, slot);
        // What happens to it is logged in its name.
        self.runtime.spawn(context.scope(actor.run()));
    }

    /// Forgets a connector; what it was told and has not done yet is returned.
    pub(super) fn remove(&self, name: &str, inbox: &mut mpsc::UnboundedReceiver<Message>) -> Vec<Message> {
        let mut connectors = lock(&self.connectors);
        connectors.remove(name);
        self.statuses.forget(name);
        self.env.taps.end(name);
        self.env.metrics.forget_connector(name);
        std::iter::from_fn(|| inbox.try_recv().ok()).collect()
    }
}

/// Runs something that may take its time, or never return, on a thread of its own.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> PluginResult<T> + Send + 'static,
) -> PluginResult<T> {
    let (reply, answer) = oneshot::channel();
    let context = Context::current();
    let spawned = std::thread::Builder::new().name("herder".to_owned()).spawn(move || {
        let _entered = context.as_ref().map(Context::enter);
        let _ = reply.send(super::instance::guarded(work));
    });
    if let Err(error) = spawned {
        return Err(Error::fatal("cannot start a thread").source(&error));
    }
    answer.await.unwrap_or_else(|_| Err(Error::fatal("the thread ended without an answer")))
}

/// The answer of work that may ask plugins, config providers or brokers. A refusal quotes no secrets.
pub(super) fn aside<T: Send + 'static>(
    env: &Arc<Environment>,
    work: impl FnOnce(&Environment) -> Result<T> + Send + 'static,
) -> Answer<T> {
    let env = env.clone();
    Box::pin(async move {
        let secrets = env.worker.providers.secrets().clone();
        let done = off_thread(move || Ok(work(&env))).await;
        let done = done.unwrap_or_else(|error| Err(HerderError::internal(error.to_string())));
        done.map_err(|error| HerderError { message: secrets.hide(&error.message).into_owned(), ..error })
    })
}
