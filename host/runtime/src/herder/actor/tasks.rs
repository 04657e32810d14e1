//! The tasks of a connector: started from its configurations, ended, and started again.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use ferry_plugin_abi::Error;
use ferry_plugin_abi::config::ConfigMap;

use super::{Actor, Message, Target};
use crate::exactly_once;
use crate::executor::{TaskId, TaskSpec};
use crate::herder::restart::chance;
use crate::herder::status::millis;
use crate::herder::{ConnectorType, NextRestart, State, plan};

impl Actor {
    /// Starts the tasks of these configurations, if they are not the ones that run.
    pub(super) async fn configure(&mut self, configs: Vec<ConfigMap>) {
        let Some(plan) = self.plan.clone() else { return };
        let raw = self.snapshot(|snapshot| snapshot.config.clone());
        let tasks = match plan.tasks(&raw, configs) {
            Ok(tasks) => tasks,
            Err(error) => return self.failed(&error),
        };
        let same =
            self.snapshot(|snapshot| snapshot.tasks == tasks) && self.applied.as_ref() == Some(&plan.config);
        if !same {
            self.remove_tasks().await;
            self.shared.statuses.tasks(&self.name, tasks.len());
            self.snapshot(|snapshot| snapshot.tasks.clone_from(&tasks));
            self.applied = Some(plan.config.clone());
            for task in 0..tasks.len() as u32 {
                self.start_task(task).await;
            }
        }
        self.answer(Ok(()));
    }

    pub(super) async fn start_task(&mut self, task: u32) {
        let Some(config) = self.snapshot(|snapshot| snapshot.tasks.get(task as usize).cloned()) else {
            return;
        };
        let Some(plan) = self.plan.clone() else { return };
        let id = self.task_id(task);
        let env = self.shared.env.clone();
        let resolved = match plan.no_tasks.clone() {
            Some(error) => Err(error),
            None => self.shared.off_thread(move || plan::resolve(&env, &config)).await,
        };
        let resolved = resolved.map(|resolved| {
            self.expire(&plan.connector, &resolved);
            resolved.config
        });
        self.restarts.entry(task).or_default().started(Instant::now());
        match resolved {
            Ok(config) => self.shared.executor().start(TaskSpec {
                id,
                class: plan.class.clone(),
                connector: plan.connector.clone(),
                connector_config: Arc::new(plan.config.clone()),
                config,
                paused: self.target() == Target::Paused,
            }),
            Err(error) => {
                self.shared.env.metrics.task_start(false);
                self.shared.statuses.task_state(&id, State::Failed, Some(&error));
            }
        }
    }

    /// Ends tasks; those that do not end in time are given up and returned.
    pub(super) async fn stop_tasks(&self, ids: Vec<TaskId>) -> Vec<TaskId> {
        if ids.is_empty() {
            return ids;
        }
        let (executor, timeout) = (self.shared.executor(), self.shared.env.worker.task_shutdown_timeout);
        let stopping = ids.clone();
        let late = self.shared.off_thread(move || Ok(executor.stop(&stopping, timeout))).await;
        let late = late.unwrap_or(ids);
        for id in &late {
            // It says nothing any more.
            self.shared.statuses.task_state(id, State::Unassigned, None);
        }
        late
    }

    /// Makes sure that source tasks which were given up cannot end a transaction any more.
    pub(super) async fn fence(&self, late: Vec<TaskId>) {
        let Some(plan) = self.plan.clone().filter(|plan| plan.kind() == ConnectorType::Source) else {
            return;
        };
        if late.is_empty() {
            return;
        }
        let env = self.shared.env.clone();
        let fenced = self.shared.off_thread(move || exactly_once::fence(&env, &late, &plan.config)).await;
        if let Err(error) = fenced {
            // A task of the same number shuts it out when it starts.
            tracing::error!(
                connector = &*self.name,
                error = error.trace(),
                "given up tasks are not fenced out"
            );
        }
    }

    /// Ends all tasks and forgets them.
    pub(super) async fn remove_tasks(&mut self) {
        let late = self.stop_tasks(self.task_ids()).await;
        self.fence(late).await;
        self.shared.statuses.tasks(&self.name, 0);
        self.snapshot(|snapshot| snapshot.tasks.clear());
        self.restarts.clear();
        self.applied = None;
    }

    pub(super) fn set_tasks_paused(&self, paused: bool) {
        let executor = self.shared.executor();
        self.task_ids().iter().for_each(|id| executor.set_paused(id, paused));
    }

    pub(super) fn task_failed(&mut self, task: u32, error: &Error) {
        let policy = &self.shared.env.worker.restart;
        let restarts = self.restarts.entry(task).or_default();
        let Some((attempts, wait)) = restarts.failed(policy, error, Instant::now(), chance()) else { return };
        let ticket = restarts.ticket;
        let id = self.task_id(task);
        self.shared
            .statuses
            .next_restart(&id, Some(NextRestart { attempts, at: millis(SystemTime::now() + wait) }));
        tracing::info!(task = %id, attempts, wait_ms = wait.as_millis() as u64, "failed task will be restarted");
        self.later(wait, Message::RestartDue(Some(task), ticket));
    }

    pub(super) async fn task_due(&mut self, task: u32, ticket: u64) {
        let id = self.task_id(task);
        // A restart by the user, or other tasks, came first.
        if self.restarts.get(&task).is_none_or(|restarts| restarts.ticket != ticket) {
            return;
        }
        self.stop_tasks(vec![id.clone()]).await;
        self.shared.env.metrics.restarted(&self.name, Some(task));
        self.shared.statuses.task_state(&id, State::Restarting, None);
        self.start_task(task).await;
    }
}
