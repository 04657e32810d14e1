//! Where REST listens, whom it lets in, and what it says of itself.

mod cors;
mod headers;
mod listener;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use ferry_plugin_abi::config::{Config, ConfigMap};

use super::gapless;
use crate::error::{ConfigError, Result};

pub use cors::Cors;
pub use headers::{HeaderRule, HeaderValue};
pub use listener::{Listener, Scheme};
pub use tls::{ClientAuth, Store, TlsConfig};

/// The one REST extension there is, by its name and its alias.
const BASIC_AUTH: [&str; 2] = [
    "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension",
    "BasicAuthSecurityRestExtension",
];

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

/// How much of others' time and memory a client of REST may take (Ferry's own).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestLimits {
    /// Connections at a time.
    pub connections: usize,
    /// Time for a request to come, for an answer to be taken, and for a connection without a request.
    pub idle: Duration,
}

/// The REST settings of a worker.
#[derive(Debug, Clone)]
pub struct RestConfig {
    /// At least one.
    pub listeners: Vec<Listener>,
    /// For the admin endpoints.
    pub admin: AdminListeners,
    /// For the listeners with https, if there are any.
    pub tls: Option<TlsConfig>,
    /// For the admin listeners with https, if there are any.
    pub admin_tls: Option<TlsConfig>,
    /// Scheme to give to others.
    pub advertised_scheme: Scheme,
    /// Host name to give to others, where set.
    pub advertised_host: Option<String>,
    /// Port to give to others, where set.
    pub advertised_port: Option<u16>,
    /// Which other origins may ask.
    pub cors: Option<Cors>,
    /// What is added to each answer.
    pub response_headers: Vec<HeaderRule>,
    /// Whether users and passwords are asked for.
    pub basic_auth: bool,
    /// The JAAS file that says where they are, where set.
    pub jaas: Option<PathBuf>,
    /// What a client may take.
    pub limits: RestLimits,
}

impl RestConfig {
    /// Whether the admin endpoints have listeners of their own.
    pub fn has_own_admin(&self) -> bool {
        matches!(self.admin, AdminListeners::Own(_))
    }

    pub(super) fn new(config: &Config, raw: &ConfigMap) -> Result<Self> {
        let urls = config.list("listeners").unwrap_or_default();
        if urls.is_empty() {
            return Err(ConfigError::message(
                "Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.",
            ));
        }
        let text = |key: &str| config.string(key).unwrap_or_default();
        let listeners = listener::all("listeners", &urls)?;
        let admin = match config.list("admin.listeners") {
            None => AdminListeners::Main,
            Some(urls) if urls.is_empty() => AdminListeners::Off,
            Some(urls) => {
                AdminListeners::Own(listener::all("admin.listeners", &gapless("admin.listeners", urls)?)?)
            }
        };
        let own_admin = match &admin {
            AdminListeners::Own(listeners) => listeners.as_slice(),
            _ => &[],
        };
        Ok(Self {
            tls: tls(&listeners, raw, "listeners.https.")?,
            admin_tls: tls(own_admin, raw, "admin.listeners.https.")?,
            advertised_scheme: advertised_scheme(config, &listeners)?,
            advertised_host: config.string("rest.advertised.host.name").filter(|host| !host.is_empty()),
            advertised_port: advertised_port(config)?,
            cors: Cors::new(&text("access.control.allow.origin"), &text("access.control.allow.methods"))?,
            response_headers: headers::rules(&text("response.http.headers.config"))?,
            basic_auth: basic_auth(&config.list("rest.extension.classes").unwrap_or_default())?,
            jaas: config.string("ferry.rest.jaas.config").filter(|path| !path.is_empty()).map(PathBuf::from),
            limits: RestLimits {
                connections: config
                    .int("ferry.rest.connections.max")
                    .and_then(|n| n.try_into().ok())
                    .unwrap_or(usize::MAX),
                idle: Duration::from_millis(
                    config
                        .long("ferry.rest.idle.timeout.ms")
                        .and_then(|n| n.try_into().ok())
                        .unwrap_or(u64::MAX),
                ),
            },
            listeners,
            admin,
        })
    }
}

fn tls(listeners: &[Listener], raw: &ConfigMap, prefix: &str) -> Result<Option<TlsConfig>> {
    let any = listeners.iter().any(|listener| listener.scheme == Scheme::Https);
    any.then(|| TlsConfig::new(raw, prefix)).transpose()
}

/// `RestServer.determineAdvertisedProtocol`: http where anything listens with it.
fn advertised_scheme(config: &Config, listeners: &[Listener]) -> Result<Scheme> {
    let Some(given) = config.string("rest.advertised.listener") else {
        let http = listeners.iter().any(|listener| listener.scheme == Scheme::Http);
        return Ok(if http { Scheme::Http } else { Scheme::Https });
    };
    Scheme::of(&given).ok_or_else(|| {
        ConfigError::invalid("rest.advertised.listener", &given, "String must be one of: http, https")
    })
}

fn advertised_port(config: &Config) -> Result<Option<u16>> {
    let Some(port) = config.int("rest.advertised.port") else { return Ok(None) };
    let reason = "Value must be a port from 0 to 65535";
    let refused = |_| ConfigError::invalid("rest.advertised.port", &port.to_string(), reason);
    u16::try_from(port).map(Some).map_err(refused)
}

fn basic_auth(classes: &[String]) -> Result<bool> {
    let classes = gapless("rest.extension.classes", classes.to_vec())?;
    match classes.iter().find(|class| !BASIC_AUTH.contains(&class.as_str())) {
        Some(other) => Err(ConfigError::invalid(
            "rest.extension.classes",
            other,
            "REST extensions are Java classes, which cannot be loaded; Ferry has the one of basic authentication \
             (BasicAuthSecurityRestExtension), what others protect or add belongs into a proxy before the worker",
        )),
        None => Ok(!classes.is_empty()),
    }
}
