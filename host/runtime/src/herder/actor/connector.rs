//! The connector object itself: made from the plan, heard, ended, and made again.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ferry_config::ConnectorConfig;
use ferry_config::connector::unknown_settings;
use ferry_config::connector_file::InitialState;
use ferry_config::providers::substitute::Resolved;
use ferry_plugin_abi::Error;
use ferry_plugin_abi::config::ConfigMap;

use super::{Actor, Message, Reply, Target, Waiting};
use crate::exactly_once;
use crate::herder::instance::{Instance, Start, Told};
use crate::herder::restart::chance;
use crate::herder::status::millis;
use crate::herder::{ConnectorType, Created, HerderError, NextRestart, State, plan};
use crate::metrics::Owner;

/// A provider that says "at once" would keep its connector from ever running.
const SHORTEST_TTL: Duration = Duration::from_millis(100);

impl Actor {
    pub(super) async fn create(
        &mut self,
        config: ConfigMap,
        initial: Option<InitialState>,
        reply: Reply<Created>,
    ) {
        self.snapshot(|snapshot| {
            snapshot.target = match initial {
                None | Some(InitialState::Running) => Target::Started,
                Some(InitialState::Paused) => Target::Paused,
                Some(InitialState::Stopped) => Target::Stopped,
            };
        });
        self.put(config, true, reply).await;
    }

    pub(super) async fn put(&mut self, config: ConfigMap, created: bool, reply: Reply<Created>) {
        self.own_restarts.reset();
        self.stop_instance().await;
        self.snapshot(|snapshot| snapshot.config = config);
        self.start_instance(Some(Waiting::Put { created, reply })).await;
        self.warn_of_unknown_settings();
    }

    /// Once for each configuration, however often the connector starts with it.
    pub(super) fn warn_of_unknown_settings(&self) {
        let Some(plan) = &self.plan else { return };
        let written = self.snapshot(|snapshot| snapshot.config.clone());
        for remark in unknown_settings(plan.connector.kind, &plan.class.config, &written) {
            tracing::warn!(connector = &*self.name, "{remark}");
        }
    }

    /// Makes the plan and, if that is wanted, an instance. Without one, whoever waits is answered.
    pub(super) async fn start_instance(&mut self, waiting: Option<Waiting>) {
        let (config, target) = self.snapshot(|snapshot| (snapshot.config.clone(), snapshot.target));
        let (env, name) = (self.shared.env.clone(), self.name.clone());
        // Config providers may read files or ask servers.
        let planned = self.shared.off_thread(move || plan::connector(&env, &name, &config)).await;
        self.waiting = waiting;
        self.plans += 1;
        match planned {
            Ok(plan) => {
                self.expire(&plan.connector, &plan.resolved);
                self.snapshot(|snapshot| snapshot.kind = plan.kind());
                self.shared.statuses.known(&self.name, plan.kind(), Some(plan.class.version.clone()));
                self.shared.statuses.class(&self.name, Some(plan.class.class.clone()));
                self.plan = Some(plan);
            }
            Err(error) => {
                self.plan = None;
                self.shared.statuses.known(&self.name, ConnectorType::Unknown, None);
                self.shared.statuses.class(&self.name, None);
                self.count_start(false);
                self.fail(&error);
                // In the JVM worker it has not come as far as a transition.
                return self.answer(Err(HerderError::internal(error.message())));
            }
        }
        match target {
            Target::Started => self.spawn(),
            Target::Paused => self.state(State::Paused),
            Target::Stopped => self.state(State::Stopped),
        }
        if target != Target::Started {
            self.answer(Ok(()));
        }
    }

    /// Sees to it that the connector starts anew when what config providers gave it holds no longer
    /// (`WorkerConfigTransformer.scheduleReload`).
    pub(super) fn expire(&self, connector: &ConnectorConfig, resolved: &Resolved) {
        let Some(ttl) = resolved.ttls.values().min().filter(|_| connector.reload_restarts) else { return };
        let wait = (*ttl).max(SHORTEST_TTL);
        tracing::debug!(
            connector = &*self.name,
            wait_ms = wait.as_millis() as u64,
            "settings from config providers expire"
        );
        self.later(wait, Message::Expired(self.plans));
    }

