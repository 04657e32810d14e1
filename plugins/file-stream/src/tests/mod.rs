//! Whole tasks against a host of the tests.

mod host;
mod split;
