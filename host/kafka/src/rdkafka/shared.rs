//! Clients that are shared by all whose settings are equal.
//!
//! What is rare and light goes together, what is heavy or harmful goes alone: a producer begins in a [`Seat`] of
//! the common client. When it fills its share there, or a record of it is refused, it waits for what it has on
//! its way, so that the order stays, and goes on with a client of its own; after a while without a record it
//! comes back.

use super::admin::KafkaAdmin;
use super::config::Translated;
use super::hub::Hub;
use super::producer::KafkaProducer;
use super::seat::{Seat, no_transactions};
use ferry_log::Context;

use crate::{
    Admin, ClientConfig, Delivery, Error, ErrorKind, Producer, ProducerRecord, Result, SendError, Sharing,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Bytes that one producer may have on their way in a common client.
const SHARE: usize = 1 << 20;
/// After so long without a record a producer gives its own client up.
const QUIET: Duration = Duration::from_secs(120);

/// The common clients of a factory, by their whole settings: secrets, addresses and `client.id` are among them.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Clients>>);

#[derive(Default)]
struct Clients {
    producers: HashMap<ClientConfig, Common>,
    admins: HashMap<ClientConfig, Weak<KafkaAdmin>>,
}

struct Common {
    settings: Weak<Settings>,
    hub: Weak<Hub>,
}

/// What is common to all producers of one kind.
struct Settings {
    config: ClientConfig,
    translated: Translated,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Settings hold secrets.
        f.write_str("Pool")
    }
}

impl Pool {
    fn clients(&self) -> std::sync::MutexGuard<'_, Clients> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever nobody uses any more.
        clients.producers.retain(|_, common| common.settings.strong_count() > 0);
        clients.admins.retain(|_, admin| admin.strong_count() > 0);
        clients
    }

    /// A producer for `config` that begins in the common client of its kind.
    pub(super) fn producer(&self, config: &ClientConfig, sharing: &Sharing<'_>) -> Result<SharedProducer> {
        let common = config.clone().with("client.id", sharing.client_id);
        let known = self.clients().producers.get(&common).and_then(|common| common.settings.upgrade());
        let settings = match known {
            Some(settings) => settings,
            None => {
                let translated = Translated::new(&common, super::config::Role::Producer)?;
                Arc::new(Settings { config: common, translated })
            }
        };
        Ok(SharedProducer {
            way: Way::Seat(self.seat(&settings, sharing.queue)?),
            used: Instant::now(),
            quiet: QUIET,
            client_id: config.get("client.id").unwrap_or_default().into(),
            queue: sharing.queue,
            settings,
            pool: self.clone(),
        })
    }

    fn seat(&self, settings: &Arc<Settings>, queue: usize) -> Result<Seat> {
        let mut clients = self.clients();
        let common = clients.producers.entry(settings.config.clone());
        let common = common.or_insert_with(|| Common { settings: Weak::new(), hub: Weak::new() });
        let (share, most) = (queue.min(SHARE), settings.translated.max_request);
        // Lives until the lock is given back: this may be the last reference, and closing a client takes a moment.
        let known = common.hub.upgrade();
        if let Some(hub) = known.as_ref().filter(|hub| hub.is_sound())
            && let Some(seat) = Seat::new(hub.clone(), share, most)
        {
            return Ok(seat);
        }
        let id = settings.config.get("client.id").unwrap_or_default();
        let hub = {
            let _nobodys = Context::leave();
            Arc::new(Hub::new(&settings.translated, id)?)
        };
        *common = Common { settings: Arc::downgrade(settings), hub: Arc::downgrade(&hub) };
        drop(clients);
        Seat::new(hub, share, most)
            .ok_or_else(|| Error::new(ErrorKind::Fatal, "a new client has no room for its first producer"))
    }

    /// The common admin client of these settings.
    pub(super) fn admin(&self, config: &ClientConfig) -> Result<Arc<dyn Admin>> {
        let mut clients = self.clients();
        if let Some(admin) = clients.admins.get(config).and_then(Weak::upgrade) {
            return Ok(admin);
        }
        let _nobodys = Context::leave();
        let admin = Arc::new(KafkaAdmin::new(&Translated::new(config, super::config::Role::Admin)?)?);
        clients.admins.insert(config.clone(), Arc::downgrade(&admin));
        Ok(admin)
    }
}

/// A producer that shares a client while it sends little.
pub(super) struct SharedProducer {
    way: Way,
    /// When it had something on its way last.
    used: Instant,
    /// [`QUIET`], but for tests.
    quiet: Duration,
    /// Of its own client, where it has one.
    client_id: Box<str>,
    /// Bytes that its own client may queue.
    queue: usize,
    settings: Arc<Settings>,
    pool: Pool,
}

enum Way {
    Seat(Seat),
    Alone(KafkaProducer),
}

impl SharedProducer {
    fn go_alone(&mut self) -> Result<()> {
        let kbytes = (self.queue >> 10).max(1).to_string();
        let own = [("client.id", &*self.client_id), ("queue.buffering.max.kbytes", &kbytes)];
        tracing::debug!(client_id = &*self.client_id, "producer goes on with a client of its own");
        self.way = Way::Alone(KafkaProducer::alone(&self.settings.translated, &own)?);
        Ok(())
    }

    fn come_back(&mut self) -> Result<()> {
        let seat = Way::Seat(self.pool.seat(&self.settings, self.queue)?);
        if let Way::Alone(own) = std::mem::replace(&mut self.way, seat) {
            tracing::debug!(client_id = &*self.client_id, "producer gives its own client up");
            // Closing a client takes a moment that nobody here should wait for; without a thread somebody does.
            let _ = std::thread::Builder::new().name("let-go".to_owned()).spawn(move || drop(own));
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<()> {
        if self.in_flight() > 0 {
            self.used = Instant::now();
        } else if matches!(self.way, Way::Alone(_)) && self.used.elapsed() >= self.quiet {
            self.come_back()?;
        }
        Ok(())
    }
}

impl Producer for SharedProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        if let Way::Seat(seat) = &self.way
            && seat.leaves()
        {
            if seat.in_flight() > 0 {
                return Err(SendError::Full);
            }
            self.go_alone().map_err(SendError::Failed)?;
        }
        match &mut self.way {
            Way::Alone(own) => own.send(record, token),
            Way::Seat(seat) => seat.send(record, token),
        }
    }

    fn poll(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        match &mut self.way {
            Way::Seat(seat) => seat.poll(timeout, deliveries)?,
            Way::Alone(own) => own.poll(timeout, deliveries)?,
        }
        self.rest()
    }

    fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> Result<()> {
        match &mut self.way {
            Way::Seat(seat) => seat.flush(timeout, deliveries),
            Way::Alone(own) => own.flush(timeout, deliveries),
        }
    }

    fn in_flight(&self) -> usize {
        match &self.way {
            Way::Seat(seat) => seat.in_flight(),
            Way::Alone(own) => own.in_flight(),
        }
    }

    fn max_block(&self) -> Duration {
        self.settings.translated.max_block
    }

    fn init_transactions(&mut self, _timeout: Duration) -> Result<()> {
        Err(no_transactions())
    }

    fn begin_transaction(&mut self) -> Result<()> {
        Err(no_transactions())
    }

    fn commit_transaction(&mut self, _timeout: Duration, _deliveries: &mut Vec<Delivery>) -> Result<()> {
        Err(no_transactions())
    }

    fn abort_transaction(&mut self, _timeout: Duration, _deliveries: &mut Vec<Delivery>) -> Result<()> {
        Err(no_transactions())
    }
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
