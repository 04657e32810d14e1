//! `ferry profiles`: names for workers and how to reach them.

use std::io::Read;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use toml_edit::{Array, Item, value};

use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, OutputOptions, Style, Table};
use crate::profile::{Profile, Profiles};

/// Names for workers, with their URLs, users and certificates
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  ferry profiles set prod --url https://connect-1:8083,https://connect-2:8083 --user admin --password-command 'pass show connect'
  ferry profiles use prod
  ferry connectors list --profile prod
They are in $XDG_CONFIG_HOME/ferry/config.toml (~/.config/ferry/config.toml), which only its owner can read.
Passwords are never printed.")]
pub struct ProfileCommand {
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(subcommand)]
    action: Action,
}

/// What to do with profiles.
#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// List profiles; the one in use has a star
    #[command(
        after_help = "JSON: [{\"name\",\"in_use\",\"url\":[…],\"user\",\"password\":\"plain\"|\"command\"|\"env\"|null,\"ca\",\"cert\",\"key\"}]."
    )]
    List,
    /// Make a profile, or change settings of one; an empty text takes a setting out
    Set(Box<Set>),
    /// Use a profile where neither --profile nor --url says otherwise
    Use {
        /// The profile
        name: String,
    },
    /// Delete a profile
    Delete {
        /// The profile
        name: String,
    },
}

#[derive(Args, Clone, Debug)]
struct Set {
    /// The profile
    name: String,
    /// URLs of workers of one cluster, separated by commas: the first that answers is used
    #[arg(long)]
    url: Option<String>,
    /// Name for basic authentication
    #[arg(long)]
    user: Option<String>,
    /// Read the password from standard input and keep it in the file
    #[arg(long, conflicts_with_all = ["password_command", "password_env"])]
    password_stdin: bool,
    /// A command that prints the password
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_env")]
    password_command: Option<String>,
    /// A variable that holds the password
    #[arg(long, value_name = "VARIABLE")]
    password_env: Option<String>,
    /// PEM file of the certificates to trust
    #[arg(long, value_name = "FILE")]
    ca: Option<String>,
    /// PEM file of the certificate to show
    #[arg(long, value_name = "FILE")]
    cert: Option<String>,
    /// PEM file of its private key
    #[arg(long, value_name = "FILE")]
    key: Option<String>,
}

/// `ferry profiles`
///
/// # Errors
/// The file cannot be read, used or written; there is no such profile.
pub fn run(options: &ProfileCommand, console: &mut Console<'_>) -> Result<Exit> {
    let mut profiles = Profiles::load(&Profiles::path())?;
    match &options.action {
        Action::List => list(console, &profiles),
        Action::Set(set) => {
            change(&mut profiles, set)?;
            profiles.save()?;
            said(console, &set.name, "set")
        }
        Action::Use { name } => {
            profiles.choose(name)?;
            profiles.save()?;
            said(console, name, "in use")
        }
        Action::Delete { name } => {
            profiles.remove(name)?;
            profiles.save()?;
            said(console, name, "deleted")
        }
    }
}

fn said(console: &mut Console<'_>, name: &str, past: &str) -> Result<Exit> {
    if console.json {
        console.value(&json!({ "name": name, "result": past }))?;
    } else {
        console.line(&format!("{name}: {past}"))?;
    }
    Ok(Exit::Done)
}

fn change(profiles: &mut Profiles, set: &Set) -> Result<()> {
    let password = if set.password_stdin { Some(typed_password()?) } else { None };
    let texts = [
        ("user", &set.user),
        ("password", &password),
        ("password_command", &set.password_command),
        ("password_env", &set.password_env),
        ("ca", &set.ca),
        ("cert", &set.cert),
        ("key", &set.key),
    ];
    if set.url.is_none() && texts.iter().all(|(_, text)| text.is_none()) {
        return Err(
            Failure::usage("nothing to set").mend(format!("ferry profiles set {} --url URL", set.name))
        );
    }
    if let Some(urls) = &set.url {
        profiles.set(&set.name, "url", url_item(urls));
    }
    let new_password = password.is_some() || set.password_command.is_some() || set.password_env.is_some();
    for (key, text) in texts {
        match text {
            Some(text) => profiles.set(&set.name, key, (!text.is_empty()).then(|| value(text))),
            // One way to have a password replaces the others.
            None if new_password && key.starts_with("password") => profiles.set(&set.name, key, None),
            None => {}
        }
    }
    Ok(())
}

fn url_item(urls: &str) -> Option<Item> {
    let urls: Vec<&str> = urls.split(',').map(str::trim).filter(|url| !url.is_empty()).collect();
    match urls.as_slice() {
        [] => None,
        [one] => Some(value(*one)),
        many => Some(value(many.iter().copied().collect::<Array>())),
    }
}

fn typed_password() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| Failure::config(format!("cannot read the password from standard input: {error}")))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn list(console: &mut Console<'_>, profiles: &Profiles) -> Result<Exit> {
    let (mut table, mut rows) =
        (Table::new(&["", "NAME", "URL", "USER", "PASSWORD", "CERTIFICATES"]), Vec::new());
    for name in profiles.names() {
        let profile = profiles.get(&name)?;
        let in_use = profiles.current() == Some(name.as_str());
        let password = password_source(&profile);
        if console.json {
            rows.push(json!({
                "name": name, "in_use": in_use, "url": profile.urls, "user": profile.user, "password": password,
                "ca": profile.ca, "cert": profile.cert, "key": profile.key,
            }));
            continue;
        }
        let files: Vec<&str> =
            [&profile.ca, &profile.cert, &profile.key].into_iter().flatten().map(String::as_str).collect();
        let star = crate::output::Cell::new(Style::Good, if in_use { "*" } else { "" });
        table.row(vec![
            star,
            name.into(),
            profile.urls.join(",").into(),
            profile.user.unwrap_or_default().into(),
            password.unwrap_or_default().into(),
            files.join(", ").into(),
        ]);
    }
    if console.json {
        console.value(&Value::Array(rows))?;
    } else if table.is_empty() {
        console.note("no profiles; make one: ferry profiles set NAME --url URL");
    } else {
        console.table(&table)?;
    }
    Ok(Exit::Done)
}

/// Where the password is from. Never the password.
fn password_source(profile: &Profile) -> Option<&'static str> {
    let sources = [
        (&profile.password, "plain"),
        (&profile.password_env, "env"),
        (&profile.password_command, "command"),
    ];
    sources.iter().find(|(text, _)| text.is_some()).map(|(_, source)| *source)
}
