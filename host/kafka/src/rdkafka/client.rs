//! The factory of clients of one cluster.

use super::admin::KafkaAdmin;
use super::config::{Role, Translated};
use super::consumer::KafkaConsumer;
use super::producer::KafkaProducer;
use super::shared::Pool;
use super::statistics;
use crate::{
    Admin, Client, ClientConfig, ClientStatistics, Consumer, Error, ErrorKind, Producer, Result, Sharing,
};
use std::sync::Arc;

/// Makes clients of one Kafka cluster; no connection is opened before one of them is made.
#[derive(Clone, Debug)]
pub struct KafkaClient {
    /// Settings every client starts from.
    base: ClientConfig,
    pool: Pool,
}

impl KafkaClient {
    /// A factory whose clients start from `config` (`bootstrap.servers` at least); what is given to
    /// each of them wins.
    pub fn new(config: &ClientConfig) -> Result<Self> {
        if config.get("bootstrap.servers").is_none_or(|servers| servers.trim().is_empty()) {
            return Err(Error::new(
                ErrorKind::Config,
                "bootstrap.servers is missing: set it to host:port of at least one broker",
            ));
        }
        Ok(Self { base: config.clone(), pool: Pool::default() })
    }

    fn merged(&self, config: &ClientConfig) -> ClientConfig {
        let mut merged = self.base.clone();
        for (name, value) in config.iter() {
            merged.set(name, value);
        }
        merged
    }

    fn translate(&self, config: &ClientConfig, role: Role) -> Result<Translated> {
        Translated::new(&self.merged(config), role)
    }
}

impl Client for KafkaClient {
    fn producer(&self, config: &ClientConfig) -> Result<Box<dyn Producer>> {
        Ok(Box::new(KafkaProducer::new(&self.translate(config, Role::Producer)?)?))
    }

    fn consumer(&self, config: &ClientConfig) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(KafkaConsumer::new(&self.translate(config, Role::Consumer)?)?))
    }

    fn admin(&self, config: &ClientConfig) -> Result<Box<dyn Admin>> {
        Ok(Box::new(KafkaAdmin::new(&self.translate(config, Role::Admin)?)?))
    }

    fn shared_producer(&self, config: &ClientConfig, sharing: &Sharing<'_>) -> Result<Box<dyn Producer>> {
        if config.get("transactional.id").is_some() {
            return self.producer(config);
        }
        Ok(Box::new(self.pool.producer(&self.merged(config), sharing)?))
    }

    fn shared_admin(&self, config: &ClientConfig) -> Result<Arc<dyn Admin>> {
        self.pool.admin(&self.merged(config))
    }

    fn statistics(&self) -> Vec<ClientStatistics> {
        statistics::all()
    }
}
