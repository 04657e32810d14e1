//! A real schema registry for tests.

use crate::guard::Guard;
use crate::place::{Place, free_ports};
use crate::rest::Rest;
use crate::servers;

/// A schema registry with Confluent's REST API on a port of its own; what it holds is gone with it.
#[derive(Debug)]
pub struct SchemaRegistry {
    /// What goes into `schema.registry.url`.
    pub url: String,
    port: u16,
    data: String,
    // Before `_place`: the registry ends before its folder goes.
    _guard: Guard,
    _place: Place,
}

impl SchemaRegistry {
    /// Starts one. None: it cannot run here (said).
    pub fn start() -> Option<Self> {
        let registry = Self::prepared()?;
        registry.run();
        Some(registry)
    }

    /// One that does not run yet, at the address it will have. None: it cannot run here (said).
    pub fn prepared() -> Option<Self> {
        if !servers::registry_available() {
            return None;
        }
        let place = Place::new("schema-registry");
        let data = place.at("data");
        let script = servers::folder().join("schema-registry.sh").display().to_string();
        let guard = Guard::new(
            r#""$1" stop --data "$2"; rm -rf "$3""#,
            &[&script, &data, &place.path().display().to_string()],
        );
        // One for its own management.
        let port = free_ports(2);
        let url = format!("http://127.0.0.1:{port}/apis/ccompat/v7");
        Some(Self { url, port, data, _guard: guard, _place: place })
    }

    /// Starts it; returns when it answers.
    pub fn run(&self) {
        let arguments = ["start", "--port", &self.port.to_string(), "--data", &self.data];
        let url = servers::run("schema-registry.sh", &arguments, &[]);
        assert_eq!(url, self.url, "the registry runs where it was told to");
    }

    /// Its REST API; paths begin with `/apis/ccompat/v7`.
    pub fn rest(&self) -> Rest {
        Rest::local(self.port)
    }
}
