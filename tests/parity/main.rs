//! The JVM worker and Ferry do the same job, and what they leave behind is compared.
//!
//! Each scenario is one function over [`Worker`], run twice: on the JVM worker, whose observation must
//! equal the recorded one in `golden/` (so the record cannot go stale), and on Ferry, whose observation
//! must equal the same record. `FERRY_RECORD=1` writes what the JVM worker says now into the records.
//! Only what cannot be equal is made equal first: addresses, folders, topic prefixes, timestamps,
//! version numbers and the frames of stack traces.

#[path = "../faults/build.rs"]
mod build;
mod client;
mod clients;
mod convert;
mod denied;
mod exactly_once;
mod foreign;
mod golden;
mod letters;
mod metrics;
mod rest;
mod rest_settings;
mod resume;
mod sink;
mod source;
mod topics;
mod transport;

use ferry_tests::{Broker, FerryWorker, JvmWorker, Setup, Worker};

/// Which worker a scenario runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Jvm,
    Ferry,
}

impl Kind {
    /// Starts a worker of this kind.
    fn start(self, setup: &Setup) -> Box<dyn Worker> {
        match self {
            Self::Jvm => Box::new(JvmWorker::start(setup)),
            Self::Ferry => Box::new(FerryWorker::start(setup)),
        }
    }

    /// For names of topics and folders.
    fn name(self) -> &'static str {
        match self {
            Self::Jvm => "jvm",
            Self::Ferry => "ferry",
        }
    }
}

/// A prefix for topics that no other run on the same broker has.
fn run_name(kind: Kind, scenario: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{scenario}-{}-{number}", kind.name(), std::process::id())
}

/// Runs a scenario on one kind of worker and compares with the record. Nothing when no broker can run here.
fn compare(kind: Kind, record: &str, scenario: impl Fn(Kind, &Broker) -> serde_json::Value) {
    let Some(broker) = Broker::shared() else { return };
    compare_on(&broker, kind, record, scenario);
}

/// The same on a certain broker.
fn compare_on(
    broker: &Broker,
    kind: Kind,
    record: &str,
    scenario: impl Fn(Kind, &Broker) -> serde_json::Value,
) {
    let observed = scenario(kind, broker);
    match kind {
        Kind::Jvm if std::env::var_os("FERRY_RECORD").is_some() => golden::write(record, &observed),
        Kind::Jvm => golden::assert_equal(
            record,
            &golden::read(record),
            &observed,
            "the JVM worker no longer does what is recorded (FERRY_RECORD=1 records anew)",
        ),
        Kind::Ferry => {
            let wanted = golden::with_differences(record);
            golden::assert_equal(record, &wanted, &observed, "Ferry differs from the JVM worker");
        }
    }
}
