//! The `ferry` binary: Kafka Connect as one small program.

mod cli;
mod lint;
mod logging;
mod man;
mod memory;
mod plugins;
#[cfg(test)]
mod reference;
mod standalone;
mod test;
mod topics;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    memory::bound_arenas();
    cli::run(std::env::args_os().collect())
}