    pub(super) async fn expired(&mut self, plan: u64) {
        if plan == self.plans {
            tracing::info!(
                connector = &*self.name,
                "connector restarts as settings from config providers expired"
            );
            self.stop_instance().await;
            self.start_instance(None).await;
        }
    }

    /// Starts an object of the plan's class.
    pub(super) fn spawn(&mut self) {
        let Some(plan) = &self.plan else { return };
        self.instances += 1;
        self.started = false;
        self.own_restarts.started(Instant::now());
        let sender = self.slot.sender.clone();
        let owner = Owner { connector: self.name.clone(), task: None };
        let start = Start {
            name: self.name.clone(),
            metrics: self.shared.env.metrics.plugins.scope(owner, None),
            number: self.instances,
            class: plan.class.clone(),
            config: plan.config.clone(),
            offsets: (plan.kind() == ConnectorType::Source)
                .then(|| exactly_once::source_offsets(&self.shared.env, &self.name, &plan.config).store()),
            tell: Arc::new(move |number, told| {
                // Nobody listens to a connector that was deleted.
                let _ = sender.send(Message::Told(number, told));
            }),
        };
        match Instance::start(start) {
            Ok(instance) => self.instance = Some(instance),
            Err(error) => self.failed(&error),
        }
    }

    /// The instance failed; its tasks, if there are any, go on.
    pub(super) fn failed(&mut self, error: &Error) {
        self.started = false;
        self.fail(error);
        self.answer(Err(HerderError::internal(format!(
            "Failed to transition connector {} to state STARTED",
            self.name
        ))));
    }

    /// Connect counts how a connector starts, and not how it goes on after a pause.
    fn count_start(&mut self, success: bool) {
        if !std::mem::take(&mut self.resuming) {
            self.shared.env.metrics.connector_start(success);
        }
    }

    /// Shows the failure and, where a restart may mend it, when that is.
    fn fail(&mut self, error: &Error) {
        self.shared.statuses.connector(&self.name, State::Failed, Some(error));
        let policy = &self.shared.env.worker.restart;
        let Some((attempts, wait)) = self.own_restarts.failed(policy, error, Instant::now(), chance()) else {
            return;
        };
        let next = NextRestart { attempts, at: millis(SystemTime::now() + wait) };
        self.shared.statuses.next_connector_restart(&self.name, next);
        tracing::info!(
            connector = &*self.name,
            attempts,
            wait_ms = wait.as_millis() as u64,
            "failed connector will be restarted"
        );
        self.later(wait, Message::RestartDue(None, self.own_restarts.ticket));
    }

    pub(super) async fn connector_due(&mut self, ticket: u64) {
        // A restart by the user came first, or he does not want it to run now.
        if self.own_restarts.ticket != ticket || self.target() != Target::Started {
            return;
        }
        self.stop_instance().await;
        self.state(State::Restarting);
        self.shared.env.metrics.restarted(&self.name, None);
        self.start_instance(None).await;
    }

    /// Ends the instance, if there is one, and tells who waited for its start.
    pub(super) async fn stop_instance(&mut self) {
        self.answer(Err(HerderError::internal(format!(
            "Could not begin changing connector state to STARTED as the connector {} has been scheduled for shutdown",
            self.name
        ))));
        (self.started, self.resuming) = (false, false);
        if let Some(instance) = self.instance.take() {
            instance.stop().await;
            self.state(State::Unassigned);
        }
    }

    pub(super) async fn told(&mut self, told: Told) {
        match told {
            Told::Started(Ok(())) => {
                self.count_start(true);
                self.started = true;
                self.state(State::Running);
                if matches!(self.waiting, Some(Waiting::Restart(_))) {
                    self.answer(Ok(()));
                }
                self.ask_for_tasks();
            }
            Told::Started(Err(error)) => {
                self.count_start(false);
                self.failed(&error);
            }
            Told::Raised(error) => self.failed(&error),
            Told::Reconfigure => self.ask_for_tasks(),
            Told::TaskConfigs(Ok(configs)) => self.configure(configs).await,
            Told::TaskConfigs(Err(error)) => self.failed(&error),
        }
    }

    pub(super) fn ask_for_tasks(&self) {
        if let (Some(instance), Some(plan), true) = (&self.instance, &self.plan, self.started) {
            instance.task_configs(plan.connector.tasks_max);
        }
    }
}
