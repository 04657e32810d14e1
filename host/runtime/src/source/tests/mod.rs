//! Source tasks with made-up plugins, on a real embedded log and on made-up producers.

mod at_least_once;
mod exactly_once;
mod fakes;
mod topics;
