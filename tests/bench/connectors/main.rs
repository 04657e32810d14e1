//! A source that makes structs of 20 fields and a sink that looks at each of them: the same work as
//! `tests/bench/java`, so that what differs in the measurement is the worker.

mod sink;
mod source;

ferry_sdk::plugin! {
    source "ferry.bench.StructSource" => source::StructSource,
    sink "ferry.bench.StructSink" => sink::StructSink,
}
