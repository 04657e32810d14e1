//! An address that REST listens on.

use crate::error::{ConfigError, Result};

/// What is spoken on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// As it stands in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// What is spoken there.
    pub scheme: Scheme,
    /// Host name or address without brackets; empty for all interfaces.
    pub host: String,
    /// Port; 0 for a free one.
    pub port: u16,
}

pub(super) fn all(key: &str, urls: &[String]) -> Result<Vec<Listener>> {
    urls.iter().map(|url| one(key, url)).collect()
}

/// Kafka's pattern: `^(.*)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)`.
fn one(key: &str, url: &str) -> Result<Listener> {
    if url.is_empty() {
        return Err(ConfigError::message("Empty URL found when parsing listeners list."));
    }
    let misshapen = || {
        ConfigError::invalid(key, url, "Listener doesn't have the right format (protocol://hostname:port).")
    };
    let (scheme, address) = url.split_once("://").ok_or_else(misshapen)?;
    let Some(scheme) = Scheme::of(scheme) else {
        let reason = "Listener protocol must be either \"http\" or \"https\".";
        return Err(ConfigError::invalid(key, url, reason));
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(misshapen)?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-%._:".contains(c);
    if !host.chars().all(fits) {
        return Err(misshapen());
    }
    // The JVM worker takes -1 for a free port, as 0.
    let port = if port == "-1" { "0" } else { port };
    Ok(Listener { scheme, host: host.to_owned(), port: port.parse().map_err(|_| misshapen())? })
}
