//! `ferry connectors`: what operators do with the connectors of a running worker.

mod act;
mod apply;
mod arguments;
mod create;
mod difference;
pub(crate) mod files;
mod offsets;
mod outcome;
mod plugins;
mod select;
mod show;
mod tap;
mod topics;
mod validate;
mod wait;
mod watch;

use crate::client::Client;
use crate::failure::{Exit, Result};
use crate::output::Console;

use arguments::Action;
pub use arguments::Connectors;

/// Runs it.
///
/// # Errors
/// Nothing could be done at all. What went wrong with one of several connectors was said already.
pub fn run(options: &Connectors, console: &mut Console<'_>) -> Result<Exit> {
    let client = Client::connect(&options.target.resolve()?)?;
    let client = &client;
    match &options.action {
        Action::List(filter) => show::list(client, console, filter),
        Action::Status(options) => show::status(client, console, options),
        Action::Describe(options) => show::describe(client, console, options),
        Action::Get(options) => show::get(client, console, options),
        Action::Create(options) => create::create(client, console, options),
        Action::Apply(options) => apply::apply(client, console, options),
        Action::Patch(options) => apply::patch(client, console, options),
        Action::Pause(options) => act::change_state(client, console, options, "pause"),
        Action::Resume(options) => act::change_state(client, console, options, "resume"),
        Action::Stop(options) => act::change_state(client, console, options, "stop"),
        Action::Restart(options) => act::restart(client, console, options),
        Action::Delete(options) => act::delete(client, console, options),
        Action::Offsets(action) => offsets::run(client, console, action),
        Action::Topics(options) => topics::run(client, console, options),
        Action::Tap(options) => tap::run(client, console, options),
        Action::Validate(options) => validate::validate(client, console, options),
        Action::Plugins(options) => plugins::run(client, console, options),
    }
}
