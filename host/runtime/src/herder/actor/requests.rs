//! What users ask of a connector.

use super::{Actor, Message, Reply, Target, Waiting};
use crate::herder::{ConnectorStateInfo, HerderError, State, Write};

impl Actor {
    pub(super) async fn end(&mut self) {
        self.stop_tasks(self.task_ids()).await;
        self.stop_instance().await;
    }

    pub(super) async fn delete(mut self, reply: Reply<()>) {
        self.remove_tasks().await;
        self.stop_instance().await;
        let rest = self.shared.remove(&self.name, &mut self.inbox);
        let _ = reply.send(Ok(()));
        // A new connector of this name may have been asked for meanwhile.
        for message in rest {
            if let Message::Put { config, condition, reply } = message {
                self.shared.put(&self.name, config, Write::Put(condition), reply);
            }
        }
    }

    pub(super) async fn stop(&mut self, reply: Reply<()>) {
        self.snapshot(|snapshot| snapshot.target = Target::Stopped);
        self.own_restarts.reset();
        self.remove_tasks().await;
        self.stop_instance().await;
        self.state(State::Stopped);
        let _ = reply.send(Ok(()));
    }

    pub(super) async fn pause(&mut self) {
        self.snapshot(|snapshot| snapshot.target = Target::Paused);
        self.set_tasks_paused(true);
        if self.shared.statuses.connector_state(&self.name) != Some(State::Failed) {
            self.stop_instance().await;
            self.state(State::Paused);
        }
    }

    pub(super) async fn resume(&mut self) {
        self.snapshot(|snapshot| snapshot.target = Target::Started);
        self.set_tasks_paused(false);
        let failed = self.shared.statuses.connector_state(&self.name) == Some(State::Failed);
        self.own_restarts.reset();
        match self.instance {
            // What config providers gave may be out of date. One that failed comes back where failed ones do.
            None if !failed || self.shared.env.worker.restart.enabled => {
                self.resuming = !failed;
                self.start_instance(None).await;
            }
            _ => self.ask_for_tasks(),
        }
    }

    pub(super) async fn restart(&mut self, reply: Reply<()>) {
        self.own_restarts.reset();
        self.stop_instance().await;
        self.start_instance(Some(Waiting::Restart(reply))).await;
    }

    pub(super) async fn restart_all(
        &mut self,
        include_tasks: bool,
        only_failed: bool,
        reply: Reply<ConnectorStateInfo>,
    ) {
        let Some(mut info) = self.shared.statuses.info(&self.name) else {
            let missing = HerderError::not_found(format!("Status for connector {} not found", self.name));
            let _ = reply.send(Err(missing));
            return;
        };
        let wanted = |state: State| !only_failed || state == State::Failed;
        let connector = wanted(info.connector.state);
        if connector {
            (info.connector.state, info.connector.next_restart) = (State::Restarting, None);
        }
        let mut tasks = Vec::new();
        for task in info.tasks.iter_mut().filter(|task| include_tasks && wanted(task.state)) {
            (task.state, task.next_restart, task.stuck) = (State::Restarting, None, None);
            tasks.push(task.id);
        }
        if connector {
            self.own_restarts.reset();
            self.stop_instance().await;
            self.state(State::Restarting);
        }
        self.stop_tasks(tasks.iter().map(|task| self.task_id(*task)).collect()).await;
        for task in &tasks {
            self.restarts.entry(*task).or_default().reset();
            self.shared.statuses.task_state(&self.task_id(*task), State::Restarting, None);
        }
        if connector {
            self.start_instance(None).await;
        }
        for task in tasks {
            self.start_task(task).await;
        }
        let _ = reply.send(Ok(info));
    }

    pub(super) async fn restart_task(&mut self, task: u32, reply: Reply<()>) {
        let id = self.task_id(task);
        if task as usize >= self.snapshot(|snapshot| snapshot.tasks.len()) {
            let _ = reply.send(Err(HerderError::not_found(format!("Task {id} not found"))));
            return;
        }
        self.restarts.entry(task).or_default().reset();
        self.stop_tasks(vec![id]).await;
        self.start_task(task).await;
        let _ = reply.send(Ok(()));
    }
}
