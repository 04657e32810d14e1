//! Whole tasks against a host of the tests.

mod beyond;
mod connector;
mod host;
mod resume;
mod sink;
mod source;
mod split;
mod watch;
