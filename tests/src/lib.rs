//! The harness of Ferry's whole-program tests: real brokers, real workers (Ferry's and the JVM's), a raw REST client.
//!
//! A test names what it needs and gets it on free ports in a folder of its own:
//!
//! ```no_run
//! # use ferry_tests::{Broker, FerryWorker, Setup, Worker, Place};
//! let Some(broker) = Broker::shared() else { return };   // says that it was skipped, and why
//! let place = Place::new("my-test");
//! let worker = FerryWorker::start(&Setup::standalone(&broker.bootstrap, &place));
//! assert_eq!(worker.rest().get("/connectors").json(), serde_json::json!([]));
//! ```
//!
//! The rules: the only permitted wait is [`wait_until`], which polls a condition up to a deadline
//! and says what it waited for; every process ends with its owner, also when a test panics or
//! the test program is killed; whatever a worker printed is shown when its test fails.

mod bed;
mod binaries;
mod broker;
mod certificates;
mod curl;
mod dice;
mod ferry;
mod guard;
mod jvm;
pub mod lines;
pub mod offsets_file;
mod place;
pub mod process;
pub mod prometheus;
mod registry;
mod rest;
pub mod servers;
mod spoken;
mod sse;
pub mod topics;
mod wait;
mod worker;

pub use bed::Bed;
pub use binaries::Binaries;
pub use broker::Broker;
pub use certificates::{Certificates, KEY, PASSWORD};
pub use curl::curl;
pub use dice::Dice;
pub use ferry::{FerryWorker, create_topic, ferry_command};
pub use jvm::JvmWorker;
pub use place::{Place, free_port};
pub use registry::SchemaRegistry;
pub use rest::{Answer, Request, Rest};
pub use spoken::Spoken;
pub use sse::EventStream;
pub use wait::{LONG, SHORT, wait_for, wait_until};
pub use worker::{Setup, Worker, properties_text, running, wait_running};
