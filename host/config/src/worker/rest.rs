//! Where REST listens and what it says of itself.

use ferry_plugin_abi::config::Config;

use crate::error::{ConfigError, Result};

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Host name or address without brackets; empty for all interfaces.
    pub host: String,
    /// Port; 0 for a free one.
    pub port: u16,
}

/// Where the admin endpoints are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminListeners {
    /// With the others.
    Main,
    /// Nowhere.
    Off,
    /// There, and nothing else there.
    Own(Vec<Listener>),
}

/// The REST settings of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestConfig {
    /// At least one.
    pub listeners: Vec<Listener>,
    /// For the admin endpoints.
    pub admin: AdminListeners,
    /// Host name to give to others, where set.
    pub advertised_host: Option<String>,
    /// Port to give to others, where set.
    pub advertised_port: Option<u16>,
    /// `Access-Control-Allow-Origin`; empty for no CORS.
    pub allow_origin: String,
    /// `Access-Control-Allow-Methods`; empty for GET, POST and HEAD.
    pub allow_methods: String,
    /// `response.http.headers.config` as written.
    pub response_headers: String,
}

impl RestConfig {
    pub(super) fn new(config: &Config) -> Result<Self> {
        let urls = config.list("listeners").unwrap_or_default();
        if urls.is_empty() {
            return Err(ConfigError::message(
                "Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.",
            ));
        }
        let advertised = config.string("rest.advertised.listener");
        match advertised.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("http") => {}
            Some("https") => return Err(no_https("rest.advertised.listener", "https")),
            Some(_) => {
                let value = advertised.unwrap_or_default();
                return Err(ConfigError::invalid(
                    "rest.advertised.listener",
                    &value,
                    "String must be one of: http, https",
                ));
            }
        }
        let advertised_port = match config.int("rest.advertised.port") {
            None => None,
            Some(port) => Some(u16::try_from(port).map_err(|_| {
                ConfigError::invalid(
                    "rest.advertised.port",
                    &port.to_string(),
                    "Value must be a port from 0 to 65535",
                )
            })?),
        };
        Ok(Self {
            listeners: listeners("listeners", &urls)?,
            admin: match config.list("admin.listeners") {
                None => AdminListeners::Main,
                Some(urls) if urls.is_empty() => AdminListeners::Off,
                Some(urls) => AdminListeners::Own(listeners("admin.listeners", &urls)?),
            },
            advertised_host: config.string("rest.advertised.host.name").filter(|host| !host.is_empty()),
            advertised_port,
            allow_origin: config.string("access.control.allow.origin").unwrap_or_default(),
            allow_methods: config.string("access.control.allow.methods").unwrap_or_default(),
            response_headers: config.string("response.http.headers.config").unwrap_or_default(),
        })
    }
}

fn listeners(key: &str, urls: &[String]) -> Result<Vec<Listener>> {
    urls.iter().map(|url| listener(key, url)).collect()
}

/// Kafka's pattern: `^(.*)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)`.
fn listener(key: &str, url: &str) -> Result<Listener> {
    if url.is_empty() {
        return Err(ConfigError::message("Empty URL found when parsing listeners list."));
    }
    let misshapen = || {
        ConfigError::invalid(key, url, "Listener doesn't have the right format (protocol://hostname:port).")
    };
    let (scheme, address) = url.split_once("://").ok_or_else(misshapen)?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" => {}
        "https" => return Err(no_https(key, url)),
        _ => {
            return Err(ConfigError::invalid(
                key,
                url,
                "Listener protocol must be either \"http\" or \"https\".",
            ));
        }
    }
    let (host, port) = address.rsplit_once(':').ok_or_else(misshapen)?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-%._:".contains(c);
    if !host.chars().all(fits) {
        return Err(misshapen());
    }
    // The JVM worker takes -1 for a free port, as 0.
    let port = if port == "-1" { "0" } else { port };
    Ok(Listener { host: host.to_owned(), port: port.parse().map_err(|_| misshapen())? })
}

fn no_https(key: &str, value: &str) -> ConfigError {
    ConfigError::invalid(
        key,
        value,
        "this version of Ferry serves REST over http only; use http:// here and end TLS in a proxy before it",
    )
}
