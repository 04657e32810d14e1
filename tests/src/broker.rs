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
        Self::start_with(security, "")
    }

    /// A broker that asks its ACLs ([`Broker::acls`]): everybody may do everything with what no ACL is about, but
    /// make topics of a name that one is about.
    pub fn start_with_acls() -> Option<Self> {
        let broker = Self::start_with(
            "none",
            "\nauthorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             allow.everyone.if.no.acl.found=true",
        )?;
        let rights =
            ["Alter", "AlterConfigs", "ClusterAction", "Describe", "DescribeConfigs", "IdempotentWrite"];
        broker.acls(&["--cluster"], &rights);
        Some(broker)
    }

    /// Leaves everybody these rights alone to what is named as `kafka-acls.sh` wants it.
    ///
    /// # Panics
    /// When the broker does not take them.
    pub fn acls(&self, resources: &[&str], rights: &[&str]) {
        let server = ["org.apache.kafka.tools.AclCommand", "--bootstrap-server", &self.bootstrap];
        let add = ["--add", "--force", "--allow-principal", "User:ANONYMOUS"];
        let rights = rights.iter().flat_map(|right| ["--operation", right]);
        let all: Vec<&str> = ["tool"].into_iter().chain(server).chain(add).chain(rights).collect();
        servers::run("kafka.sh", &[&all, resources].concat(), &[]);
    }

    fn start_with(security: &str, more: &str) -> Option<Self> {
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
        let settings = format!("message.max.bytes=16777216\nreplica.fetch.max.bytes=16777216{more}");
        let bootstrap = servers::run(
            "kafka.sh",
            &["start", "--port", &port, "--data", &data, "--security", security],
            &[("KAFKA_EXTRA_PROPERTIES", &settings)],
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
