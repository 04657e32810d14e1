//! Which worker a command talks to: options, then environment, then profile.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::profile::{Profile, Profiles};

/// Where a worker listens if nobody says anything.
const DEFAULT_URL: &str = "http://localhost:8083";

/// Which worker, and who asks.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Worker")]
pub struct TargetOptions {
    /// URL of a worker, several separated by commas: the first that answers. Else FERRY_URL, the profile, http://localhost:8083
    #[arg(long, global = true, value_name = "URL", value_delimiter = ',')]
    pub url: Vec<String>,
    /// Profile of `ferry profiles`. Else FERRY_PROFILE, or the one in use
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// USER or USER:PASSWORD for basic authentication. Else FERRY_USER, or of the profile
    #[arg(short, long, global = true, value_name = "USER")]
    pub user: Option<String>,
    /// PEM file of the certificates to trust in place of the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<String>,
    /// PEM file of the certificate to show (mutual TLS)
    #[arg(long, global = true, value_name = "FILE", requires = "key")]
    pub cert: Option<String>,
    /// PEM file of the certificate's private key
    #[arg(long, global = true, value_name = "FILE", requires = "cert")]
    pub key: Option<String>,
}

/// How to reach a worker; all questions are answered.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// URLs without a slash at the end. At least one.
    pub urls: Vec<String>,
    /// User and password.
    pub user: Option<(String, String)>,
    /// PEM file with the certificates to trust.
    pub ca: Option<String>,
    /// PEM files of certificate and private key.
    pub identity: Option<(String, String)>,
}

impl TargetOptions {
    /// Looks into environment and profiles for what the options do not say.
    ///
    /// # Errors
    /// The profile does not exist or cannot be used, a URL is none, no password can be had.
    pub fn resolve(&self) -> Result<Target> {
        self.resolve_with(&Profiles::path(), |name| std::env::var(name).ok().filter(|v| !v.is_empty()))
    }

    fn resolve_with(&self, file: &Path, env: impl Fn(&str) -> Option<String>) -> Result<Target> {
        let named = self.profile.clone();
        // A URL of its own is another worker: it does not get the password of the profile in use.
        let elsewhere = !self.url.is_empty() || env("FERRY_URL").is_some();
        let profile = match named.or_else(|| env("FERRY_PROFILE").filter(|_| self.url.is_empty())) {
            Some(name) => Profiles::load(file)?.get(&name)?,
            None if elsewhere => Profile::default(),
            None => {
                let profiles = Profiles::load(file)?;
                profiles.current().map(|name| profiles.get(name)).transpose()?.unwrap_or_default()
            }
        };
        let urls = match (&self.url, &profile.urls) {
            (urls, _) if !urls.is_empty() => urls.clone(),
            (_, urls) if !urls.is_empty() => urls.clone(),
            _ => env("FERRY_URL").map_or_else(
                || vec![DEFAULT_URL.to_owned()],
                |list| list.split(',').map(str::to_owned).collect(),
            ),
        };
        let given = self.user.clone().or_else(|| env("FERRY_USER").filter(|_| profile.user.is_none()));
        let (urls, in_url) = checked(&urls)?;
        let user = match given {
            Some(user) => Some(match user.split_once(':') {
                Some((user, password)) => (user.to_owned(), password.to_owned()),
                None => (user, password(&profile, &env)?),
            }),
            None => match &profile.user {
                Some(user) => Some((user.clone(), password(&profile, &env)?)),
                None => in_url,
            },
        };
        let identity = self.cert.clone().zip(self.key.clone());
        let identity = match (identity, profile.cert, profile.key) {
            (Some(own), ..) => Some(own),
            (None, Some(cert), Some(key)) => Some((cert, key)),
            (None, None, None) => None,
            _ => {
                return Err(Failure::config("a profile has cert or key, but not both")
                    .mend("set both: they belong together"));
            }
        };
        Ok(Target { urls, user, ca: self.ca.clone().or(profile.ca), identity })
    }
}

/// The password of a profile.
fn password(profile: &Profile, env: &impl Fn(&str) -> Option<String>) -> Result<String> {
    if let Some(password) = &profile.password {
        return Ok(password.clone());
    }
    if let Some(name) = &profile.password_env {
        return env(name).ok_or_else(|| {
            Failure::config(format!("the variable {name}, which password_env names, is not set"))
        });
    }
    let Some(command) = &profile.password_command else {
        return env("FERRY_PASSWORD").ok_or_else(|| {
            Failure::config("there is a user and no password")
                .mend("give --user USER:PASSWORD or FERRY_PASSWORD, or set password_command in the profile")
        });
    };
    let output = Command::new("sh").arg("-c").arg(command).stderr(std::process::Stdio::inherit()).output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(text.lines().next().unwrap_or_default().to_owned())
        }
        Ok(output) => {
            Err(Failure::config(format!("password_command ended with {}: {command}", output.status)))
        }
        Err(error) => Err(Failure::config(format!("password_command cannot be run: {error}: {command}"))),
    }
}

type User = (String, String);

/// URLs without user, password and the slash at the end; and the first user and password of them.
fn checked(urls: &[String]) -> Result<(Vec<String>, Option<User>)> {
    let (mut plain, mut first) = (Vec::new(), None);
    for url in urls.iter().map(|url| url.trim()).filter(|url| !url.is_empty()) {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = host.rsplit_once('@').map_or((None, host), |(user, host)| (Some(user), host));
        if !matches!(scheme, "http" | "https") || host.is_empty() || host.starts_with(':') {
            return Err(Failure::config(format!("{scheme}://{host}{path} is not the URL of a worker"))
                .mend("a URL looks like http://localhost:8083 or https://connect.example.com"));
        }
        if let Some(user) = user {
            let decoded =
                |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            first.get_or_insert((decoded(user), decoded(password)));
        }
        plain.push(format!("{scheme}://{host}{}", path.trim_end_matches('/')));
    }
    if plain.is_empty() {
        return Err(Failure::config("the URL of the worker is empty").mend("give --url http://HOST:8083"));
    }
    Ok((plain, first))
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
