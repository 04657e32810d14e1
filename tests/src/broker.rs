//! A real Kafka broker for tests.

use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use crate::guard::Guard;
use crate::place::{Place, free_ports};
use crate::servers;
use crate::wait::{SHORT, wait_until};

/// A running broker on a free port, with its data in a folder of its own.
#[derive(Debug)]
pub struct Broker {
    /// What goes into `bootstrap.servers`.
    pub bootstrap: String,
    data: String,
    // Before `_place`: the broker ends before its folder goes.
    _guard: Guard,
    _place: Place,
}

impl Broker {
    /// Starts a broker of one's own, for tests that stop or kill it. None: it cannot run here (said).
    pub fn start() -> Option<Self> {
        Self::start_secured("none")
    }

    /// The same with the `--security` of `kafka.sh`: none, plain, ssl or sasl_ssl.
    pub fn start_secured(security: &str) -> Option<Self> {
        if !servers::available() {
            return None;
        }
        let place = Place::new("kafka");
        let data = place.at("data");
        let script = servers::folder().join("kafka.sh").display().to_string();
        // The guard first: a start that fails half-way is ended as well.
        let guard = Guard::new(
            r#""$1" stop --data "$2"; rm -rf "$3""#,
            &[&script, &data, &place.path().display().to_string()],
        );
        let port = free_ports(2).to_string();
        // Larger records than the default, so that it is the worker's own limit that a test meets.
        let settings = "message.max.bytes=16777216\nreplica.fetch.max.bytes=16777216";
        let bootstrap = servers::run(
            "kafka.sh",
            &["start", "--port", &port, "--data", &data, "--security", security],
            &[("KAFKA_EXTRA_PROPERTIES", settings)],
        );
        Some(Self { bootstrap, data, _guard: guard, _place: place })
    }

    /// The broker that all tests of one program share. None: it cannot run here (said).
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: OnceLock<Option<Arc<Broker>>> = OnceLock::new();
        if !servers::available() {
            return None;
        }
        SHARED.get_or_init(|| Self::start().map(Arc::new)).clone()
    }

    /// The certificate of the authority that the broker's own is signed by, where it speaks TLS.
    pub fn authority(&self) -> String {
        format!("{}/tls/ca.pem", self.data)
    }

    /// SIGKILL; returns when nobody listens on its port any more.
    pub fn kill(&self) {
        servers::run("kafka.sh", &["kill", "--node", "0", "--data", &self.data], &[]);
        wait_until(SHORT, "the killed broker is gone", || TcpStream::connect(&self.bootstrap).is_err());
    }

    /// Starts a killed broker again on the same port and data; returns when it serves.
    pub fn restart(&self) {
        servers::run("kafka.sh", &["restart-node", "--node", "0", "--data", &self.data], &[]);
    }
}
