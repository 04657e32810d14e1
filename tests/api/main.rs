//! The REST API of a running Ferry as others see it: clients, caches, and those who send it anything at all.

mod etag;
mod fuzz;
mod http;
mod tester;

use ferry_tests::{Bed, FerryWorker, LONG, Place, Request, Setup, Worker, wait_until};
use serde_json::{Value, json};

/// A worker on an embedded log of its own, with the folder it works in.
struct Served {
    // Dropped first: the folders below are its own.
    worker: FerryWorker,
    place: Place,
    _bed: Bed,
}

impl Served {
    fn start(name: &str) -> Self {
        let served = Self::begun(name, |_, setup| setup);
        let healthy = Request::new("GET", "/health");
        let rest = served.worker.rest();
        wait_until(LONG, "ferry answers /health", || {
            rest.try_send(&healthy).is_ok_and(|answer| answer.status == 200)
        });
        served
    }

    /// One that may not answer yet, with more settings.
    fn begun(name: &str, settings: impl FnOnce(&Place, Setup) -> Setup) -> Self {
        let (bed, place) = (Bed::embedded(), Place::new(name));
        place.write("in.txt", "one\ntwo\n");
        let setup = Setup::standalone(&bed.bootstrap(), &place).with("offset.flush.interval.ms", "50");
        let worker = FerryWorker::spawn(&settings(&place, setup));
        Self { worker, place, _bed: bed }
    }

    /// A source that reads two lines.
    fn source(&self) -> Value {
        json!({"connector.class": "FileStreamSource", "file": self.place.at("in.txt"), "topic": "lines"})
    }
}
