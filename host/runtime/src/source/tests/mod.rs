//! Source tasks with made-up plugins, on a real embedded log and on made-up producers.

mod at_least_once;
mod clients;
mod exactly_once;
mod script;
mod topics;
